"""The verdict of a station's day from the stored facts; each version of it is kept with its input."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from cloud.kpi.inputs import clip, digest, input_document
from cloud.kpi.models import OpeningVerdict
from cloud.kpi.power import PowerRow, power_rows
from cloud.kpi.tables import load_calendar
from cloud.kpi.times import from_ms, to_ms
from cloud.platform.kept import Kept
from cloud.platform.reading import fetch
from protocols.rules.calendar import Calendar
from protocols.rules.facts import DEFAULT_POLICY, OPENING_SIGNALS, Clock, Facts, Policy, SlotInterval
from protocols.rules.minutes import Span
from protocols.rules.opening import RULE_VERSION, SHANGHAI, day_start, judge, required_span
from protocols.rules.power import power_cuts
from protocols.venue.rfc3339 import format_time
from protocols.venue.vocabulary import SIGNALS

#: Days asked for at once: a month of the calendar.
MAX_DAYS: Final = 31
#: Station, slot, signal, value, start and end in ms, clock.
_Row = tuple[str, str, str, str, int, int, Clock]
#: (signal, value) of a row that tells of a power cut.
_ON_BATTERY: Final = ("mains", SIGNALS["mains"][1])
_SEEN: Final = """
SELECT station, slot, signal, value, start_ms, end_ms, clock FROM signal_interval
WHERE station IN ? AND signal IN ? AND start_ms < ? AND end_ms > ?
"""
#: Strips that are kept: those of a city's stations, of two minutes.
STRIPS: Final = 256
#: Days looked at more closely that are kept, some KB each.
DAYS_KEPT: Final = 128
#: Verdicts of days that are kept, some 200 bytes each: half a year of a city's calendars.
VERDICTS_KEPT: Final = 16_384
#: A minute is settled this long after it: its intervals were sampled and reported once more.
SETTLED_AFTER: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Opening:
    """One version of a day's verdict; `result` is what `yizhan kpi opening` prints, `input` what it reads."""

    station: str
    day: date
    result: dict[str, Any]
    input: dict[str, Any]
    input_sha256: str
    computed_at: datetime
    rule_version: str = RULE_VERSION

    def to_object(self) -> dict[str, Any]:
        """Return the body of GET /api/v1/kpi/opening/{station}/{day}."""
        return self.result | {
            "rule_version": self.rule_version,
            "input_sha256": self.input_sha256,
            "computed_at": format_time(self.computed_at),
        }


class Seen(NamedTuple):
    """What the devices of a station showed, and what its UPSes said of power cuts."""

    rows: tuple[_Row, ...]
    said: tuple[PowerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a calendar, judged from what is known now; the minutes of it are told when they are asked for."""

    day: date
    computed_at: datetime
    seen: Seen
    policy: Policy
    window: Span | None
    rule_version: str = RULE_VERSION

    @property
    def verdict(self) -> str:
        """Return the verdict."""
        return _verdict(self.day, self.seen, self.policy, self.window)

    @property
    def result(self) -> dict[str, Any]:
        """Return what `yizhan kpi opening` prints."""
        return _judged(self.day, self.seen, self.policy, self.window)

    def strip(self, now: datetime) -> "Strip":
        """Return the minutes of a day that is today, so far."""
        return _strip(self.day, self.seen, self.policy, self.window, _settled(now))


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Today so far: `result` as if the day ended now, of which minutes before `as_of` are settled.

    `late`: the grace is over and no minute was open yet. While neither the minute nor a fact is new, it is the same
    object.
    """

    result: dict[str, Any]
    as_of: datetime
    late: bool


async def opening(station: str, day: date, now: datetime) -> Opening:
    """Return the verdict of a day; a day that is over is stored. A MissingTable if no calendar knows its year.

    Call it outside a transaction or in one that may write.
    """
    policy, calendar = policy_of(station), holiday_calendar()
    window = required_span(day, policy, calendar)
    facts = await _facts(station, window, policy)
    found = _compute(station, day, facts, now)
    if now < (window[1] if window else day_start(day) + timedelta(days=1)):
        return found
    return await _kept(found)


async def openings(station: str, first: date, last: date, now: datetime) -> list[Day]:
    """Return the verdicts of a stretch of days, both included, at most MAX_DAYS; nothing is stored."""
    policy, calendar = policy_of(station), holiday_calendar()
    days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, MAX_DAYS))]
    windows = {day: required_span(day, policy, calendar) for day in days}
    spans = list(filter(None, windows.values()))
    seen = await _rows([station] if spans else [], spans)
    parts = _by_window(seen.get(station, ()), windows)
    said = (await _said(seen, spans)).get(station, ())
    return [Day(day, now, Seen(tuple(parts.get(day, ())), said), policy, window) for day, window in windows.items()]


async def today_strip(station: str, now: datetime) -> Strip:
    """Return the minutes of today so far."""
    return (await today_strips([station], now))[station]


async def today_strips(stations: Sequence[str], now: datetime) -> dict[str, Strip]:
    """Return the minutes of today so far of many stations, read in one statement. A MissingTable as `opening`."""
    as_of = _settled(now)
    day = now.astimezone(SHANGHAI).date()
    windows = {one: required_span(day, policy_of(one), holiday_calendar()) for one in stations}
    spans = list(filter(None, windows.values()))
    seen = await _rows([one for one, window in windows.items() if window], spans)
    said = await _said(seen, spans)
    return {
        station: _strip(
            day, Seen(tuple(seen.get(station, ())), said.get(station, ())), policy_of(station), window, as_of
        )
        for station, window in windows.items()
    }


def _settled(now: datetime) -> datetime:
    """Return the minute up to which a day that is not over can be told."""
    return (now - SETTLED_AFTER).replace(second=0, microsecond=0)


