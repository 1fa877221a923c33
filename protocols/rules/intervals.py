"""Samples -> intervals, one pure state machine per slot and signal (domain.md §4).

Equal samples not more than `max_gap_s` apart join. Silence longer than that closes the interval at its last sample:
what nobody saw belongs to no interval. A change is placed at the first sample of the new value, once that value has
gone uncontradicted for `debounce_s`; a shorter blip is dropped and does not bridge a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from protocols.rules.errors import UnknownSignal
from protocols.venue.vocabulary import SIGNALS

#: The open interval is reported this often, so that silence differs from "nothing happened" (W16).
REPORT_INTERVAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How a signal is sampled and read, in seconds; `sample_s` None: samples come when something happens."""

    sample_s: float | None
    max_gap_s: float
    debounce_s: float
    #: The yes value outweighs no samples for this long after it was last sampled.
    holds_s: float = 0
    #: The yes value stands for this long after its last sample though nothing more is heard.
    outlasts_s: float = 0


TIMINGS: Final[dict[str, Timing]] = {
    "door": Timing(30, 75, 3),
    "wall": Timing(30, 75, 10),
    "kiosk": Timing(30, 75, 10),
    "light": Timing(60, 150, 30),
    "footfall": Timing(10, 30, 0, holds_s=300),
    # A sighting (terminal, kiosk login, console action) carries a sign-in on for at most 30 minutes.
    "staff": Timing(None, 1800, 0, outlasts_s=1800),
    "probe": Timing(30, 75, 0),
    # A UPS tests its battery for some ten seconds now and then: no cut.
    "mains": Timing(10, 45, 15),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """`value` was sampled `samples` times from `start` until before `end` (wire: `from`, `to`); end > start."""

    signal: str
    value: str
    start: datetime
    end: datetime
    samples: int


@dataclass(slots=True)
class _Run:
    value: str
    start: datetime
    last: datetime
    samples: int = 1

    def extend(self, at: datetime) -> None:
        self.last = at
        self.samples += 1


class SignalTracker:
    """Takes the samples of one slot's signal in the order of its clock and gives back intervals as they become final.

    Times must be aware. A sample from before the last one (the clock was set back) closes everything and starts anew.
    """

    def __init__(self, signal: str) -> None:
        if signal not in TIMINGS:
            raise UnknownSignal(f"unknown signal {signal!r}; known: {', '.join(TIMINGS)}")
        timing = TIMINGS[signal]
        self.signal = signal
        self._yes = SIGNALS[signal][0]
        self._max_gap = timedelta(seconds=timing.max_gap_s)
        self._debounce = timedelta(seconds=timing.debounce_s)
        self._holds = timedelta(seconds=timing.holds_s)
        self._outlasts = timedelta(seconds=timing.outlasts_s)
        self._current: _Run | None = None
        self._next: _Run | None = None  # a new value that has not held long enough yet
        self._detected: datetime | None = None

    def sample(self, value: str, at: datetime) -> list[Interval]:
        """Take one sample; returns the intervals that it made final, oldest first."""
        if value not in SIGNALS[self.signal]:
            raise UnknownSignal(f"{self.signal} is {' or '.join(SIGNALS[self.signal])}, not {value!r}")
        newest = self._next or self._current
        if newest is not None and at < newest.last:
            final = self.flush()
            self._detected = None
        else:
            final = self.expire(at) + self._promote(at)
        value = self._read(value, at)
        if self._current is not None and self._current.value == value:
            self._next = None
            final += self.expire(at)
        self._take(value, at)
        return final + self._promote(at)

    def open_interval(self, now: datetime | None = None) -> Interval | None:
        """Return the interval that is still growing, up to its last sample (a sign-in: up to `now`, while it holds)."""
        return None if self._current is None else self._interval(self._current, self._end(self._current, now))

    def expire(self, now: datetime) -> list[Interval]:
        """Close what has been silent for longer than the gap allows; called with each report, and by `sample`."""
        newest = self._next or self._current
        if newest is None or now - newest.last <= self._max_gap:
            return []
        return self.flush(now)

    def flush(self, now: datetime | None = None) -> list[Interval]:
        """Close everything at its last sample (a sign-in: at `now`, while it holds): the source is gone."""
        last = self.open_interval(now)
        self._current = self._next = None
        return [] if last is None else [last]

    def _read(self, value: str, at: datetime) -> str:
        if not self._holds:
            return value
        if value == self._yes:
            self._detected = at
        elif self._detected is not None and at - self._detected < self._holds:
            return self._yes
        return value

    def _take(self, value: str, at: datetime) -> None:
        for run in (self._current, self._next):
            if run is not None and run.value == value:
                run.extend(at)
                return
        self._next = _Run(value, at, at)

    def _promote(self, at: datetime) -> list[Interval]:
        """Let the new value take over if nothing has contradicted it until `at`, debounce after its first sample."""
        run = self._next
        if run is None or at - run.start < self._debounce:
            return []
        ended = None if self._current is None else self._interval(self._current, run.start)
        self._current, self._next = run, None
        return [] if ended is None else [ended]

    def _end(self, run: _Run, now: datetime | None) -> datetime:
        if now is None or run.value != self._yes:
            return run.last
        return max(run.last, min(now, run.last + self._outlasts))

    def _interval(self, run: _Run, end: datetime) -> Interval | None:
        """Return the run as an interval; one sample alone covers no time and is none."""
        return Interval(self.signal, run.value, run.start, end, run.samples) if end > run.start else None


def to_intervals(signal: str, samples: Iterable[tuple[str, datetime]]) -> list[Interval]:
    """Return the intervals of a finished series of (value, time) samples."""
    tracker = SignalTracker(signal)
    final = [interval for value, at in samples for interval in tracker.sample(value, at)]
    return final + tracker.flush()
