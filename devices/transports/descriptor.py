"""A non-blocking file descriptor on the event loop: what serial ports and pseudo terminals share. No thread."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Transport

_Result = TypeVar("_Result")


class DescriptorTransport(Transport):
    """Reads and writes `fd`; who opens it closes it."""

    fd: int | None = None

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return what has arrived."""
        loop = asyncio.get_running_loop()
        fd = self._open_fd()
        try:
            async with asyncio.timeout(timeout_s):
                data = await _until_done(
                    partial(os.read, fd, limit), partial(loop.add_reader, fd), partial(loop.remove_reader, fd)
                )
        except TimeoutError as error:
            raise self.lost(f"nothing came within {timeout_s} s") from error
        except OSError as error:
            raise self.lost(f"cannot read: {error}") from error
        if not data:
            raise self.lost("the port is gone")
        return data

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:
        """Write all of `data`."""
        loop = asyncio.get_running_loop()
        fd = self._open_fd()
        rest = memoryview(data)
        try:
            async with asyncio.timeout(timeout_s):
                while rest:
                    count = await _until_done(
                        partial(os.write, fd, rest), partial(loop.add_writer, fd), partial(loop.remove_writer, fd)
                    )
                    rest = rest[count:]
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot write: {error or 'timed out'}") from error

    def _open_fd(self) -> int:
        if self.fd is None:
            raise self.lost("not open")
        return self.fd


async def _until_done(
    call: Callable[[], _Result], add: Callable[[Callable[[], None]], None], remove: Callable[[], bool]
) -> _Result:
    """Return what the non-blocking `call` gives once the descriptor lets it through."""
    while True:
        try:
            return call()
        except BlockingIOError:
            ready = asyncio.Event()
            add(ready.set)
            try:
                await ready.wait()
            finally:
                remove()
