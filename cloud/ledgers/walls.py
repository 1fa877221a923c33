"""The newest published sheet as a notice of the walls: on them with its publication, corrected with the correction."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from cloud.jobs import service as jobs
from cloud.ledgers.publications import document_of, newest
from cloud.platform.core import Core
from protocols.venue.content import Item

#: Names of a ranking that are legible at 8 m.
SHOWN: Final = 3
_FEN: Final = 100


def wall_source(core: Core) -> jobs.Source:
    """Return the newest published sheet as a source of the walls' notices."""
    return jobs.Source(partial(_items, core))


async def _items(core: Core, now: datetime) -> Sequence[Item]:
    del core, now
    row = await newest()
    if row is None:
        return []
    return [_item(f"month-{row.period}-{row.number}", document_of(row), row.number)]


def _item(item_id: str, sheet: dict[str, Any], number: int) -> Item:
    year, month = sheet["period"].split("-")
    top, ratio, wage = sheet["top"], sheet["totals"]["ratio"]["value"], sheet["wages"]["all"]["median_fen"]
    correction = f"（第 {number} 版，更正）" if number > 1 else ""
    return jobs.notice_item(
        item_id,
        tag="求人倍率",
        title=f"{year} 年 {int(month)} 月供求月报{correction}",
        text=f"求人倍率 {ratio or '—'}，日均工资中位数 {'—' if wage is None else f'{wage / _FEN:g} 元'}",
        facts=[
            ("最缺人的行业", _names(top["industries"]["high"])),
            ("竞争最大的行业", _names(top["industries"]["low"])),
            ("最缺人的岗位", _names(top["occupations"]["high"])),
            ("竞争最大的岗位", _names(top["occupations"]["low"])),
        ],
        link="",
        valid_to=None,
    )


def _names(lines: Sequence[dict[str, Any]]) -> str:
    return "，".join(f"{one['name']} {one['ratio']}" for one in lines[:SHOWN]) or "样本不足"
