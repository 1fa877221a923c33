"""What somebody waits for leaves at once, everything else with its batch (D9, ADR 41)."""

import asyncio
from pathlib import Path

import pytest

from edge.sender import BATCH_WAIT_S, Sender
from protocols.venue.events import Properties
from protocols.venue.ids import AGENT
from protocols.venue.vocabulary import Stream
from tests.edge.stations import recorder
from tests.waiting import until


@pytest.mark.parametrize("hurried", [True, False])
async def test_a_hurried_batch_leaves_before_its_time_with_what_waits_already(tmp_path: Path, hurried: bool) -> None:  # noqa: FBT001
    left: list[tuple[Stream, int, int, float]] = []
    loop = asyncio.get_running_loop()

    async def publish(stream: Stream, _payload: bytes, properties: Properties) -> None:
        left.append((stream, properties.first, properties.last, loop.time()))

    async with recorder(tmp_path) as records:
        sender = Sender(records.outbox, records.author.timekeeper, 1, 8, publish)
        records.outbox.watch(sender.wake)
        sender.core_online()
        task = asyncio.create_task(sender.run())
        began = loop.time()
        for screen in ("wall", "kiosk"):
            await records.event(AGENT, "agent", "notice.shown", {"notice": screen}, "evidence")
        if hurried:
            sender.hurry("evidence")
        await until(lambda: left, "the batch has left")
        assert left[0][:3] == ("evidence", 1, 2)
        assert (left[0][3] - began < BATCH_WAIT_S) == hurried
        await records.event(AGENT, "agent", "notice.shown", {"notice": "next"}, "evidence")
        stored = loop.time()
        await until(lambda: len(left) > 1, "the next has left")
        assert left[1][3] - stored > BATCH_WAIT_S / 2  # a hurry is for one batch
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
