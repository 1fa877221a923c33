"""Papers of a fair: the result sheet as PDF and XLSX, the poster with the QR of the check-in."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cloud.fairs import arrivals, booths, plans, watch
from cloud.fairs.law import rules_on
from cloud.fairs.models import Fair
from cloud.fairs.states import STATE_WORDS, is_there, needed_papers
from cloud.fairs.words import span_words
from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.papers import Field, Sheet, typeset, workbook
from cloud.platform.qr import svg_of
from cloud.platform.times import MARKET_TIME, market_day

BOOTH_FIELDS = (
    Field("展位", "int", 7), Field("参会单位", width=34), Field("岗位数", "int", 9), Field("招聘人数", "int", 10),
    Field("到场", width=8), Field("收到简历", "int", 10), Field("达成意向", "int", 10), Field("现场录用", "int", 10),
)  # fmt: skip
POST_FIELDS = (
    Field("展位", "int", 7), Field("参会单位", width=30), Field("岗位", width=24), Field("招聘人数", "int", 10),
    Field("薪酬", width=20), Field("工作地点", width=30), Field("工作时间", width=20),
)  # fmt: skip


async def result_of(core: Core, fair: Fair) -> dict[str, Any]:
    """Return what the result sheet says, as the template takes it; both forms are made of it."""
    rows = [booth for booth in await booths.booths_of(fair) if booth.row.state == "assigned"]
    counters = await arrivals.counters_of(fair)
    names = await fleet.station_names(None)
    return {
        "title": fair.title,
        "operator": core.settings.operator_name,
        "facts": [
            ("时间", span_words(fair.starts_at, fair.ends_at)),
            ("地点", fair.venue),
            ("站点", names.get(fair.station, fair.station) or "—"),
            ("状态", STATE_WORDS[fair.state]),
            ("预计人数", f"{fair.expected_people} 人"),
            ("制表", _stamp(core.now())),
        ],
        "numbers": _numbers(counters),
        "needed": rules_on(market_day(fair.starts_at)).posts_per_fair,
        "enough": counters.tally.posts >= rules_on(market_day(fair.starts_at)).posts_per_fair,
        "posts": counters.tally.posts,
        "booths": [_booth_line(booth) for booth in rows],
        "offers": [line for booth in rows for line in _post_lines(booth)],
        "papers": await _papers(fair),
        "waves": [
            {"label": f"{at.astimezone(MARKET_TIME):%H:%M}", "value": people, "words": f"{people} 人"}
            for at, people in counters.waves
        ],
        "warnings": [
            (_stamp(row.at), f"开场前 {row.days_before} 天：{row.posts} 个岗位，差 {row.missing} 个")
            for row in await watch.warnings_of(fair)
        ],
        "history": [
            (_stamp(line.at), STATE_WORDS[line.state], line.note)
            for line in reversed(await plans.history(fair))
        ],
    }  # fmt: skip


async def poster_of(fair: Fair, link: str, operator: str) -> dict[str, Any]:
    """Return what the sheet for the door says."""
    return {
        "title": fair.title,
        "when": span_words(fair.starts_at, fair.ends_at),
        "venue": fair.venue,
        "operator": operator,
        "qr": svg_of(link, fair.title),
    }


async def to_pdf(core: Core, name: str, document: dict[str, Any]) -> bytes:
    """Return a paper as PDF; `name` is one of the templates of this package."""
    return await typeset(f"fairs/{name}", document, made_at=core.now())


async def to_xlsx(core: Core, document: dict[str, Any]) -> bytes:
    """Return the result sheet as XLSX: the sums, the booths, the posts."""
    facts = [*document["facts"], *((one["word"], str(one["value"])) for one in document["numbers"])]
    sheets = (
        Sheet("汇总", (Field("项目", width=16), Field("内容", width=50)), facts, notes=(document["title"],)),
        Sheet("参会单位", BOOTH_FIELDS, document["booths"]),
        Sheet("岗位", POST_FIELDS, document["offers"]),
    )
    return await workbook(sheets, made_at=core.now(), title=document["title"])


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(MARKET_TIME):%Y-%m-%d %H:%M}"


def _numbers(counters: arrivals.Counters) -> list[dict[str, Any]]:
    values = {
        "到场人数": counters.people,
        "其中扫码签到": counters.named,
        "参会单位": counters.tally.firms,
        "岗位数": counters.tally.posts,
        "招聘人数": counters.tally.people_wanted,
        "收到简历": counters.resumes,
        "达成意向": counters.intentions,
        "现场录用": counters.hires,
    }
    return [{"word": word, "value": value} for word, value in values.items()]


def _booth_line(booth: booths.Booth) -> list[Any]:
    row = booth.row
    wanted = sum(brief.headcount for brief in booth.posts)
    there = "是" if row.arrived_at else "否"
    return [row.number, row.firm_name, len(booth.posts), wanted, there, row.resumes, row.intentions, row.hires]


def _post_lines(booth: booths.Booth) -> Iterator[Sequence[Any]]:
    for brief in booth.posts:
        row = booth.row
        yield [row.number, row.firm_name, brief.title, brief.headcount, brief.pay, brief.place, brief.hours]


async def _papers(fair: Fair) -> list[list[str]]:
    standing = await plans.standing_of(fair)
    kept = {row.paper: row for row in await plans.papers_of(fair)}
    lines = []
    for paper in needed_papers(fair.expected_people, fair.starts_at):
        row = kept.get(paper.id)
        there = "有" if is_there(paper, standing) else "缺"
        lines.append([paper.name, there, row.reference if row else "", paper.law])
    return lines
