"""The columns of a series of posts, from a spreadsheet's cells to a draft; pure but for the drafts' tables.

A row is known by its key: the firm and the firm's own number, or else by everything that it says. The same row sent
again is the same post, also from another file.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from cloud.jobs.drafts import FORMS, PostDraft
from cloud.jobs.forms import PLACES, fen
from cloud.jobs.lookup import occupations
from cloud.platform.shapes import field_errors
from cloud.platform.spreadsheets import MAX_CELL_CHARS, text_of

#: Rows of one file, beneath its head.
MAX_ROWS: Final = 20_000
UNITS: Final[dict[str, str]] = {"月": "month", "日": "day", "天": "day", "时": "hour", "小时": "hour", "件": "piece"}
YES: Final = frozenset({"是", "y", "yes", "true", "1"})
NO: Final = frozenset({"", "否", "n", "no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the field of the form it fills, what to write, and a list to choose from."""

    head: str
    field: str
    hint: str
    width: int
    choices: tuple[str, ...] = ()
    required: bool = True


_DISTRICTS: Final = ("京口区", "润州区", "丹徒区", "镇江新区", "镇江高新区", "丹阳市", "扬中市", "句容市")
#: In the order of the template.
COLUMNS: Final[tuple[Column, ...]] = (
    Column("统一社会信用代码", "uscc", "18 位，企业须已登记并核验", 22),
    Column("岗位名称", "title", "最多 60 字", 18),
    Column("职业代码", "occupation", "如 4-02-07-09，见“职业代码”页；也可写职业名称", 14),
    Column("招聘人数", "headcount", "整数", 10),
    Column("任职要求", "requirements", "工作内容和能力要求，不得限定性别、户籍等", 36),
    Column("技能", "skills", "用顿号分开；没有写“无”", 16),
    Column("区", "district", "如 润州区", 12, _DISTRICTS),
    Column("详细地址", "address", "最多 120 字", 24),
    Column("工作时间", "hours", "如 08:30-17:30，做六休一", 22),
    Column("最低薪酬（元）", "pay_min", "数字，可有两位小数", 14),
    Column("最高薪酬（元）", "pay_max", "不低于最低薪酬", 14),
    Column("计薪单位", "pay_unit", "月、日、时、件", 10, ("月", "日", "时", "件")),
    Column("结算方式", "pay_method", "如 日结、按月转账", 14),
    Column("用工形式", "form", "全职、非全日制、临时、项目", 12, tuple(FORMS.values())),
    Column("用工天数", "term_days", "短期用工写天数；长期不填", 10, required=False),
    Column("有效期自", "valid_from", "日期，如 2026-03-01", 12),
    Column("有效期至", "valid_to", "日期，最长一年", 12),
    Column("联系人", "contact_name", "最多 50 字", 12),
    Column("联系电话", "contact_phone", "手机号，或区号-号码", 16),
    Column("是否转载", "repost", "是、否；转载须写来源", 10, ("否", "是"), required=False),
    Column("来源名称", "source", "转载时必填", 16, required=False),
    Column("来源网址", "source_url", "转载时必填，http(s)://", 24, required=False),
    Column("自编号", "number", "同一企业内不重复；用来识别重复导入，可不填", 12, required=False),
)  # fmt: skip
FIELDS: Final = tuple(column.field for column in COLUMNS)
HEADS: Final = tuple(column.head for column in COLUMNS)
#: Field of the form -> number of its column, from 0.
PLACE: Final[Mapping[str, int]] = {field: number for number, field in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell: its column, a stable code, words."""

    field: str
    code: str
    text: str

    def to_object(self) -> dict[str, str]:
        """Return it as the report keeps it."""
        return {"column": HEADS[PLACE[self.field]], "code": self.code, "text": self.text}


@dataclass(frozen=True, slots=True)
class Judged:
    """One row: a draft, or what is wrong with it; `key` says which row it is, `screening` what the gate found."""

    row: int
    uscc: str
    key: str
    draft: PostDraft | None
    errors: tuple[CellError, ...]
    screening: Mapping[str, Any] | None = None


def judge(row: int, cells: Sequence[object], firms: Mapping[str, str]) -> Judged:
    """Return one row judged; `firms` is code -> id of every firm that the file names and that is registered."""
    cell = dict(zip(FIELDS, (text_of(one) for one in cells), strict=False))
    texts = {field: cell.get(field, "") for field in FIELDS}
    uscc = texts["uscc"].upper()
    errors = [
        CellError(field, "too_long", f"内容太长，最多 {MAX_CELL_CHARS} 个字")
        for field, text in texts.items()
        if len(text) > MAX_CELL_CHARS
    ]
    errors += _own_errors(texts)
    firm = firms.get(uscc)
    if firm is None:
        code, words = ("unknown", "没有这家企业，请先登记") if uscc else ("missing", "请填写")
        errors.append(CellError("uscc", code, words))
    draft: PostDraft | None = None
    known = {one.field for one in errors}
    try:
        draft = PostDraft.model_validate(_values(texts, firm or "-"))
    except ValidationError as error:
        for one in field_errors(error):
            field = _field_of(one.field)
            if field not in known:
                known.add(field)
                errors.append(CellError(field, one.code, one.text))
    errors.sort(key=lambda one: PLACE[one.field])
    return Judged(row, uscc, key_of(texts), None if errors else draft, tuple(errors))


def key_of(texts: Mapping[str, str]) -> str:
    """Return what a row is known by."""
    number = texts["number"]
    parts = ["number", texts["uscc"].upper(), number] if number else ["row", *(texts[field] for field in FIELDS)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _own_errors(texts: Mapping[str, str]) -> list[CellError]:
    """Return what only a spreadsheet can get wrong."""
    found = []
    if not texts["skills"]:
        found.append(CellError("skills", "missing", "请填写；没有写“无”"))
    if texts["repost"].lower() not in YES | NO:
        found.append(CellError("repost", "choice", "请写是或否"))
    if texts["term_days"] and not _whole(texts["term_days"]):
        found.append(CellError("term_days", "whole", "请写 1 以上的整数"))
    found += [
        CellError(field, "number" if texts[field] else "missing", "请写数字，最多两位小数")
        for field in ("pay_min", "pay_max")
        if fen(texts[field]) is None
    ]
    if texts["headcount"] and not _whole(texts["headcount"]):
        found.append(CellError("headcount", "whole", "请写 1 以上的整数"))
    found += [
        CellError(field, "missing", "请填写")
        for field in ("headcount", "pay_unit", "form", "valid_from", "valid_to", "occupation")
        if not texts[field]
    ]
    return found


def _values(texts: Mapping[str, str], firm: str) -> dict[str, Any]:
    code = texts["occupation"]
    skills = [] if texts["skills"] == "无" else texts["skills"].replace("，", "、").replace(",", "、").split("、")
    return {
        "firm": firm,
        "title": texts["title"],
        "occupation": code if code in occupations() else _by_name().get(code, code),
        "headcount": _whole(texts["headcount"]),
        "requirements": texts["requirements"],
        "skills": [word for part in skills if (word := part.strip())],
        "place": {"district": texts["district"], "address": texts["address"]},
        "hours": texts["hours"],
        "pay": {
            "min_fen": fen(texts["pay_min"]),
            "max_fen": fen(texts["pay_max"]),
            "unit": UNITS.get(texts["pay_unit"], texts["pay_unit"]),
            "method": texts["pay_method"],
        },
        "form": texts["form"],
        "term_days": _whole(texts["term_days"]) if texts["term_days"] else None,
        "valid_from": texts["valid_from"].replace("/", "-"),
        "valid_to": texts["valid_to"].replace("/", "-"),
        "contact": {"name": texts["contact_name"], "phone": texts["contact_phone"]},
        "repost": texts["repost"].lower() in YES,
        "source": texts["source"] or None,
        "source_url": texts["source_url"] or None,
    }


def _by_name() -> Mapping[str, str]:
    global _NAMES  # noqa: PLW0603 - built of a table that does not change, when first asked
    if not _NAMES:
        _NAMES = {name: code for code, name in occupations().items()}
    return _NAMES


_NAMES: dict[str, str] = {}


def _field_of(place: str) -> str:
    parts = place.split(".")
    name = PLACES.get(place) or PLACES.get(".".join(parts[:2])) or parts[0]
    return name if name in PLACE else "uscc"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else None  # noqa: PLR2004
