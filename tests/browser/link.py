"""A TCP line between browser and core that a test can cut and mend."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.waiting import free_port

CHUNK_BYTES = 65_536


class CuttableLink:
    """Forwards a loopback port to the core; `cut` closes what is open and refuses what comes."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target).port or 80
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Take connections again."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)

    async def cut(self) -> None:
        """Close everything at once."""
        if self._server is not None:
            self._server.close()
            self._server = None
        lines = dict(self._lines)
        for writer in (writer for pair in lines.values() for writer in pair):
            writer.transport.abort()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        core_reader, core_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._lines[task] = (writer, core_writer)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, core_writer))
                group.create_task(_copy(core_reader, writer))
        finally:
            writer.close()
            core_writer.close()
            del self._lines[task]


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()
