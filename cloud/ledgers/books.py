"""A sheet as files: PDF, picture for wall or board, XLSX; the yearly analysis as PDF. Each of its document alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from cloud.ledgers.ledger import words_of
from cloud.ledgers.models import Publication
from cloud.ledgers.publications import approver_of, document_of
from cloud.platform.core import Core
from cloud.platform.papers import Field, Sheet, Value, typeset, workbook

#: Shape -> (template's word, media type, ending of the file).
Shape = Literal["pdf", "xlsx", "wide", "tall"]
SHAPES: Final[dict[Shape, tuple[str, str]]] = {
    "pdf": ("application/pdf", "pdf"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "wide": ("image/png", "png"),
    "tall": ("image/png", "png"),
}
#: Pixels per inch at which the pictures are 1920 by 1080 and 1080 by 1920.
_PICTURE_PPI: Final = 96
_LINE: Final = (
    Field("编码", width=12), Field("名称", width=40), Field("岗位空缺", "int", 11), Field("求职人数", "number", 11),
    Field("缺口", "number", 11), Field("求人倍率", "number", 10), Field("上月", "number", 10),
    Field("参加排行", width=10),
)  # fmt: skip
_WAGE: Final = (
    Field("编码", width=12), Field("名称", width=40), Field("岗位数", "int", 9), Field("岗位空缺", "int", 11),
    Field("下四分位（元/天）", "money", 16), Field("中位数（元/天）", "money", 16),
    Field("上四分位（元/天）", "money", 16), Field("上月中位数", "money", 14),
)  # fmt: skip
_LEVELS: Final = {"major": "职业大类", "middle": "职业中类", "minor": "职业小类", "detail": "职业细类"}


async def meta_of(core: Core, row: Publication | None, document: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """Return what stands on a sheet about its version: a draft when there is no row."""
    if row is None:
        return {
            "number": 0, "state": "draft", "made_at": words_of("time", core.now()), "made_by": "", "published_at": "",
            "published_by": "", "sha256": sha256, "changes": [], "why": "", "period": document["period"],
        }  # fmt: skip
    return {
        "number": row.number,
        "state": row.state,
        "made_at": words_of("time", row.made_at),
        "made_by": _person(row.made_by),
        "published_at": words_of("time", row.published_at),
        "published_by": _person(await approver_of(row)),
        "sha256": row.sha256,
        "changes": json.loads(row.changes),
        "why": row.why,
        "period": row.period,
    }


async def file_of(core: Core, document: Mapping[str, Any], meta: Mapping[str, Any], shape: Shape) -> bytes:
    """Return a sheet in one of its shapes; equal documents make equal files."""
    made_at = core.now()
    if shape == "xlsx":
        return await workbook(list(_sheets(document, meta)), made_at=made_at, title=f"{document['period']} 月报")
    data = {
        "shape": "a4" if shape == "pdf" else shape,
        "sheet": document,
        "meta": meta,
        "place": place_of(core),
        "operator": document["operator"],
    }
    form: Literal["pdf", "png"] = "pdf" if shape == "pdf" else "png"
    return await typeset("ledgers/month", data, form, made_at=made_at, ppi=_PICTURE_PPI)


async def year_file(core: Core, year: int, months: Sequence[Publication]) -> bytes:
    """Return the yearly analysis as PDF."""
    data = {"year": year_of(year, months), "place": place_of(core), "operator": core.settings.operator_name}
    return await typeset("ledgers/year", data, made_at=core.now())


def year_of(year: int, months: Sequence[Publication]) -> dict[str, Any]:
    """Return a year's document: every published month in its version in force, and what they come to."""
    lines = [_month_line(row) for row in months]
    seen = [one for one in lines if one["ratio"] is not None]
    ranks: dict[str, int] = {}
    for row in months:
        for one in document_of(row)["top"]["occupations"]["high"]:
            ranks[one["name"]] = ranks.get(one["name"], 0) + 1
    often = sorted(ranks.items(), key=lambda item: (-item[1], item[0]))[:10]
    return {
        "year": year,
        "months": lines,
        "placed": sum(one["placed"] for one in lines),
        "highest": max(seen, key=lambda one: float(one["ratio"]), default=None),
        "lowest": min(seen, key=lambda one: float(one["ratio"]), default=None),
        "often": [list(item) for item in often],
    }


def place_of(core: Core) -> str:
    """Return the market's name, as it stands over its sheets."""
    return core.settings.market_name


def _month_line(row: Publication) -> dict[str, Any]:
    document = document_of(row)
    totals = {name: one["value"] for name, one in document["totals"].items()}
    wage = document["wages"]["all"]["median_fen"]
    return {"period": row.period, "number": row.number, "sha256": row.sha256, "median_fen": wage, **totals}


def _sheets(document: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[Sheet]:
    notes = [f"{document['period']} 供求月报", _state(meta), *document["notes"]]
    yield Sheet(
        "概况", (Field("项目", width=20), Field("本月", width=16), Field("上月", width=16)), _totals(document), notes
    )
    yield Sheet("行业", _LINE, _lines(document["industries"]))
    for level, name in _LEVELS.items():
        yield Sheet(name, _LINE, _lines(document["occupations"][level]))
    yield Sheet("日均工资（职业）", _WAGE, _wages([document["wages"]["all"], *document["wages"]["occupations"]]))
    yield Sheet("日均工资（形式）", _WAGE, _wages(document["wages"]["forms"]))
    people = (
        Field("维度", width=14),
        Field("群体", width=30),
        Field("求职人数", "int"),
        Field("占比 %", "number"),
        Field("上月", "int"),
    )
    yield Sheet("求职人员构成", people, _people(document))
    if meta["changes"]:
        yield Sheet("更正", (Field("更正内容", width=80),), [[meta["why"]], *([one] for one in meta["changes"])])


def _state(meta: Mapping[str, Any]) -> str:
    if meta["state"] != "published":
        return f"草稿，{meta['made_at']} 计算，尚未发布"
    made = f"编制 {meta['made_by']}，批准 {meta['published_by']}"
    return f"第 {meta['number']} 版，{meta['published_at']} 发布，{made}，SHA-256 {meta['sha256']}"


def _totals(document: Mapping[str, Any]) -> Iterator[list[Value]]:
    names = {
        "vacancies": "岗位空缺",
        "seekers": "求职人数",
        "posts": "岗位数",
        "firms": "招聘单位",
        "placed": "重点群体实现就业",
    }
    for name, words in names.items():
        one = document["totals"][name]
        yield [words, f"{one['value']:,}", f"{one['before']:,}"]
    ratio = document["totals"]["ratio"]
    yield ["求人倍率", ratio["value"] or "—", ratio["before"] or "—"]


def _lines(lines: Sequence[Mapping[str, Any]]) -> Iterator[list[Value]]:
    for one in lines:
        numbers = [None if one[name] is None else float(one[name]) for name in ("seekers", "gap", "ratio", "before")]
        yield [one["key"], one["name"], one["vacancies"], *numbers, "是" if one["ranked"] else "样本不足"]


def _wages(lines: Sequence[Mapping[str, Any]]) -> Iterator[list[Value]]:
    for one in lines:
        money = [one[name] for name in ("low_fen", "median_fen", "high_fen", "before_fen")]
        yield [one["key"], one["name"], one["posts"], one["vacancies"], *money]


def _people(document: Mapping[str, Any]) -> Iterator[list[Value]]:
    for group in document["groups"]:
        for one in group["rows"]:
            yield [group["dimension"], one["name"], one["seekers"], float(one["share"]), one["before"]]


def _person(label: str) -> str:
    return label.partition(":")[2] or label
