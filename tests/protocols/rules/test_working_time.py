"""The clock of deadlines, against a reading that looks at one minute after the other."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.rules.calendar import Calendar
from protocols.rules.errors import NeverOpenError
from protocols.rules.facts import Policy
from protocols.rules.minutes import Span
from protocols.rules.opening import SHANGHAI
from protocols.rules.working_time import OpenHours, due_at, minutes_of_days, working_minutes

_OFF = [("2026-10-01", "statutory"), ("2026-10-02", "statutory"), ("2026-10-03", "statutory"),
        ("2026-10-04", "adjusted_off"), ("2026-10-05", "adjusted_off"), ("2026-01-01", "statutory")]  # fmt: skip
CALENDAR = Calendar.from_rows(
    [{"date": day, "kind": kind} for day, kind in _OFF]
    + [{"date": "2027-01-01", "kind": "statutory", "provisional": "yes"}]
)
MINUTE = timedelta(minutes=1)
#: Around National Day and around New Year, where closed days stand in a row and a year ends.
MOMENTS = st.one_of(
    st.integers(0, 11 * 86_400).map(lambda second: datetime(2026, 9, 28, tzinfo=UTC) + timedelta(seconds=second)),
    st.integers(0, 6 * 86_400).map(lambda second: datetime(2026, 12, 29, tzinfo=UTC) + timedelta(seconds=second)),
)
HOURS = st.sampled_from(
    [((9 * 60, 17 * 60),), (), ((8 * 60 + 30, 11 * 60 + 30), (13 * 60, 17 * 60)), ((0, 24 * 60),), ((1, 2),)]
)
POLICIES = st.builds(
    Policy,
    holiday_policy=st.sampled_from(["statutory", "gazetted"]),
    hours=st.tuples(*[HOURS] * 7).filter(lambda week: sum(map(bool, week)) >= 2),
)


@st.composite
def pauses(draw: st.DrawFn) -> list[Span]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(MOMENTS)
        found.append((start, start + timedelta(seconds=draw(st.integers(0, 300_000)))))
    return found


def counts(minute: datetime, policy: Policy, stopped: list[Span]) -> bool:
    """Read one minute without any of the rule's own code: its local time, its day, every pause."""
    local = minute.astimezone(SHANGHAI)
    off = local.date() in CALENDAR.statutory
    if policy.holiday_policy == "gazetted" and local.year == 2026:
        off = off or local.date() in CALENDAR.adjusted_off
    if local.year == 2027 and policy.holiday_policy == "gazetted":
        off = False  # its notice has not appeared: nothing is guessed in the asker's disfavour
    of_day = local.hour * 60 + local.minute
    inside = any(first <= of_day < last for first, last in policy.hours[local.weekday()])
    paused = any(
        start.replace(second=0, microsecond=0) <= minute < end.replace(second=0, microsecond=0)
        for start, end in stopped
    )
    return inside and not off and not paused


def read_minutes(start: datetime, end: datetime, policy: Policy, stopped: list[Span]) -> int:
    minute, count = start.replace(second=0, microsecond=0), 0
    while minute + MINUTE <= end:
        count += counts(minute, policy, stopped)
        minute += MINUTE
    return count


@given(start=MOMENTS, length=st.integers(0, 2 * 24 * 3600), policy=POLICIES, stopped=pauses())
def test_working_minutes_are_those_that_a_reader_counts(
    start: datetime, length: int, policy: Policy, stopped: list[Span]
) -> None:
    end = start + timedelta(seconds=length)
    found = working_minutes(start, end, OpenHours(policy, CALENDAR), stopped)
    assert found == read_minutes(start, end, policy, stopped)


@settings(max_examples=100)
@given(start=MOMENTS, budget=st.integers(1, 600), policy=POLICIES, stopped=pauses())
def test_a_deadline_is_the_end_of_the_minute_that_uses_it_up(
    start: datetime, budget: int, policy: Policy, stopped: list[Span]
) -> None:
    minute, left = start.replace(second=0, microsecond=0), budget
    for _ in range(9 * 1440):
        left -= counts(minute, policy, stopped)
        minute += MINUTE
        if not left:
            break
    else:
        return  # hours of a minute a week: too far away to be read minute by minute
    assert due_at(start, budget, OpenHours(policy, CALENDAR), stopped) == minute


@given(start=MOMENTS, budget=st.integers(2, 4_000), stopped=pauses())
def test_what_was_worked_and_what_is_left_are_the_budget(start: datetime, budget: int, stopped: list[Span]) -> None:
    hours = OpenHours(Policy(), CALENDAR)
    due = due_at(start, budget, hours, stopped)
    assert working_minutes(start, due, hours, stopped) == budget
    assert working_minutes(start, due - MINUTE, hours, stopped) == budget - 1
    assert due_at(start, budget - 1, hours, stopped) < due


@pytest.mark.parametrize(
    ("start", "days", "closes"),
    [
        # A Monday in March, any hour: five open days, weekends among them, end on Saturday at 17:00.
        ("2026-03-02T10:30", 5, "2026-03-07T17:00"),
        ("2026-03-02T20:00", 5, "2026-03-07T17:00"),
        # 1 to 3 October are statutory: the first day after 30 September is the 4th.
        ("2026-09-30T16:59", 1, "2026-10-04T17:00"),
        # Filed on a holiday.
        ("2026-10-02T11:00", 2, "2026-10-05T17:00"),
    ],
)
def test_a_term_of_days_begins_the_day_after_and_ends_at_closing(start: str, days: int, closes: str) -> None:
    hours, begun = OpenHours(Policy(), CALENDAR), datetime.fromisoformat(f"{start}+08:00")
    assert due_at(begun, minutes_of_days(begun, days, hours), hours) == datetime.fromisoformat(f"{closes}+08:00")


def test_a_year_without_its_table_has_no_holidays_and_says_that_it_is_guessed() -> None:
    hours = OpenHours(Policy(), CALENDAR)
    assert hours.minutes(date(2031, 10, 1)).bit_count() == 480
    assert hours.is_provisional(date(2031, 10, 1))
    assert not hours.is_provisional(date(2026, 10, 1))
    assert hours.is_provisional(date(2027, 1, 1)) == CALENDAR.is_provisional(date(2027, 1, 1))


def test_hours_that_never_come_have_no_deadline() -> None:
    hours = OpenHours(Policy(hours=((),) * 7), CALENDAR)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(NeverOpenError):
        due_at(start, 1, hours)
    with pytest.raises(NeverOpenError):
        minutes_of_days(start, 1, hours)
