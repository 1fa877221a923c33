"""Verdicts of the days before today, as the pages show them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, cast

import msgspec

from cloud.kpi.verdicts import STRIPS, today_strips
from cloud.kpi.verdicts import Strip as Judged
from cloud.platform.kept import Kept
from cloud.platform.reading import day, fetch
from cloud.platform.times import market_day
from cloud.web.views.strip import Strip, build_strip, empty_strip
from cloud.web.views.today import RecentDay, RecentDays, RecentStation
from protocols.rules.errors import MissingTable
from protocols.rules.opening import RULE_VERSION

#: Two weeks: a week of the assessment and the one before.
DAYS: Final = 14


#: Verdicts of stored results that are kept: two weeks of a city, twice.
KEPT: Final = 4_096

_DAYS: Final = """
SELECT id, station, day, input_sha256 FROM opening_verdict
WHERE station IN ? AND day >= ? AND day < ? AND rule_version = ?
"""
_RESULTS: Final = "SELECT id, result FROM opening_verdict WHERE id IN ?"
#: Station, day and digest of the facts: what was judged of them is stored once and never changed.
_Facts = tuple[str, date | str, str]
_verdicts: Final[Kept[_Facts, str]] = Kept(KEPT)


class _Judged(msgspec.Struct):
    """What the list of days wants of a stored result; its minutes are passed over."""

    verdict: str


_RESULT: Final = msgspec.json.Decoder(_Judged)


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
    days = tuple(today - timedelta(days=ago) for ago in range(DAYS, 0, -1))
    newest: dict[tuple[str, date], tuple[_Facts, int]] = {}
    for id_, *facts in sorted(
        map(tuple, await fetch(_DAYS, [id_ for id_, _ in stations], days[0], today, RULE_VERSION))
    ):
        key = cast("_Facts", tuple(facts))
        newest[key[0], day(key[1])] = key, id_
    known = {key: _verdicts[key] for key, _ in newest.values() if key in _verdicts}
    known |= await _read({id_: key for key, id_ in newest.values() if key not in known})
    found = {place: known[key] for place, (key, _) in newest.items()}
    return RecentDays(
        days=days,
        stations=[
            _recent(id_, name, days, tuple(found.get((id_, one), "missing") for one in days)) for id_, name in stations
        ],
    )


async def _read(new: Mapping[int, _Facts]) -> dict[_Facts, str]:
    """Return the verdicts of results that were not read yet, and keep them."""
    rows = await fetch(_RESULTS, list(new)) if new else []
    return {new[id_]: _verdicts.keep(new[id_], _RESULT.decode(result).verdict) for id_, result in rows}


@lru_cache(STRIPS)
def _recent(station: str, name: str, days: tuple[date, ...], verdicts: tuple[str, ...]) -> RecentStation:
    """Return a station's days, the same object while none of them changes."""
    return RecentStation(station, name, tuple(map(RecentDay, days, verdicts)))
