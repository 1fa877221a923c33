"""Verdicts of the days before today, as the pages show them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from cloud.kpi.models import OpeningVerdict
from cloud.kpi.verdicts import STRIPS, today_strips
from cloud.kpi.verdicts import Strip as Judged
from cloud.platform.times import market_day
from cloud.web.views.strip import Strip, build_strip, empty_strip
from cloud.web.views.today import RecentDay, RecentDays, RecentStation
from protocols.rules.errors import MissingTable
from protocols.rules.opening import RULE_VERSION

#: Two weeks: a week of the assessment and the one before.
DAYS: Final = 14


class _Judged(msgspec.Struct):
    """What the list of days wants of a stored result; its minutes are passed over."""

    verdict: str


_VERDICT: Final = msgspec.json.Decoder(_Judged)


async def strips_of(stations: Sequence[str], now: datetime) -> dict[str, Strip]:
    """Return the strip of each station's day so far; without a table of holidays they are empty."""
    try:
        found = await today_strips(stations, now)
    except MissingTable:
        return dict.fromkeys(stations, empty_strip(market_day(now)))
    return {station: _shown(strip) for station, strip in found.items()}


@lru_cache(STRIPS)
def _shown(strip: Judged) -> Strip:
    return build_strip(strip.result, strip.as_of)


async def recent_days(stations: Sequence[tuple[str, str]], today: date) -> RecentDays:
    """Return the stored verdicts of the days before `today` for stations given as (id, name)."""
    days = [today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    rows = OpeningVerdict.filter(day__gte=days[0], day__lt=today, rule_version=RULE_VERSION).order_by("id")
    newest: dict[tuple[str, date], str] = {}
    for row in await rows.values("station", "day", "result"):
        newest[row["station"], row["day"]] = _VERDICT.decode(row["result"]).verdict
    return RecentDays(
        days=days,
        stations=[
            RecentStation(station, name, tuple(RecentDay(day, newest.get((station, day), "missing")) for day in days))
            for station, name in stations
        ],
    )
