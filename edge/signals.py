"""Samples of the slots -> signal intervals in the evidence stream (W16)."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from edge.errors import OutboxError
from edge.recorder import Recorder
from protocols.rules.intervals import Interval, SignalTracker
from protocols.venue.timestamps import format_time
from protocols.venue.vocabulary import Kind

#: Finished intervals that may wait for the outbox; a slot makes a few a minute.
MAX_PENDING: Final = 2_000
#: Events stored in one transaction.
MAX_STORED_AT_ONCE: Final = 200
#: Pause after the outbox said no.
RETRY_S: Final = 1.0

_log = logging.getLogger(__name__)
_Key = tuple[str, str]


class Signals:
    """One tracker per slot and signal; what becomes final is stored at once by `run`, what grows by `report`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._trackers: dict[_Key, SignalTracker] = {}
        self._kinds: dict[str, Kind] = {}
        self._reported: dict[_Key, Interval] = {}
        self._pending: deque[str] = deque(maxlen=MAX_PENDING)
        self._waiting = asyncio.Event()

    def sample(self, slot: str, kind: Kind, signal: str, value: str, at: datetime | None = None) -> None:
        """Take what a signal is right now; an unknown signal or value is an UnknownSignal of protocols.rules.

        What a device saw at `at` and tells only now has intervals of its own: it does not disturb what is seen now.
        """
        now = self._recorder.author.timekeeper.now()
        key = (slot, signal if at is None else f"{signal} kept")
        tracker = self._trackers.get(key)
        if tracker is None:
            tracker = self._trackers[key] = SignalTracker(signal)
            self._kinds[slot] = kind
        self._keep(key, tracker.sample(value, now if at is None else min(at, now)))

    async def report(self, slot: str) -> None:
        """Store how far the open intervals of a slot have grown since the last report."""
        now = self._recorder.author.timekeeper.now()
        for key, tracker in self._trackers.items():
            if key[0] == slot:
                self._keep(key, tracker.expire(now))
                grown = tracker.open_interval(now)
                if grown is not None and grown != self._reported.get(key):
                    self._keep(key, [grown])
                    self._reported[key] = grown
        await self._store()

    def value(self, slot: str, signal: str) -> str | None:
        """Return what a slot's signal is right now; None: nobody has seen it lately, or it has no such signal."""
        tracker = self._trackers.get((slot, signal))
        if tracker is None:
            return None
        now = self._recorder.author.timekeeper.now()
        self._keep((slot, signal), tracker.expire(now))
        found = tracker.open_interval(now)
        return found.value if found is not None else None

    async def run(self) -> None:
        """Store finished intervals as they come, for ever."""
        while True:
            await self._waiting.wait()
            if not await self._store():
                await asyncio.sleep(RETRY_S)

    async def close(self) -> None:
        """Store everything up to the last sample; the agent is stopping."""
        for slot in self._kinds:
            await self.report(slot)

    def _keep(self, key: _Key, intervals: Iterable[Interval]) -> None:
        slot, _ = key
        for interval in intervals:
            if len(self._pending) == MAX_PENDING:
                _log.error("an interval of %s is lost: the outbox has not taken any for long", slot)
            data = _data(interval)
            text = self._recorder.author.text(slot, self._kinds[slot], "signal.interval", data, "evidence")
            self._pending.append(text)
            self._waiting.set()

    async def _store(self) -> bool:
        while self._pending:
            texts = [self._pending.popleft() for _ in range(min(len(self._pending), MAX_STORED_AT_ONCE))]
            try:
                await self._recorder.store("evidence", texts)
            except OutboxError:
                self._pending.extendleft(reversed(texts))
                return False
        self._waiting.clear()
        return True


def _data(interval: Interval) -> dict[str, object]:
    return {
        "signal": interval.signal,
        "value": interval.value,
        "from": format_time(interval.start),
        "to": format_time(interval.end),
        "samples": interval.samples,
    }
