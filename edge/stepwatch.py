"""Notices when the wall clock jumps (D17)."""

import asyncio
import time
from datetime import timedelta
from typing import Final

from edge.recorder import Recorder
from protocols.venue.timestamps import format_time
from provisioning.clock import SystemClock

LOOK_INTERVAL_S: Final = 5.0
#: A difference between wall and monotonic time that counts as a step.
STEP_S: Final = 1.0


async def watch_steps(recorder: Recorder) -> None:
    """Store a `clock.stepped` event for every jump of the system's clock, for ever; a stepped clock only jumps."""
    timekeeper = recorder.author.timekeeper
    if not isinstance(timekeeper.clock, SystemClock):
        return
    wall, monotonic = timekeeper.now(), time.monotonic()
    while True:
        await asyncio.sleep(LOOK_INTERVAL_S)
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
