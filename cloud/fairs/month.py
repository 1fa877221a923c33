"""A month of fairs and shows as a calendar shows it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from cloud.fairs.plans import fairs_between
from cloud.fairs.shows import shows_between
from cloud.fairs.weeks import monday_of
from cloud.platform.times import market_day

_MONTH: Final = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Event:
    """One fair or show on a day; `posts` is None for a show."""

    kind: str
    id: str
    title: str
    at: datetime
    state: str
    posts: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Whole weeks around a month; `previous` and `following` are as the address names them."""

    first: date
    previous: str
    following: str
    weeks: Sequence[Sequence[tuple[date, Sequence[Event]]]]


async def month_of(text: str, today: date) -> Month:
    """Return the month of `2026-03`, or that of today."""
    match = _MONTH.fullmatch(text)
    first = date(int(match[1]), int(match[2]), 1) if match else today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    start, end = monday_of(first), monday_of(following - timedelta(days=1)) + _WEEK
    events = await _events(start, end - timedelta(days=1))
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    cells = [(day, events[day]) for day in days]
    return Month(
        first=first,
        previous=f"{first - timedelta(days=1):%Y-%m}",
        following=f"{following:%Y-%m}",
        weeks=[cells[n : n + 7] for n in range(0, len(cells), 7)],
    )


async def _events(first: date, last: date) -> dict[date, list[Event]]:
    found: defaultdict[date, list[Event]] = defaultdict(list)
    for fair, tally in await fairs_between(first, last):
        event = Event("fair", str(fair.id), fair.title, fair.starts_at, fair.state, tally.posts)
        found[market_day(fair.starts_at)].append(event)
    for show in await shows_between(first, last):
        found[market_day(show.starts_at)].append(Event("show", str(show.id), show.title, show.starts_at, show.state))
    for events in found.values():
        events.sort(key=lambda event: event.at)
    return found
