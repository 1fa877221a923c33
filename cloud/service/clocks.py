"""The clock of a ticket: its term in working minutes, its deadline, how much is used. Pure but for the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cloud.kpi import service as kpi
from cloud.service.matters import Kind
from cloud.service.states import PENDING
from protocols.rules.minutes import Span
from protocols.rules.opening import SHANGHAI
from protocols.rules.working_time import OpenHours, minutes_of_days, working_minutes
from protocols.rules.working_time import due_at as rule_due_at

Hand = Literal["running", "standing", "late", "met", "missed", "none"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a ticket is half over and when it is due; `provisional`: some year's holidays are not gazetted yet."""

    half_at: datetime
    due_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """What a ticket's clock shows: working minutes, and the used share in percent (100 when it is over)."""

    hand: Hand
    used_minutes: int
    budget_minutes: int

    @property
    def left_minutes(self) -> int:
        """Return the minutes left; negative when the deadline is over."""
        return self.budget_minutes - self.used_minutes

    @property
    def share(self) -> int:
        """Return the used share in percent."""
        return min(100, 100 * self.used_minutes // max(1, self.budget_minutes))


def due_at(start: datetime, budget: int, hours: OpenHours, pauses: Sequence[Span] = ()) -> datetime:
    """Return the deadline as it is kept, in UTC: SQLite compares times as texts."""
    return rule_due_at(start, budget, hours, pauses).astimezone(UTC)


def hours_of(station: str) -> OpenHours:
    """Return when a station must be open; the market's own hours for what belongs to no station."""
    return OpenHours(kpi.policy_of(station), kpi.holiday_calendar())


def budget_of(kind: Kind, start: datetime, hours: OpenHours) -> int:
    """Return a kind's term from a moment on as working minutes."""
    return kind.minutes or minutes_of_days(start, kind.days or 1, hours)


def deadline_of(start: datetime, budget: int, hours: OpenHours, pauses: Sequence[Span] = ()) -> Deadline:
    """Return the deadline of a budget with the pauses that there were."""
    due = due_at(start, budget, hours, pauses)
    days = {start.astimezone(SHANGHAI).date(), due.astimezone(SHANGHAI).date()}
    half = due_at(start, (budget + 1) // 2, hours, pauses)
    return Deadline(half, due, any(hours.is_provisional(day) for day in days))


def pause_until(kind: Kind, start: datetime, hours: OpenHours) -> datetime:
    """Return when a pause ends by itself."""
    return due_at(start, minutes_of_days(start, kind.pause_days, hours), hours)


def answer_due(kind: Kind, asked: datetime, hours: OpenHours) -> datetime:
    """Return when a question of the online service should have its answer."""
    return due_at(asked, kind.answer_minutes, hours)


def opens_at(now: datetime, hours: OpenHours) -> datetime | None:
    """Return when somebody is there again; None when somebody is there now."""
    first = due_at(now, 1, hours) - timedelta(minutes=1)
    return first if first > now else None


def read_clock(  # noqa: PLR0913, PLR0917 - what a clock hangs on
    state: str,
    start: datetime,
    end: datetime,
    budget: int,
    due: datetime | None,
    hours: OpenHours,
    pauses: Sequence[Span],
) -> Clock:
    """Return what the clock shows at `end`, the present or the moment when the ticket was done."""
    used, over = working_minutes(start, end, hours, pauses), due is not None and end > due
    if state in PENDING:
        hand: Hand = "late" if over else "standing" if state == "paused" else "running"
    elif state == "withdrawn":
        hand = "none"
    else:
        hand = "missed" if over else "met"
    return Clock(hand, used, budget)
