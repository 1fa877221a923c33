"""Watches the wall clock: says when it jumps (D17), and how far it was off when trust returns (W16a)."""

import asyncio
import time
from datetime import timedelta
from typing import Final

from edge.recorder import Recorder
from edge.timekeeping import Timekeeper
from protocols.venue.timestamps import format_time
from provisioning.clock import SystemClock

LOOK_INTERVAL_S: Final = 5.0
#: A difference between wall and monotonic time that counts as a step.
STEP_S: Final = 1.0


async def watch_steps(recorder: Recorder, interval_s: float = LOOK_INTERVAL_S) -> None:
    """Store `clock.stepped` and `clock.corrected` events when they are due, for ever; a stepped clock only jumps."""
    timekeeper = recorder.author.timekeeper
    if not isinstance(timekeeper.clock, SystemClock):
        return
    wall, monotonic = timekeeper.now(), time.monotonic()
    distrust = Distrust(timekeeper)
    while True:
        await asyncio.sleep(interval_s)
        expected = wall + timedelta(seconds=time.monotonic() - monotonic)
        wall, monotonic = timekeeper.now(), time.monotonic()
        offset_s = (wall - expected).total_seconds()
        if abs(offset_s) > STEP_S:
            data = {
                "before": format_time(expected),
                "after": format_time(wall),
                "offset_ms": round(offset_s * 1000),
                "trust": timekeeper.trust,
            }
            await recorder.say("clock.stepped", data)
        corrected_ms = distrust.look()
        if corrected_ms is not None:
            data = {"boot": recorder.author.start.boot, "offset_ms": corrected_ms}
            await recorder.say("clock.corrected", data, "evidence")


class Distrust:
    """One span in which the clock was not trusted, from its first to its last moment.

    The span's error is measured at its first moment: later it may already have been set right, unknown to us.
    """

    def __init__(self, timekeeper: Timekeeper) -> None:
        self._timekeeper = timekeeper
        self._lead_s: float | None = None
        self._events_before = 0
        self.look()

    def look(self) -> int | None:
        """Return by how many ms untrusted times were ahead, once, when trust has returned and there are any."""
        timekeeper = self._timekeeper
        if timekeeper.trust == "untrusted":
            if self._lead_s is None:
                self._lead_s = timekeeper.lead_s()
            return None
        lead_s, self._lead_s = self._lead_s, None
        events, self._events_before = timekeeper.untrusted_total - self._events_before, timekeeper.untrusted_total
        return round((lead_s - timekeeper.true_lead_s()) * 1000) if lead_s is not None and events else None
