"""A non-blocking file descriptor on the event loop: what serial ports and pseudo terminals share. No thread."""

import asyncio
import os
from collections.abc import Callable

from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Transport


class DescriptorTransport(Transport):
    """Reads and writes `fd`; who opens it closes it."""

    fd: int | None = None

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return what has arrived."""
        loop = asyncio.get_running_loop()
        fd = self._open_fd()
        try:
            async with asyncio.timeout(timeout_s):
                # First wait, then read: pyserial sets VMIN=0, where an empty read only means that nothing is there yet.
                await _ready(lambda ready: loop.add_reader(fd, ready), lambda: loop.remove_reader(fd))
                data = os.read(fd, limit)
        except TimeoutError as error:
            raise self.lost(f"nothing came within {timeout_s} s") from error
        except OSError as error:
            raise self.lost(f"cannot read: {error}") from error
        if not data:
            raise self.lost("the port is gone", "unplugged")
        return data

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:
        """Write all of `data`."""
        loop = asyncio.get_running_loop()
        fd = self._open_fd()
        rest = memoryview(data)
        try:
            async with asyncio.timeout(timeout_s):
                while rest:
                    await _ready(lambda ready: loop.add_writer(fd, ready), lambda: loop.remove_writer(fd))
                    rest = rest[os.write(fd, rest) :]
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot write: {error or 'timed out'}") from error

    def _open_fd(self) -> int:
        if self.fd is None:
            raise self.lost("not open")
        return self.fd


async def _ready(add: Callable[[Callable[[], None]], None], remove: Callable[[], bool]) -> None:
    """Wait until the loop says that the descriptor lets a call through."""
    ready = asyncio.Event()
    add(ready.set)
    try:
        await ready.wait()
    finally:
        remove()
