"""What the page 今天 shows. Plain values, no tables and no requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cloud.web.views.posts import PostRow
from cloud.web.views.strip import Strip


@dataclass(frozen=True, slots=True)
class StationToday:
    """One station: is it there, is it open."""

    id: str
    name: str
    presence: str
    strip: Strip


@dataclass(frozen=True, slots=True)
class QueueItem:
    """Something a person must decide; words are `queue.{kind}` and `queue.{kind}_why` unless `why` says more."""

    kind: str
    icon: str
    count: int
    href: str
    urgent: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecentDay:
    """The verdict of one day that is over; `missing` while there is none."""

    day: date
    verdict: str


@dataclass(frozen=True, slots=True, eq=False)
class RecentStation:
    """The last days of one station, compared by identity, so that pages can keep what they wrote of them."""

    id: str
    name: str
    days: tuple[RecentDay, ...]

    def count(self, verdict: str) -> int:
        """Return how many days have a verdict."""
        return sum(one.verdict == verdict for one in self.days)


@dataclass(frozen=True, slots=True)
class RecentDays:
    """The last days of every station, oldest first."""

    days: Sequence[date]
    stations: Sequence[RecentStation]

    @property
    def known(self) -> bool:
        """Return whether any day has a verdict yet."""
        return any(one.verdict != "missing" for row in self.stations for one in row.days)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One open alarm; words are `alarm.kind.{kind}`."""

    id: int
    kind: str
    station: str
    name: str
    subject: str
    times: int
    last_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class TodayPage:
    """The whole page; `wanted` is the number of people that today's posts look for."""

    day: date
    stations: Sequence[StationToday]
    queue: Sequence[QueueItem]
    posts: Sequence[PostRow]
    published: int
    wanted: int
    recent: RecentDays
    alarms: Sequence[AlarmRow] = ()

    @property
    def online(self) -> int:
        """Return how many stations are there."""
        return sum(row.presence == "online" for row in self.stations)

    @property
    def open_now(self) -> int:
        """Return how many stations are open in the newest minute that is over."""
        return sum(row.strip.current == "open" and row.strip.now is not None for row in self.stations)
