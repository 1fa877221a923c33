"""One simulated station: the agent's own outbox, session and uplink; its events come from a counter."""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from edge.answers import Answers
from edge.author import Author
from edge.commands import Commands
from edge.content import Contents
from edge.custody import Custody
from edge.epoch import next_start
from edge.errors import OutboxError
from edge.fleet.memory import FillingOutbox, LateLedger, MemoryOutbox
from edge.fleet.script import Fault
from edge.fleet.tampering import Active, TamperedSession
from edge.live import LiveBoard
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
#: Events of a backlog put in one transaction.
FILL_CHUNK: Final = 500
_NO_SLOTS: Final[Mapping[str, SlotRunner]] = {}


class JumpingClock(SystemClock):
    """The machine's clock, off by what the fault script says."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the UTC time that this station believes."""
        return super().now() + self.offset


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
        self, parts: Parts, session: StationSession, clock: JumpingClock, outbox: FillingOutbox, times: AckTimes
    ) -> None:
        self.name = parts.station
        self.clock = clock
        self.outbox = outbox
        self.active = Active()
        self.sent = self.refused = 0
        #: Events that were there before the station connected, and when (monotonic) the last of them was acked.
        self.backlog = 0
        self.drained_at: float | None = None
        self._days: set[str] = set()
        self._session = session
        self._uplink: Uplink | None = None
        self._running: asyncio.Task[None] | None = None
        self._author = parts.recorder.author
        self._times = times
        self._unacked: deque[tuple[int, float]] = deque()
        outbox.watch(self._look_at_acks)

    @property
    def acked(self) -> int:
        """Return the core's watermark."""
        return self.outbox.head(STREAM).upto

    @property
    def connects(self) -> int:
        """Return how often the station has connected."""
        return self._uplink.connects_total if self._uplink else 0

    def connect(self, broker: BrokerAddress, foreign: str) -> None:
        """Be connected, or trying to be, from now on; `foreign` is who the station may pose as."""
        self._uplink = Uplink(self.name, broker, TamperedSession(self._session, self.active, self.name, foreign))
        self._running = asyncio.create_task(self._uplink.run(), name=f"uplink-{self.name}")

    async def disconnect(self) -> None:
        """Say goodbye."""
        if self._uplink is None or self._running is None:
            return
        self._uplink.stop()
        self._session.stop()
        await asyncio.wait([self._running], timeout=GOODBYE_S)
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def done(self) -> bool:
        """Return whether everything in the outbox is acked."""
        head = self.outbox.head(STREAM)
        return head.upto == head.last

    async def fill(self, count: int, over: timedelta) -> None:
        """Put `count` events of the time `over` before now, as a station did that had no link."""
        for first in range(0, count, FILL_CHUNK):
            size = min(FILL_CHUNK, count - first)
            self.clock.offset = -over * (1 - first / count)
            await self.outbox.put_many(STREAM, self._texts(first + 1, size))
            self.sent += size
        self.clock.offset = timedelta()
        self.backlog = self.outbox.head(STREAM).last

    async def produce(self, rate: float, seconds: float, group: int = 1) -> None:
        """Put `rate` events a second, `group` at a time, for `seconds`, and on until the backlog is drained."""
        began = time.monotonic()
        tried = 0
        while (passed := time.monotonic() - began) < seconds or (self.backlog and self.drained_at is None):
            due = int(passed * rate) - tried
            if due >= group:
                tried += due
                await self._put(due, tried)
            await asyncio.sleep(max(TICK_S, (tried + group) / rate - passed))

    async def balance(self) -> dict[str, Any]:
        """Return the store, the last number, and the day's digests (D18) of everything that is acked."""
        digests = {day: (await self.outbox.digest(day))[STREAM] for day in sorted(self._days)}
        head = self.outbox.head(STREAM)
        return {"store": self.outbox.store, "last": head.last, "upto": head.upto, "days": digests}

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
        began = time.monotonic()
        try:
            seqs = await self.outbox.put_many(STREAM, self._texts(number - count + 1, count))
        except OutboxError:
            self.refused += count
            return
        self.sent += count
        self._unacked.extend((seq, began) for seq in seqs if seq > self.acked)

    def _texts(self, first: int, count: int) -> list[str]:
        self._days.add(self.clock.now().date().isoformat())
        texts = [
            self._author.text(SLOT, "probe", "sample.taken", {"n": number, "pad": PAD}, STREAM)
            for number in range(first, first + count)
        ]
        self._days.add(self.clock.now().date().isoformat())
        return texts

    def _look_at_acks(self) -> None:
        upto, now = self.acked, time.monotonic()
        if self.backlog and self.drained_at is None and upto >= self.backlog:
            self.drained_at = now
        while self._unacked and self._unacked[0][0] <= upto:
            self._times.add((now - self._unacked.popleft()[1]) * 1000)


@asynccontextmanager
async def open_station(name: str, state: Path, times: AckTimes, *, in_memory: bool) -> AsyncIterator[FleetStation]:
    """Yield a station that has its store and is not connected yet."""
    state.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    clock, limits = JumpingClock(), OutboxLimits()
    timekeeper = Timekeeper(clock)
    start = next_start(state, timekeeper.now())
    author = Author(name, start, timekeeper)
    async with AsyncExitStack() as stack:
        kind = MemoryOutbox if in_memory else FillingOutbox
        outbox = kind(state, limits, author.agent_text, timekeeper.now)
        await outbox.open()
        stack.push_async_callback(outbox.close)
        await outbox.begin(start.boot)
        ledger = LateLedger(state)
        stack.push_async_callback(ledger.close)
        recorder = Recorder(author, outbox)

        async def reply(topic: str, payload: bytes, correlation: bytes) -> None:
            await session.publish_reply(topic, payload, correlation)

        commands = Commands(recorder, ledger, _NO_SLOTS, Answers(ledger, start, timekeeper.now, reply))
        parts = Parts(
            name, start, Custody(state, start, outbox, timekeeper.now), outbox, timekeeper, _NO_SLOTS,
            Twin(state, timekeeper.now),
            Contents(name, state, {}, clock), LiveBoard(), recorder, commands, limits.credit,
        )  # fmt: skip
        session = StationSession(parts)
        station = FleetStation(parts, session, clock, outbox, times)
        stack.push_async_callback(station.disconnect)
        yield station
