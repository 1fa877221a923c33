"""One simulated station: the agent's own outbox, session and uplink; its events come from a counter."""

import asyncio
import random
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from edge.answers import Answers
from edge.author import Author
from edge.commands import Commands
from edge.content import Contents
from edge.custody import Custody
from edge.epoch import next_start
from edge.errors import OutboxError
from edge.fleet.script import Fault
from edge.fleet.tampering import Active, TamperedSession
from edge.ledger import open_ledger
from edge.live import LiveBoard
from edge.outbox import Head, Outbox
from edge.outbox.outbox import OUTBOX_FILE
from edge.recorder import Recorder
from edge.session import Parts, StationSession
from edge.supervisor import SlotRunner
from edge.timekeeping import Timekeeper
from edge.twin import Twin
from edge.uplink import BrokerAddress, Uplink
from protocols.venue.vocabulary import Stream
from provisioning.clock import SystemClock
from provisioning.site import OutboxLimits

STREAM: Final[Stream] = "evidence"
SLOT: Final = "probe-1"
PAD: Final = "x" * 120
#: Events due within this are put together, as a busy driver would.
TICK_S: Final = 0.1
#: Ack times kept of one process; above it each new one replaces a random one.
MAX_SAMPLES: Final = 200_000
#: The session's own goodbye takes 1.5 s at most.
GOODBYE_S: Final = 2.5
_NO_SLOTS: Final[Mapping[str, SlotRunner]] = {}


class JumpingClock(SystemClock):
    """The machine's clock, off by what the fault script says."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the UTC time that this station believes."""
        return super().now() + self.offset


class FillingOutbox(Outbox):
    """An outbox whose disk can be full: then no transaction of it commits, neither a put nor an ack."""

    disk_full = False

    def _finish(self, connection: sqlite3.Connection) -> dict[Stream, Head]:
        if self.disk_full:
            raise sqlite3.OperationalError("database or disk is full")
        return super()._finish(connection)


@dataclass
class AckTimes:
    """Milliseconds from a durable put to its ack, over all stations; a fair sample when there are very many."""

    samples: list[float] = field(default_factory=list)
    count: int = 0

    def add(self, milliseconds: float) -> None:
        """Take one."""
        self.count += 1
        if len(self.samples) < MAX_SAMPLES:
            self.samples.append(milliseconds)
        elif (place := random.randrange(self.count)) < MAX_SAMPLES:  # noqa: S311 - a sample
            self.samples[place] = milliseconds


class FleetStation:
    """Made by `open_station`; `sent` counts events whose put returned, `refused` those that the outbox did not take."""

    def __init__(
        self, name: str, clock: JumpingClock, outbox: FillingOutbox, recorder: Recorder, times: AckTimes
    ) -> None:
        self.name = name
        self.clock = clock
        self.outbox = outbox
        self.recorder = recorder
        self.active = Active()
        self.sent = self.refused = 0
        self._times = times
        self._unacked: deque[tuple[int, float]] = deque()
        outbox.watch(self._look_at_acks)

    @property
    def acked(self) -> int:
        """Return the core's watermark."""
        return self.outbox.head(STREAM).upto

    def done(self) -> bool:
        """Return whether everything in the outbox is acked."""
        head = self.outbox.head(STREAM)
        return head.upto == head.last

    async def produce(self, rate: float, seconds: float) -> None:
        """Put `rate` events a second for `seconds`."""
        began = time.monotonic()
        tried = 0
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * rate) - tried
            if due > 0:
                tried += due
                await self._put(due, tried)
            await asyncio.sleep(max(TICK_S, (tried + 1) / rate - passed))

    async def suffer(self, faults: list[Fault]) -> None:
        """Let every fault happen at its time; they may overlap."""
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(self._suffer(fault), name=f"fault-{fault.kind}")

    async def _suffer(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at_s)
        async with self.active.suffering(fault.kind):
            if fault.kind == "clock_jump":
                self.clock.offset += timedelta(seconds=fault.offset_s)
            self.outbox.disk_full |= fault.kind == "disk_full"
            await asyncio.sleep(fault.seconds)
            if fault.kind == "clock_jump":
                self.clock.offset -= timedelta(seconds=fault.offset_s)
            if fault.kind == "disk_full":
                self.outbox.disk_full = False

    async def _put(self, count: int, number: int) -> None:
        author = self.recorder.author
        texts = [
            author.text(SLOT, "probe", "sample.taken", {"n": number - count + 1 + index, "pad": PAD}, STREAM)
            for index in range(count)
        ]
        began = time.monotonic()
        try:
            seqs = await self.outbox.put_many(STREAM, texts)
        except OutboxError:
            self.refused += count
            return
        self.sent += count
        self._unacked.extend((seq, began) for seq in seqs if seq > self.acked)

    def _look_at_acks(self) -> None:
        upto, now = self.acked, time.monotonic()
        while self._unacked and self._unacked[0][0] <= upto:
            self._times.add((now - self._unacked.popleft()[1]) * 1000)


@asynccontextmanager
async def open_station(
    name: str, foreign: str, state: Path, broker: BrokerAddress, times: AckTimes
) -> AsyncIterator[FleetStation]:
    """Yield a station that is connected, or trying to be, for the body; `foreign` is who it may pose as."""
    state.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    clock, limits = JumpingClock(), OutboxLimits()
    timekeeper = Timekeeper(clock)
    start = next_start(state, timekeeper.now())
    author = Author(name, start, timekeeper)
    async with AsyncExitStack() as stack:
        outbox = FillingOutbox(state / OUTBOX_FILE, limits, author.agent_text, timekeeper.now)
        await outbox.open()
        stack.push_async_callback(outbox.close)
        await outbox.begin(start.boot)
        ledger = await stack.enter_async_context(open_ledger(state))
        recorder = Recorder(author, outbox)

        async def reply(topic: str, payload: bytes, correlation: bytes) -> None:
            await session.publish_reply(topic, payload, correlation)

        commands = Commands(recorder, ledger, _NO_SLOTS, Answers(ledger, start, timekeeper.now, reply))
        session = StationSession(
            Parts(
                name, start, Custody(state, start, outbox, timekeeper.now), outbox, timekeeper, _NO_SLOTS,
                Twin(state, timekeeper.now),
                Contents(name, state, {}, clock), LiveBoard(), recorder, commands, limits.credit,
            )
        )  # fmt: skip
        station = FleetStation(name, clock, outbox, recorder, times)
        uplink = Uplink(name, broker, TamperedSession(session, station.active, name, foreign))
        running = asyncio.create_task(uplink.run(), name=f"uplink-{name}")
        try:
            yield station
        finally:
            uplink.stop()
            session.stop()
            await asyncio.wait([running], timeout=GOODBYE_S)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
