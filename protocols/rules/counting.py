"""People that counters count, of one day in Shanghai: from totals since a reset, or from windows - never from both.

A counter that sends `realTime` says all people since its reset; one that sends `timeRange` says those of a window. A
counter that sends both says the same people twice. So the totals of a region come from its running totals as soon as
one has come today, else from its windows; windows are known by their ends, so that one that is sent again counts once.
Pure: the caller brings the times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from protocols.errors import DocumentError
from protocols.rules.opening import SHANGHAI
from protocols.venue.rfc3339 import format_time, parse_time

#: Windows of one region and day: one a minute.
MAX_WINDOWS: Final = 1_440
#: Lines of one counter.
MAX_REGIONS: Final = 16

#: (people in, people out).
Pair = tuple[int, int]


@dataclass(slots=True)
class _Region:
    """One line: what its counter last said, and what is to be added to it for the total of the day."""

    last: Pair = (0, 0)
    last_at: datetime | None = None
    offset: Pair = (0, 0)
    running_today: bool = False
    windows: dict[tuple[datetime, datetime], Pair] = field(default_factory=dict)

    def total(self) -> Pair:
        if self.running_today:
            return _sum(self.offset, self.last)
        return _sum(*self.windows.values())

    def roll(self) -> None:
        """Begin a day: what was counted before it is not of it."""
        self.offset = (-self.last[0], -self.last[1])
        self.running_today = False
        self.windows.clear()

    def runs(self, said: Pair, at: datetime, *, today: bool) -> None:
        fell = said[0] < self.last[0] or said[1] < self.last[1]
        if self.last_at is not None and (at < self.last_at or (at == self.last_at and fell)):
            return  # sent once more, or late
        if fell:  # the counter was reset: what it had counted stays counted
            self.offset = _sum(self.offset, self.last)
        self.last, self.last_at = said, at
        if today:
            self.running_today = True
        else:
            self.offset = (-said[0], -said[1])

    def counts(self, said: Pair, begins: datetime, ends: datetime) -> bool:
        """Take a window; one that overlaps another one would count people twice and is left out."""
        key = (begins, ends)
        clash = any(start < ends and begins < end for start, end in self.windows if (start, end) != key)
        if clash or (key not in self.windows and len(self.windows) >= MAX_WINDOWS):
            return False
        self.windows[key] = said
        return True


class Tally:
    """The people of one counter today."""

    def __init__(self, day: date) -> None:
        self.day = day
        #: Reports that could not be counted: windows over others, of another day, lines above the limit.
        self.left_out_total = 0
        self._regions: dict[str, _Region] = {}

    @property
    def total(self) -> Pair:
        """People in and out over all lines; never below zero."""
        entered, left = _sum(*(one.total() for one in self._regions.values()))
        return max(0, entered), max(0, left)

    @property
    def inside(self) -> int:
        """How many are inside by this counter alone."""
        entered, left = self.total
        return max(0, entered - left)

    def roll(self, now: datetime) -> None:
        """Begin the day of `now` if it is a later one."""
        day = now.astimezone(SHANGHAI).date()
        if day > self.day:
            self.day = day
            for region in self._regions.values():
                region.roll()

    def running(self, region: str, entered: int, left: int, at: datetime) -> None:
        """Take totals since the counter's reset, as of `at`."""
        self.roll(at)
        line = self._line(region)
        if line is not None:
            line.runs((entered, left), at, today=at.astimezone(SHANGHAI).date() == self.day)

    def window(self, region: str, entered: int, left: int, begins: datetime, ends: datetime) -> None:
        """Take the people of a window; the day of its beginning counts."""
        self.roll(begins)
        line = self._line(region)
        today = begins.astimezone(SHANGHAI).date() == self.day
        if line is not None and not (today and line.counts((entered, left), begins, ends)):
            self.left_out_total += 1

    def _line(self, region: str) -> _Region | None:
        if region not in self._regions and len(self._regions) >= MAX_REGIONS:
            self.left_out_total += 1
            return None
        return self._regions.setdefault(region, _Region())

    def to_json(self) -> dict[str, Any]:
        """Return everything, to be kept over a restart."""
        return {
            "day": self.day.isoformat(),
            "regions": {
                name: {
                    "last": list(one.last),
                    "at": format_time(one.last_at) if one.last_at else "",
                    "offset": list(one.offset),
                    "running": one.running_today,
                    "windows": [[format_time(a), format_time(b), *pair] for (a, b), pair in one.windows.items()],
                }
                for name, one in self._regions.items()
            },
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], now: datetime) -> "Tally":
        """Return what was kept, a new tally where it cannot be read."""
        try:
            tally = cls(date.fromisoformat(kept["day"]))
            for name, one in kept["regions"].items():
                tally._regions[str(name)] = _Region(
                    _pair(one["last"]),
                    parse_time(one["at"]) if one["at"] else None,
                    _pair(one["offset"]),
                    running_today=bool(one["running"]),
                    windows={(parse_time(a), parse_time(b)): _pair(pair) for a, b, *pair in one["windows"]},
                )
        except (KeyError, TypeError, ValueError, AttributeError, DocumentError):
            return cls(now.astimezone(SHANGHAI).date())
        return tally


def _sum(*pairs: Pair) -> Pair:
    return sum(one[0] for one in pairs), sum(one[1] for one in pairs)


def _pair(value: Any) -> Pair:
    entered, left = value
    return int(entered), int(left)
