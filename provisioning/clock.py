"""The wall clock every program asks: the system's, or one that a demo or test steps from outside.

Wall time is data (event times, verdicts); timers of the network stay on the monotonic clock. A stepped clock moves
only when every process that follows it has finished what the last step woke, so a day takes seconds and loses nothing
on a slow machine.

The line protocol is JSON, one object a line. Server -> client: `{"now": t}`. Client -> server, once nothing that `now`
woke is still running: `{"idle": t, "next": t|null}`; `next` is when the client wants to be woken.
"""

import asyncio
import heapq
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from protocols.venue.timestamps import format_time, parse_time
from provisioning.errors import ClockError

#: A step message is about 40 bytes.
MAX_LINE_BYTES = 4096


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the current UTC time."""

    def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield at once, then every `interval_s`; missed ticks are skipped. Close it when done."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current UTC time."""
        return datetime.now(UTC)

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield at once, then every `interval_s` of monotonic time."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            yield
            due = max(due + interval_s, loop.time())
            await asyncio.sleep(due - loop.time())


class SteppedClock:
    """A clock that stands still until its server says otherwise."""

    def __init__(self, writer: asyncio.StreamWriter, now: datetime) -> None:
        self._writer = writer
        self._now = now
        self._running = 0
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time of the last step."""
        return self._now

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield at once, then whenever a step passes the next multiple of `interval_s`."""
        self._running += 1
        due = self._now
        try:
            while True:
                yield
                due = max(due + timedelta(seconds=interval_s), self._now)
                await self._sleep_until(due)
                due = self._now  # later than asked for after a leap
        finally:
            self._running -= 1
            self._report_when_idle()

    async def _sleep_until(self, due: datetime) -> None:
        if due <= self._now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due, next(self._order), future))
        self._running -= 1
        self._report_when_idle()
        try:
            await future
        except asyncio.CancelledError:
            if not future.done() or future.cancelled():
                self._running += 1  # a woken sleeper was counted by the step already
            raise

    def step(self, now: datetime) -> None:
        """Take the server's new time and wake who waited for it."""
        self._now = now
        while self._sleepers and self._sleepers[0][0] <= now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                self._running += 1
                future.set_result(None)
        self._report_when_idle()

    def _report_when_idle(self) -> None:
        if self._running or self._writer.is_closing():
            return
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        upcoming = format_time(self._sleepers[0][0]) if self._sleepers else None
        line = json.dumps({"idle": format_time(self._now), "next": upcoming})
        self._writer.write(line.encode() + b"\n")


@asynccontextmanager
async def open_clock(url: str) -> AsyncIterator[Clock]:
    """Yield the system clock for an empty `url`, else follow the clock server at `tcp://host:port`."""
    if not url:
        yield SystemClock()
        return
    parts = urlsplit(url)
    if parts.scheme != "tcp" or parts.hostname is None or parts.port is None:
        raise ClockError(f"{url!r} is not a clock; leave it empty or write tcp://host:port")
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=MAX_LINE_BYTES)
    except OSError as error:
        raise ClockError(f"no clock answers at {url}: {error}") from error
    clock = SteppedClock(writer, await _next_now(reader))
    clock.step(clock.now())
    follower = asyncio.create_task(_follow(reader, clock), name="clock")
    try:
        yield clock
    finally:
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        writer.close()


async def _follow(reader: asyncio.StreamReader, clock: SteppedClock) -> None:
    while True:
        clock.step(await _next_now(reader))


async def _next_now(reader: asyncio.StreamReader) -> datetime:
    line = await reader.readline()
    if not line:
        raise ClockError("the clock server has gone")
    return parse_time(json.loads(line)["now"])
