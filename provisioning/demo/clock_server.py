"""The server side of the stepped clock (`provisioning.clock`): moves time on when everybody has finished."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from protocols.venue.timestamps import format_time, parse_time
from provisioning.clock import MAX_LINE_BYTES
from provisioning.errors import ClockError

#: A follower that has not finished a step after this long is stuck, and the demo says so instead of hanging.
STEP_TIMEOUT_S = 30.0


@dataclass(eq=False)
class _Follower:
    writer: asyncio.StreamWriter
    idle_at: datetime | None = None
    wants: datetime | None = None


@dataclass
class ClockServer:
    """Holds the time that every follower sees; only `advance_to` moves it."""

    now: datetime
    url: str = ""
    _followers: set[_Follower] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def advance_to(self, moment: datetime) -> None:
        """Step to `moment`, stopping wherever a follower asked to be woken."""
        await self._until_idle()
        while self.now < moment:
            wishes = [f.wants for f in self._followers if f.wants is not None and f.wants > self.now]
            self.now = min([moment, *wishes])
            self._tell_all()
            await self._until_idle()

    async def leap_to(self, moment: datetime) -> None:
        """Jump to `moment` in one step, as over a night: who slept through it wakes once."""
        await self._until_idle()
        self.now = max(self.now, moment)
        self._tell_all()
        await self._until_idle()

    def _tell_all(self) -> None:
        line = json.dumps({"now": format_time(self.now)}).encode() + b"\n"
        for follower in self._followers:
            follower.writer.write(line)

    async def _until_idle(self) -> None:
        try:
            async with asyncio.timeout(STEP_TIMEOUT_S), self._changed:
                await self._changed.wait_for(lambda: all(f.idle_at == self.now for f in self._followers))
        except TimeoutError as error:
            raise ClockError(f"a program did not finish the step to {format_time(self.now)}; see its log") from error

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one follower until it goes away."""
        follower = _Follower(writer)
        self._followers.add(follower)
        writer.write(json.dumps({"now": format_time(self.now)}).encode() + b"\n")
        try:
            while line := await reader.readline():
                said = json.loads(line)
                follower.idle_at = parse_time(said["idle"])
                follower.wants = parse_time(said["next"]) if said["next"] else None
                await self._notify()
        except ConnectionError:
            pass  # a killed follower is part of the story
        finally:
            self._followers.discard(follower)
            await self._notify()
            writer.close()

    def dismiss(self) -> None:
        """Hang up on every follower."""
        for follower in self._followers:
            follower.writer.close()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def clock_server(now: datetime) -> AsyncIterator[ClockServer]:
    """Run a clock server on a free loopback port; its `url` goes into YIZHAN_CLOCK."""
    clock = ClockServer(now)
    server = await asyncio.start_server(clock.serve, "127.0.0.1", 0, limit=MAX_LINE_BYTES)
    clock.url = "tcp://{}:{}".format(*server.sockets[0].getsockname()[:2])
    try:
        yield clock
    finally:
        server.close()
        clock.dismiss()
