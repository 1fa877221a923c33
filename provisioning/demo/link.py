"""A cable that can be pulled: a TCP relay on the loopback address between an agent and the broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_CHUNK_BYTES = 64 * 1024


@dataclass
class Link:
    """Relays every connection to the broker while it is up; `cut` drops them all and refuses new ones."""

    host: str
    port: int
    url: str = ""
    _up: bool = True
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Pull the cable."""
        self._up = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Put the cable back; the agents find out by themselves."""
        self._up = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until either side closes it."""
        if not self._up:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._writers |= pair
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, far_writer), name="link-up")
                group.create_task(_pump(far_reader, writer), name="link-down")
        finally:
            self._writers -= pair
            for end in pair:
                end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def link_to(host: str, port: int) -> AsyncIterator[Link]:
    """Run a relay to `host`:`port` on a free loopback port; its `url` is an MQTT URL."""
    link = Link(host, port)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    link.url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield link
    finally:
        server.close()
        link.cut()
