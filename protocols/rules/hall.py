"""One hall from all that senses it: who is in there, how many, and whether they are too many. Pure.

Presence sensors see somebody or nobody; counters see who goes in and out and drift by what they miss; some cameras see
how many are in a region; the doors are locked when nobody is in. Each mends the others: a region's number is taken
before a difference of counts, a hall that was locked or that every sensor saw empty for EMPTY sets the counters' drift
off, and a sensor that sees somebody makes it one at least.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from protocols.rules.opening import SHANGHAI

#: What a sensor said is worth this long (footfall and door: sampled every 10 to 30 s, gaps up to 75 s).
FRESH: Final = timedelta(seconds=75)
#: A camera tells its number when it changes, and now and then.
REGION_FRESH: Final = timedelta(minutes=10)
#: Somebody who went through a door is there for this long, as the signal holds it (domain.md §4).
MOVED: Final = timedelta(seconds=300)
#: Every sensor sees nobody, nobody went through a door: then the hall is empty.
EMPTY: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may be in at once; the alarm ends at `clear_percent` of them, and begins after `hold_s` above it."""

    people: int
    clear_percent: int = 90
    hold_s: int = 30

    @property
    def clear(self) -> int:
        """The number at which the alarm ends."""
        return self.people * self.clear_percent // 100


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What is known now: None for nothing."""

    somebody: bool | None = None
    people: int | None = None
    over: bool = False


@dataclass(slots=True)
class _Counter:
    """A counter's totals, and what they were when the hall was empty."""

    entered: int
    left: int
    empty_at: int

    @property
    def net(self) -> int:
        return self.entered - self.left

    @property
    def inside(self) -> int:
        return self.net - self.empty_at


@dataclass(slots=True)
class Hall:
    """Takes what slots say, in the order of one clock; `read` says what follows of it."""

    limit: Limit | None = None
    _seen: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    _doors: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    _regions: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _counters: dict[str, _Counter] = field(default_factory=dict)
    _moved_at: datetime | None = None
    _nobody_since: datetime | None = None
    _above_since: datetime | None = None
    _over: bool = False
    _day: str = ""

    def sees(self, slot: str, at: datetime, *, somebody: bool) -> None:
        """Take what a presence sensor sees."""
        self._seen[slot] = somebody, at

    def door(self, slot: str, at: datetime, *, unlocked: bool) -> None:
        """Take how a door is."""
        self._doors[slot] = unlocked, at

    def region(self, slot: str, people: int, at: datetime) -> None:
        """Take how many a camera sees."""
        self._regions[slot] = people, at

    def counts(self, slot: str, entered: int, left: int, at: datetime) -> None:
        """Take a counter's totals of the day; lower ones are those of a counter that was reset."""
        known = self._counters.get(slot)
        if known is None:
            self._counters[slot] = _Counter(entered, left, 0)
        else:
            if entered < known.entered or left < known.left:
                known.empty_at = -known.inside
            known.entered, known.left = entered, left
        self._moved_at = at

    def read(self, now: datetime) -> Occupancy:
        """Return what is known at `now`."""
        self._begin_day(now)
        seen = [somebody for somebody, at in self._seen.values() if now - at <= FRESH]
        doors = [unlocked for unlocked, at in self._doors.values() if now - at <= FRESH]
        regions = [people for people, at in self._regions.values() if now - at <= REGION_FRESH]
        moved = self._moved_at is not None and now - self._moved_at <= MOVED
        self._mend(now, seen, locked=bool(doors) and not any(doors))
        people = self._people(regions, somebody=any(seen))
        known = bool(seen or regions or moved)
        somebody = (any(seen) or any(regions) or moved) if known else None
        return Occupancy(somebody, people, self._judge(people, now))

    def _begin_day(self, now: datetime) -> None:
        """Begin every day with an empty hall: whatever counters missed the day before is over."""
        day = now.astimezone(SHANGHAI).date().isoformat()
        if self._day and day != self._day:
            self._empty()
        self._day = day

    def _mend(self, now: datetime, seen: list[bool], *, locked: bool) -> None:
        """Set the counters' drift off when the hall is known to be empty."""
        if seen and not any(seen):
            self._nobody_since = self._nobody_since or now
        else:
            self._nobody_since = None
        quiet = _long_ago(self._nobody_since, now) and (self._moved_at is None or _long_ago(self._moved_at, now))
        if quiet or (locked and not any(seen)):
            self._empty()

    def _empty(self) -> None:
        for counter in self._counters.values():
            counter.empty_at = counter.net

    def _people(self, regions: list[int], *, somebody: bool) -> int | None:
        if not regions and not self._counters:
            return None
        counted = sum(regions) if regions else max(0, sum(one.inside for one in self._counters.values()))
        return max(counted, 1) if somebody else counted

    def _judge(self, people: int | None, now: datetime) -> bool:
        """Return whether there are too many: late to begin, later to end, so that one at the door changes nothing."""
        if self.limit is None or people is None:
            self._above_since, self._over = None, False
            return False
        if people <= self.limit.people:
            self._above_since = None
        elif self._above_since is None:
            self._above_since = now
        if self._over:
            self._over = people > self.limit.clear
        elif self._above_since is not None:
            self._over = now - self._above_since >= timedelta(seconds=self.limit.hold_s)
        return self._over

    def to_json(self) -> dict[str, Any]:
        """Return what must outlive a restart: the counters, and whether the alarm is on."""
        counters = {name: [one.entered, one.left, one.empty_at] for name, one in self._counters.items()}
        return {"day": self._day, "over": self._over, "counters": counters}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take what was kept; what cannot be read is nothing."""
        try:
            counters = {str(name): _Counter(*map(int, one)) for name, one in kept["counters"].items()}
            day, over = str(kept["day"]), bool(kept["over"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return
        self._counters, self._day, self._over = counters, day, over


def _long_ago(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at >= EMPTY
