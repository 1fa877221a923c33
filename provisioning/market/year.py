"""What people do in a year: apply, are placed, ask and complain, go to fairs; by the seasons of the trades."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

from provisioning.market.posts import DAYS, Post, make_post, posts_of
from provisioning.market.words import dice, pick, words

What = Literal["application", "placement", "ticket", "fair_visit"]

_KIND: Final = 4
#: What one registered person does in a year, on average; applications as far as an open post in season is found.
_APPLICATIONS: Final = 8.0
_TICKETS: Final = 0.15
_VISITS: Final = 0.5
#: Somebody applies for what was put up in so many days.
_FRESH_DAYS: Final = 7
_WEEKS: Final = 52
#: Posts of the last days, which are asked for again and again.
_REMEMBERED: Final = 4_096
#: Of so many applications one becomes a placement.
_PLACED: Final = 0.18
#: Monday … Sunday: the hall is open daily, offices are not.
_WEEK: Final = (1.25, 1.15, 1.05, 1.0, 1.05, 0.85, 0.65)
#: Seconds after 01:00 UTC (09:00 in Shanghai) within which people come, and how they come.
_OPEN_S: Final = 8 * 3_600
_CHANNELS: Final = ("phone", "phone", "kiosk", "counter")
_PROOFS: Final = ("contract", "employer", "telephone", "insurance")
#: Fairs are on Saturdays (`date.weekday`).
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that one person did; `post` where it was about one, `details` by kind."""

    what: What
    at: datetime
    person: int
    post: int | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who and what takes part: the first so many people, posts and firms of a seed's market, from a day on."""

    seed: int
    first: date
    people: int
    posts: int
    firms: int


def make_year(scope: Scope) -> Iterator[Event]:
    """Yield what people do about posts in a year, in order of time, made day by day."""
    for day in range(DAYS):
        yield from _day(scope, day)


def _day(scope: Scope, day: int) -> list[Event]:
    die, people = dice(scope.seed, _KIND, day), scope.people
    today = scope.first + timedelta(days=day)
    found: list[Event] = []
    for _ in range(_poisson(die, people * _APPLICATIONS / DAYS * _WEEK[today.weekday()])):
        post = _open_post(die, scope, day)
        if post:
            found += _applied(die, today, int(die.random() * people), post)
    for _ in range(_poisson(die, people * _TICKETS / DAYS * _WEEK[today.weekday()])):
        details = {"text": pick(die, words()["service"]["tickets"])}
        found.append(Event("ticket", _moment(die, today), int(die.random() * people), None, details))
    visits = people * _VISITS / _WEEKS if today.weekday() == _SATURDAY else 0.0
    for _ in range(_poisson(die, visits)):
        details = {"fair": today.isoformat()}
        found.append(Event("fair_visit", _moment(die, today), int(die.random() * people), None, details))
    return sorted(found, key=lambda event: (event.at, event.person))


def _open_post(die: random.Random, scope: Scope, day: int) -> Post | None:
    """Return a lawful post of the last days that its trade's season does not speak against; None as often as not."""
    numbers = posts_of(day - int(die.random() * min(_FRESH_DAYS, day + 1)), scope.posts)
    if not numbers:
        return None
    post = _post(scope, pick(die, numbers))
    asked = die.random() * 2 < post.trade.season[(scope.first + timedelta(days=day)).month - 1]
    return post if asked and post.kind == "lawful" else None


@lru_cache(_REMEMBERED)
def _post(scope: Scope, number: int) -> Post:
    return make_post(scope.seed, number, scope.firms, scope.first)


def _applied(die: random.Random, today: date, person: int, post: Post) -> list[Event]:
    at = _moment(die, today)
    events = [Event("application", at, person, post.number, {"channel": pick(die, _CHANNELS)})]
    if die.random() < _PLACED:
        details = {"form": post.body["form"], "proof": pick(die, _PROOFS)}
        events.append(Event("placement", at + timedelta(minutes=5), person, post.number, details))
    return events


def _moment(die: random.Random, day: date) -> datetime:
    opening = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return opening + timedelta(seconds=int(die.random() * _OPEN_S))


def _poisson(die: random.Random, mean: float) -> int:
    """Return how many came when `mean` come on average; beyond a few the normal distribution does as well."""
    if mean > 30:  # noqa: PLR2004 - where the two cannot be told apart
        return max(0, round(die.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), die.random(), 0
    while product > limit:
        product *= die.random()
        count += 1
    return count
