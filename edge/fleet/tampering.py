"""A session whose connection misbehaves as the fault script says; the session itself is the agent's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from edge.errors import LinkLost
from edge.fleet.script import Kind
from edge.uplink import Incoming, Link, Session
from protocols.venue.events import MAX_BATCH_BYTES, Properties
from protocols.venue.topics import up
from protocols.venue.vocabulary import Stream

#: A batch that is to arrive late waits this long: another one overtakes it.
LATE_S: Final = 0.5

Publish = Callable[[], Awaitable[None]]


@dataclass
class Active:
    """Which faults a station suffers right now, and how many packets they have touched."""

    kinds: set[Kind] = field(default_factory=set)
    touched: int = 0
    cut: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def suffering(self, kind: Kind) -> AsyncIterator[None]:
        """Suffer a fault during the body."""
        self.kinds.add(kind)
        if kind == "link_cut":
            self.cut.set()
        try:
            yield
        finally:
            self.kinds.discard(kind)
            if kind == "link_cut":
                self.cut.clear()


class TamperedSession:
    """`edge.uplink.Session` around another one."""

    def __init__(self, session: Session, active: Active, station: str, foreign: str) -> None:
        self._session = session
        self._active = active
        self._names = (station, foreign)

    def will(self) -> bytes:
        """Return the inner session's will."""
        return self._session.will()

    async def take(self, message: Incoming) -> None:
        """Hand a message on."""
        await self._session.take(message)

    async def serve(self, link: Link) -> None:
        """Serve until told to stop or until the link is cut."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch_cut(), name="fleet-cut")
            await self._session.serve(_TamperedLink(link, self._active, *self._names))
            watch.cancel()

    async def _watch_cut(self) -> None:
        await self._active.cut.wait()
        self._active.touched += 1
        raise LinkLost("cut by the fault script")


class _TamperedLink:
    """A link that doubles, delays and spoils batches."""

    def __init__(self, link: Link, active: Active, station: str, foreign: str) -> None:
        self._link = link
        self._active = active
        self._station = station
        self._foreign = foreign

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish as told."""
        await self._link.publish(topic, payload, qos=qos, retain=retain)

    async def publish_reply(self, topic: str, payload: bytes, correlation: bytes) -> None:
        """Publish a reply as told."""
        await self._link.publish_reply(topic, payload, correlation)

    async def publish_batch(self, stream: Stream, payload: bytes, properties: Properties) -> None:
        """Publish a batch and whatever the faults of the moment add to it."""
        kinds = self._active.kinds & {"duplicate", "reorder", "oversize", "wrong_station"}
        self._active.touched += len(kinds)
        if "oversize" in kinds:
            await self._link.publish(up(self._station, stream), b"[" + b" " * MAX_BATCH_BYTES + b"]")
        if "wrong_station" in kinds:
            await self._link.publish(up(self._foreign, stream), payload)
        if "reorder" in kinds:
            await asyncio.sleep(LATE_S * (properties.first % 2))
        for _ in range(3 if "duplicate" in kinds else 1):
            await self._link.publish_batch(stream, payload, properties)