@lru_cache(STRIPS)
def _strip(day: date, seen: Seen, policy: Policy, window: Span | None, as_of: datetime) -> Strip:
    """Return the strip of what was seen; a city's stations are looked at by many, and judged once a minute."""
    result = _judge(day, seen, policy, window)
    return Strip(result, as_of, _is_late(result["segments"], window, as_of, policy))


def _judge(day: date, seen: Seen, policy: Policy, window: Span | None) -> dict[str, Any]:
    result: dict[str, Any] = judge(day, clip(_facts_of(seen, policy), window), holiday_calendar()).to_object()
    return result


#: A day that is over is looked at again and again, and judged anew only when one of its facts is.
_judged: Final = lru_cache(DAYS_KEPT)(_judge)
_verdicts: Final[Kept[tuple[date, Policy, bytes], str]] = Kept(VERDICTS_KEPT)


def _verdict(day: date, seen: Seen, policy: Policy, window: Span | None) -> str:
    """Return the verdict of a day, kept by the digest of its facts: months of a city are too much to keep as they are.

    The window follows from the day and the policy.
    """
    key = (day, policy, hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=16).digest())
    known = _verdicts.get(key)
    return known if known is not None else _verdicts.keep(key, str(_judge(day, seen, policy, window)["verdict"]))


def _by_window(rows: Iterable[_Row], windows: Mapping[date, Span | None]) -> dict[date, list[_Row]]:
    """Return the rows that meet the window of each day; `windows` in order of day."""
    spans = [(day, to_ms(window[0]), to_ms(window[1])) for day, window in windows.items() if window]
    ends = [end for _, _, end in spans]
    parts: dict[date, list[_Row]] = {}
    for row in rows:
        start_ms, end_ms = row[4], row[5]
        # Most intervals lie within one day; one that lasts over nights meets several.
        for day, begin, _ in spans[bisect_right(ends, start_ms) :]:
            if begin >= end_ms:
                break
            parts.setdefault(day, []).append(row)
    return parts


def policy_of(station: str) -> Policy:
    """Return the opening policy of a station; the purchaser's own settings come with the score's pages."""
    del station
    return DEFAULT_POLICY


@cache
def holiday_calendar() -> Calendar:
    """Return the shipped calendar; it is part of the program, so one reading serves the process."""
    return load_calendar()


def _is_late(segments: Iterable[dict[str, Any]], window: Span | None, as_of: datetime, policy: Policy) -> bool:
    if window is None or as_of < window[0] + timedelta(minutes=policy.grace_minutes):
        return False
    return not any(part["state"] == "open" and datetime.fromisoformat(part["from"]) < as_of for part in segments)


async def _facts(station: str, window: Span | None, policy: Policy) -> Facts:
    """Return what the station's devices showed inside `window`."""
    if window is None:
        return Facts(policy=policy)
    seen = await _rows([station], [window])
    said = await _said(seen, [window])
    return clip(_facts_of(Seen(tuple(seen.get(station, ())), said.get(station, ())), policy), window)


def _facts_of(seen: Seen, policy: Policy) -> Facts:
    intervals = _intervals(seen.rows)
    return Facts(
        signals=[one for one in intervals if one.signal in OPENING_SIGNALS],
        power_cuts=power_cuts(intervals, [row.event_said() for row in seen.said]),
        policy=policy,
    )


async def _said(seen: Mapping[str, Iterable[_Row]], windows: Sequence[Span]) -> dict[str, tuple[PowerRow, ...]]:
    """Return what the UPSes said of those stations that were on battery; most days there is none."""
    cut = [station for station, rows in seen.items() if any(row[2:4] == _ON_BATTERY for row in rows)]
    return {one: tuple(rows) for one, rows in (await power_rows(cut, windows)).items()} if cut else {}


async def _rows(stations: Sequence[str], windows: Sequence[Span]) -> dict[str, list[_Row]]:
    """Return what the devices of stations showed between the first begin and the last end of `windows`."""
    if not stations:
        return {}
    first, last = to_ms(min(begin for begin, _ in windows)), to_ms(max(end for _, end in windows))
    seen: dict[str, list[_Row]] = {}
    for row in await fetch(_SEEN, list(stations), [*OPENING_SIGNALS, "mains"], last, first):
        seen.setdefault(row[0], []).append(tuple(row))
    return seen


def _intervals(rows: Iterable[_Row]) -> list[SlotInterval]:
    return [
        SlotInterval(slot, signal, value, from_ms(start_ms), from_ms(end_ms), clock)
        for _, slot, signal, value, start_ms, end_ms, clock in rows
    ]


def _compute(station: str, day: date, facts: Facts, now: datetime) -> Opening:
    verdict = judge(day, facts, holiday_calendar())
    document = input_document(day, facts)
    sha256 = digest(document, required=bool(verdict.required), provisional="provisional" in verdict.flags)
    return Opening(station, day, verdict.to_object(), document, sha256, now)


async def _kept(found: Opening) -> Opening:
    """Return the stored verdict of the same input, storing it first if it is new."""
    versions = OpeningVerdict.filter(station=found.station, day=found.day, rule_version=found.rule_version)
    row = await versions.get_or_none(input_sha256=found.input_sha256)
    if row is None:
        new = OpeningVerdict(
            station=found.station,
            day=found.day,
            rule_version=found.rule_version,
            input_sha256=found.input_sha256,
            computed_at=found.computed_at,
            result=json.dumps(found.result, ensure_ascii=False),
            input=json.dumps(found.input, ensure_ascii=False),
        )
        await OpeningVerdict.bulk_create([new], ignore_conflicts=True)
        return found
    return Opening(found.station, found.day, json.loads(row.result), found.input, found.input_sha256, row.computed_at)
