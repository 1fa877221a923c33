"""The opening document from outside -> Facts; every refusal names the place (domain.md §4).

Checked by hand, not with pydantic: the command must answer within 0.25 s, most of which pydantic would spend starting.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, Final, NoReturn, TypeVar, cast, get_args

from cloud.kpi.errors import InputError
from protocols.errors import DocumentError
from protocols.rules.calendar import HOLIDAY_POLICIES, HolidayPolicy
from protocols.rules.facts import (
    DEFAULT_POLICY,
    OPENING_SIGNALS,
    WEEK_DAYS,
    Clock,
    DayHours,
    Facts,
    Policy,
    PowerCut,
    SlotInterval,
)
from protocols.rules.minutes import DAY_MINUTES, Span
from protocols.venue.rfc3339 import parse_time

#: A document beyond this is no day of one station: eight slots with an interval a minute are below 1 MiB.
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK_TIME = re.compile(r"(\d{2}):(\d{2})", re.ASCII)
_CLOCKS: Final[tuple[str, ...]] = get_args(Clock)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: The place of the document itself.
TOP = "input"
#: How much of a wrong value a message repeats.
MAX_SHOWN = 80

Members = Mapping[str, Any]
T = TypeVar("T")


def parse_json(text: bytes) -> object:
    """Return the one JSON value in `text`; duplicate members and NaN are refused."""
    if len(text) > MAX_DOCUMENT_BYTES:
        raise InputError(TOP, f"{len(text)} bytes is above the limit of {MAX_DOCUMENT_BYTES}")
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InputError(TOP, f"not UTF-8: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(TOP, f"not JSON: {error}") from error


def read_facts(document: object) -> tuple[date | None, Facts]:
    """Return (the document's own day if it carries one, its facts)."""
    top = _members(document, TOP, required={"signals"}, optional={"closures", "power_cuts", "policy", "day"})
    facts = Facts(
        signals=_each(top, "signals", _signal),
        closures=_each(top, "closures", _closure),
        power_cuts=_each(top, "power_cuts", _power_cut),
        policy=_policy(top["policy"]) if "policy" in top else DEFAULT_POLICY,
    )
    return (read_day(top["day"], "day") if "day" in top else None), facts


def read_day(value: object, place: str) -> date:
    """Return the date of a text such as 2026-03-02."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise InputError(place, f"{_shown(value)} is not a date such as 2026-03-02")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(place, f"{value} names no existing day: {error}") from error


def _signal(item: object, place: str) -> SlotInterval:
    members = _members(item, place, required={"slot", "signal", "value", "from", "to"}, optional={"clock"})
    signal = _one_of(members["signal"], OPENING_SIGNALS, f"{place}.signal")
    value = _one_of(members["value"], OPENING_SIGNALS[signal], f"{place}.value")
    clock = _one_of(members.get("clock", "trusted"), _CLOCKS, f"{place}.clock")
    slot = _text(members["slot"], f"{place}.slot")
    start, end = _span(members, place)
    return SlotInterval(slot, signal, value, start, end, cast("Clock", clock))


def _closure(item: object, place: str) -> Span:
    members = _members(item, place, required={"from", "to"}, optional={"reason"})
    if "reason" in members:
        _text(members["reason"], f"{place}.reason")
    return _span(members, place)


def _power_cut(item: object, place: str) -> PowerCut:
    members = _members(item, place, required={"from", "to"}, optional=("slot", "events"))
    slot = _text(members["slot"], f"{place}.slot") if "slot" in members else ""
    return PowerCut(*_span(members, place), slot, _each(members, "events", _text, f"{place}.events"))


def _span(members: Members, place: str) -> Span:
    start, end = _time(members["from"], f"{place}.from"), _time(members["to"], f"{place}.to")
    if end <= start:
        raise InputError(f"{place}.to", f"{members['to']} is not after from ({members['from']})")
    return start, end


def _time(value: object, place: str) -> datetime:
    if not isinstance(value, str):
        raise InputError(place, f"{_shown(value)} is not a time such as 2026-03-02T09:00:00+08:00")
    try:
        return parse_time(value)
    except DocumentError as error:
        raise InputError(place, str(error)) from error


def _policy(value: object) -> Policy:
    members = _members(value, "policy", optional=_POLICY)
    return Policy(**{name: _POLICY[name](given, f"policy.{name}") for name, given in members.items()})


def _holiday_policy(value: object, place: str) -> HolidayPolicy:
    return cast("HolidayPolicy", _one_of(value, HOLIDAY_POLICIES, place))


def _minute_count(value: object, place: str) -> int:
    if type(value) is not int or not 0 <= value <= DAY_MINUTES:
        raise InputError(place, f"{_shown(value)} is not a whole number of minutes from 0 to {DAY_MINUTES}")
    return value


def _hours(value: object, place: str) -> tuple[DayHours, ...]:
    if not isinstance(value, list) or len(value) != WEEK_DAYS:
        raise InputError(place, "one entry per weekday from Monday is needed: seven of [from, to], [] for a closed day")
    return tuple(_day_hours(entry, f"{place}[{index}]", _WEEKDAYS[index]) for index, entry in enumerate(value))


def _day_hours(entry: object, place: str, weekday: str) -> DayHours:
    """Return one weekday's hours: [from, to], a list of such pairs for a day with a break, or [] for none."""
    if not isinstance(entry, list):
        raise InputError(place, f'{weekday} is {_shown(entry)}; write ["09:00", "17:00"], or [] for a closed day')
    pairs = [entry] if entry and isinstance(entry[0], str) else entry
    return tuple(_opening_hours(pair, place) for pair in pairs)


def _opening_hours(pair: object, place: str) -> tuple[int, int]:
    if not isinstance(pair, list) or len(pair) != len(("from", "to")):
        raise InputError(place, f'{_shown(pair)} is not a pair such as ["09:00", "17:00"]')
    first, last = (_minute_of_day(text, place) for text in pair)
    if last <= first:
        raise InputError(place, f"{pair[1]} is not after {pair[0]}")
    return first, last


def _minute_of_day(value: object, place: str) -> int:
    match = _CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else DAY_MINUTES + 1  # noqa: PLR2004
    if minute > DAY_MINUTES:
        raise InputError(place, f"{_shown(value)} is not a time of day such as 09:00 (24:00 is the end of the day)")
    return minute


def _signals_required(value: object, place: str) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise InputError(place, f"name the signals that must say yes, some of {', '.join(OPENING_SIGNALS)}")
    return frozenset(_one_of(name, OPENING_SIGNALS, f"{place}[{index}]") for index, name in enumerate(value))


#: Key of `policy` -> what reads it; the keys are fields of Policy.
_POLICY: Final[dict[str, Callable[[object, str], Any]]] = {
    "holiday_policy": _holiday_policy,
    "grace_minutes": _minute_count,
    "unknown_budget": _minute_count,
    "hours": _hours,
    "signals_required": _signals_required,
}


def _each(top: Members, name: str, read: Callable[[object, str], T], place: str = "") -> tuple[T, ...]:
    items, place = top.get(name, []), place or name
    if not isinstance(items, list):
        raise InputError(place, f"a list is needed, not {_shown(items)}")
    return tuple(read(item, f"{place}[{index}]") for index, item in enumerate(items))


def _members(
    value: object, place: str, *, required: AbstractSet[str] = frozenset(), optional: Iterable[str] = ()
) -> Members:
    """Return the members of an object that has all of `required` and nothing beyond `optional`."""
    if not isinstance(value, dict):
        raise InputError(place, f"an object is needed, not {_shown(value)}")
    known = [*sorted(required), *sorted(optional)]
    for name in value:
        if name not in known:
            raise InputError(_inside(place, name), f"unknown key; known: {', '.join(known)}")
    for name in sorted(required):
        if name not in value:
            raise InputError(_inside(place, name), "is missing")
    return value


def _inside(place: str, name: str) -> str:
    return name if place == TOP else f"{place}.{name}"


def _one_of(value: object, known: Iterable[str], place: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise InputError(place, f"{_shown(value)} is not known; use {' or '.join(known)}")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(place, f"a text is needed, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in names if names.count(name) > 1)!r} appears twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
