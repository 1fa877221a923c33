"""The opening rule once more, as slow and literal as domain.md §4 reads: minute by minute, second by second.

It shares no code with `protocols.rules.opening` and is only right for times on whole seconds.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

from protocols.rules.facts import Facts, Policy, SlotInterval

YES = {"door": "unlocked", "staff": "present", "wall": "on", "kiosk": "usable", "footfall": "people", "light": "on"}
NO = {"door": "locked", "staff": "absent", "wall": "off", "kiosk": "unusable", "light": "off"}


def state_of_minute(minute: datetime, facts: Facts) -> str:
    """Return the state of [minute, minute + 60 s) by steps 1 to 6."""
    if _whole(minute, [*facts.closures, *(cut.span for cut in facts.power_cuts)]):
        return "excused"
    votes = {kind: _vote_of_kind(minute, kind, list(facts.signals)) for kind in YES}
    yes = {kind for kind, vote in votes.items() if vote == "yes"}
    no = {kind for kind, vote in votes.items() if vote == "no"}
    if "door" in no:
        return "unknown" if len(yes) >= 2 else "closed"
    if _open(yes, facts.policy):
        return "open"
    return "closed" if not yes and len(no) >= 2 else "unknown"


def _open(yes: set[str], policy: Policy) -> bool:
    if policy.signals_required is not None:
        return policy.signals_required <= yes
    return len(yes) >= 2 and bool(yes & {"door", "staff"})


def _vote_of_kind(minute: datetime, kind: str, signals: list[SlotInterval]) -> str | None:
    ours = [interval for interval in signals if interval.signal == kind]
    votes = {_vote_of_slot(minute, kind, [i for i in ours if i.slot == slot]) for slot in {i.slot for i in ours}}
    return "yes" if "yes" in votes else "no" if "no" in votes else None


def _vote_of_slot(minute: datetime, kind: str, intervals: list[SlotInterval]) -> str | None:
    trusted = [interval for interval in intervals if interval.clock != "untrusted"]
    yes = [(i.start, i.end) for i in trusted if i.value == YES[kind]]
    no = [(i.start, i.end) for i in trusted if i.value != YES[kind]]
    if _any_second(minute, yes) and _any_second(minute, no):
        return None
    if _whole(minute, yes):
        return "yes"
    return "no" if _whole(minute, no) and kind in NO else None


def _seconds(minute: datetime) -> list[datetime]:
    return [minute + timedelta(seconds=second) for second in range(60)]


def _inside(moment: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(start <= moment < end for start, end in spans)


def _whole(minute: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return all(_inside(second, spans) for second in _seconds(minute))


def _any_second(minute: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(_inside(second, spans) for second in _seconds(minute))


def states_of_day(day: date, facts: Facts) -> list[tuple[datetime, str]]:
    """Return (minute, state) for each required minute of an ordinary day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(hours=8)))
    wanted = sorted({m for first, last in facts.policy.hours[day.weekday()] for m in range(first, last)})
    minutes = [midnight + timedelta(minutes=minute) for minute in wanted]
    return [(minute, state_of_minute(minute, facts)) for minute in minutes]
