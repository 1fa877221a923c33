"""Working time: how much of it lies between two moments, and when a deadline is over. Pure.

A minute counts when the station must be open in it and no pause covers it; moments are rounded down to their minute.
A term of days begins the day after and ends when its last day closes (Civil Code, art. 201 and 203).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from protocols.rules.calendar import Calendar
from protocols.rules.errors import NeverOpenError
from protocols.rules.facts import Policy
from protocols.rules.minutes import DAY_MINUTES, Minutes, Span, covered, runs, stretch
from protocols.rules.opening import SHANGHAI, day_start

#: A deadline further away than this is none: 10 years.
MAX_DAYS: Final = 3_660
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """When a station must be open."""

    policy: Policy
    calendar: Calendar

    def minutes(self, day: date) -> Minutes:
        """Return the required minutes of a day; in a year without its table no day is a holiday.

        A term that is counted then ends earlier than it should, never later: the doubt is not the asker's.
        """
        if self._knows(day) and self.calendar.is_holiday(day, self.policy.holiday_policy):
            return 0
        return self.policy.required_minutes(day.weekday())

    def is_provisional(self, day: date) -> bool:
        """Return whether the holidays of this day's year are computed or missing."""
        return not self._knows(day) or self.calendar.is_provisional(day)

    def _knows(self, day: date) -> bool:
        years = self.calendar.years
        if self.policy.holiday_policy == "gazetted":
            years &= self.calendar.notified_years
        return day.year in years


def working_minutes(start: datetime, end: datetime, hours: OpenHours, pauses: Sequence[Span] = ()) -> int:
    """Return how many minutes count between two moments; 0 when the second is not later."""
    first, last = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(_counted(day, hours, pauses, start, end).bit_count() for day in days)


def due_at(start: datetime, budget: int, hours: OpenHours, pauses: Sequence[Span] = ()) -> datetime:
    """Return the end of the minute that uses up `budget` (≥ 1) minutes; NeverOpenError when no minute does."""
    left, first = budget, start.astimezone(SHANGHAI).date()
    for number in range(MAX_DAYS):
        day = first + timedelta(days=number)
        minutes = _counted(day, hours, pauses, start)
        if minutes.bit_count() >= left:
            return day_start(day) + (_nth(minutes, left) + 1) * _MINUTE
        left -= minutes.bit_count()
    raise NeverOpenError(f"{budget} working minutes are not over within {MAX_DAYS} days")


def minutes_of_days(start: datetime, days: int, hours: OpenHours) -> int:
    """Return the working minutes from `start` to the closing of the `days`-th (≥ 1) open day after its own day."""
    left, day = days, start.astimezone(SHANGHAI).date()
    for _ in range(MAX_DAYS):
        day += _DAY
        left -= 1 if hours.minutes(day) else 0
        if not left:
            return working_minutes(start, day_start(day) + _DAY, hours)
    raise NeverOpenError(f"{days} open days do not come within {MAX_DAYS} days")


def _counted(
    day: date, hours: OpenHours, pauses: Sequence[Span], start: datetime, end: datetime | None = None
) -> Minutes:
    midnight = day_start(day)
    last = DAY_MINUTES if end is None else (end - midnight) // _MINUTE
    within = stretch((start - midnight) // _MINUTE, last)
    paused = covered([(_floored(one[0]), _floored(one[1])) for one in pauses], midnight)
    return hours.minutes(day) & within & ~paused


def _floored(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _nth(minutes: Minutes, number: int) -> int:
    """Return the place of the `number`-th (from 1) set bit; the caller knows that there are as many."""
    places = (place for first, last in runs(minutes) for place in range(first, last))
    return next(islice(places, number - 1, None))
