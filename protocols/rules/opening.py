"""Was the station open? Rule v1 of domain.md §4: one state per required minute, one verdict per day. Pure.

Votes are three-valued: what no device saw is `unknown`, never `closed`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, Literal

from protocols.rules.calendar import Calendar
from protocols.rules.facts import OPENING_SIGNALS, Facts, Policy, PowerCut, SlotInterval
from protocols.rules.minutes import Minutes, Span, at_least_two, covered, runs, touched

RULE_VERSION: Final = "v1"
#: Asia/Shanghai has kept this offset since 1991, so no zone database is needed.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

State = Literal["open", "closed", "unknown", "excused"]
DayVerdict = Literal["compliant", "violation", "unproven", "not_required"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Minutes in a row with one state, half-open, in Shanghai time."""

    start: datetime
    end: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one day; counts are minutes and `open + closed + unknown + excused == required`."""

    day: date
    required: int
    open: int
    closed: int
    unknown: int
    excused: int
    verdict: DayVerdict
    segments: tuple[Segment, ...]
    flags: tuple[str, ...] = ()
    #: The power cuts within the required time that a device proves.
    evidence: tuple[PowerCut, ...] = ()

    def to_object(self) -> dict[str, object]:
        """Return the document that `yizhan kpi opening` prints; `flags` and `evidence` appear when there are any."""
        document: dict[str, object] = {
            "day": self.day.isoformat(),
            "required": self.required,
            "open": self.open,
            "closed": self.closed,
            "unknown": self.unknown,
            "excused": self.excused,
            "verdict": self.verdict,
            "segments": [
                {"from": part.start.isoformat(), "to": part.end.isoformat(), "state": part.state}
                for part in self.segments
            ],
        }
        if self.flags:
            document["flags"] = list(self.flags)
        if self.evidence:
            document["evidence"] = [_evidence_object(cut) for cut in self.evidence]
        return document


def _proven(cuts: Iterable[PowerCut], day: date, required: Minutes) -> tuple[PowerCut, ...]:
    """Return the cuts with evidence that excuse a required minute."""
    return tuple(cut for cut in cuts if cut.events and covered([cut.span], day_start(day)) & required)


def _evidence_object(cut: PowerCut) -> dict[str, object]:
    return {
        "from": cut.start.astimezone(SHANGHAI).isoformat(),
        "to": cut.end.astimezone(SHANGHAI).isoformat(),
        "slot": cut.slot,
        "events": list(cut.events),
    }


@dataclass(frozen=True, slots=True)
class Votes:
    """Per signal kind the minutes in which it says yes and those in which it says no; never both."""

    yes: Mapping[str, Minutes]
    no: Mapping[str, Minutes]


def judge(day: date, facts: Facts, calendar: Calendar) -> Verdict:
    """Return the verdict of `day`; a MissingTable if the calendar does not know its year."""
    flags = ("provisional",) if calendar.is_provisional(day) else ()
    required = required_minutes(day, facts.policy, calendar)
    if not required:
        return Verdict(day, 0, 0, 0, 0, 0, "not_required", (), flags)
    states = minute_states(day, facts, required)
    count = {state: minutes.bit_count() for state, minutes in states.items()}
    return Verdict(
        day=day,
        required=required.bit_count(),
        open=count["open"],
        closed=count["closed"],
        unknown=count["unknown"],
        excused=count["excused"],
        verdict=_day_verdict(count["closed"], count["unknown"], facts.policy),
        segments=segments(day, states),
        flags=flags,
        evidence=_proven(facts.power_cuts, day, required),
    )


def required_minutes(day: date, policy: Policy, calendar: Calendar) -> Minutes:
    """Return the minutes of `day` in which the station must be open; none on a holiday or a weekday without hours."""
    return 0 if calendar.is_holiday(day, policy.holiday_policy) else policy.required_minutes(day.weekday())


def required_span(day: date, policy: Policy, calendar: Calendar) -> Span | None:
    """Return when the required minutes of `day` begin and end; None when there are none. A MissingTable as `judge`."""
    minutes = required_minutes(day, policy, calendar)
    if not minutes:
        return None
    first, last = (minutes & -minutes).bit_length() - 1, minutes.bit_length()
    return day_start(day) + timedelta(minutes=first), day_start(day) + timedelta(minutes=last)


def minute_states(day: date, facts: Facts, within: Minutes) -> dict[State, Minutes]:
    """Return the state of each minute of `within`; the four sets share no minute and leave none out."""
    midnight = day_start(day)
    excused = covered([*facts.closures, *(cut.span for cut in facts.power_cuts)], midnight) & within
    votes = count_votes(facts, midnight)
    judged = within & ~excused
    closed, opened = _by_rule(votes, facts.policy)
    opened &= judged
    closed &= judged
    return {"open": opened, "closed": closed, "unknown": judged & ~opened & ~closed, "excused": excused}


def _by_rule(votes: Votes, policy: Policy) -> tuple[Minutes, Minutes]:
    """Return (closed, open) by steps 2 to 5; a minute in neither is unknown."""
    door_no = votes.no["door"]
    others_yes = at_least_two(votes.yes[signal] for signal in OPENING_SIGNALS if signal != "door")
    conflict = door_no & others_yes
    any_yes = 0
    for minutes in votes.yes.values():
        any_yes |= minutes
    shut = at_least_two(votes.no.values()) & ~any_yes
    opened = _enough_yes(votes, policy) & ~door_no
    return (door_no & ~conflict) | (shut & ~door_no), opened


def _enough_yes(votes: Votes, policy: Policy) -> Minutes:
    if policy.signals_required is None:
        return at_least_two(votes.yes.values()) & (votes.yes["door"] | votes.yes["staff"])
    minutes = -1
    for signal in policy.signals_required:
        minutes &= votes.yes[signal]
    return minutes


def count_votes(facts: Facts, midnight: datetime) -> Votes:
    """Return what each kind of signal says: yes if any of its slots does, else no if any does.

    Intervals of an untrusted clock say nothing. A slot is silent in a minute in which it contradicts itself.
    """
    by_slot: dict[tuple[str, str], list[SlotInterval]] = defaultdict(list)
    for interval in facts.signals:
        if interval.clock != "untrusted":
            by_slot[interval.slot, interval.signal].append(interval)
    yes = dict.fromkeys(OPENING_SIGNALS, 0)
    no = dict.fromkeys(OPENING_SIGNALS, 0)
    for (_, signal), intervals in by_slot.items():
        slot_yes, slot_no = _slot_votes(OPENING_SIGNALS[signal], intervals, midnight)
        yes[signal] |= slot_yes
        no[signal] |= slot_no
    no["footfall"] = 0  # an empty hall is not a closed one
    return Votes(yes, {signal: minutes & ~yes[signal] for signal, minutes in no.items()})


def _slot_votes(values: tuple[str, str], intervals: list[SlotInterval], midnight: datetime) -> tuple[Minutes, Minutes]:
    spans: dict[str, list[Span]] = {value: [] for value in values}
    for interval in intervals:
        spans[interval.value].append((interval.start, interval.end))
    yes, no = spans.values()
    return (
        covered(yes, midnight) & ~touched(no, midnight),
        covered(no, midnight) & ~touched(yes, midnight),
    )


def segments(day: date, states: Mapping[State, Minutes]) -> tuple[Segment, ...]:
    """Return the states of a day as merged segments in order of time."""
    midnight = day_start(day)
    found = [(first, last, state) for state, minutes in states.items() for first, last in runs(minutes)]
    return tuple(
        Segment(midnight + timedelta(minutes=first), midnight + timedelta(minutes=last), state)
        for first, last, state in sorted(found)
    )


def day_start(day: date) -> datetime:
    """Return midnight of `day` in Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _day_verdict(closed: int, unknown: int, policy: Policy) -> DayVerdict:
    if closed > policy.grace_minutes:
        return "violation"
    if unknown > policy.unknown_budget:
        return "unproven"
    return "compliant"
