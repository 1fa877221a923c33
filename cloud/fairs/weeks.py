"""The weekly rule (C1.1): each Monday-Sunday week has a fair with enough posts; which weeks do not. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloud.platform.times import day_start

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Held:
    """A fair that took place, or is planned: its day and the posts that it has."""

    date: date
    posts: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week: `best` is the most posts of a fair in it, None without any."""

    name: str
    monday: date
    best: int | None


def told_of_week(week: Week) -> datetime:
    """Return since when a week is known to lack a fair: since the Monday before it."""
    return day_start(week.monday - _WEEK)


def week_name(day: date) -> str:
    """Return the ISO week of a day, such as `2026-W09`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def whole_weeks(first: date, last: date) -> list[date]:
    """Return the Mondays of the weeks wholly inside a period; both ends belong to it."""
    monday = monday_of(first) if first.weekday() == 0 else monday_of(first) + _WEEK
    found = []
    while monday + timedelta(days=6) <= last:
        found.append(monday)
        monday += _WEEK
    return found


def weeks_of(mondays: Sequence[date], fairs: Iterable[Held]) -> list[Week]:
    """Return each week with its best fair."""
    best: dict[date, int] = {}
    for fair in fairs:
        monday = monday_of(fair.date)
        best[monday] = max(fair.posts, best.get(monday, 0))
    return [Week(week_name(monday), monday, best.get(monday)) for monday in mondays]


def warn_day(days_left: int, warn_days: Sequence[int]) -> int | None:
    """Return which of the days of the rule a fair so many days ahead falls under: the nearest not yet passed.

    5 days ahead it is still the warning of day 7, for whoever missed it; None when it is too early or too late.
    """
    return min((day for day in warn_days if days_left <= day), default=None) if days_left >= 0 else None
