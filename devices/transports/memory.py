"""A cable inside one process, like a null modem; it can be cut and can spoil a byte."""

import asyncio
from collections.abc import Mapping
from typing import Final

from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Address, Transport

#: Bytes under way in one direction; a writer waits when they are not read.
CABLE_BYTES: Final = 65536


class _Lane:
    """One direction of a cable."""

    def __init__(self) -> None:
        self.under_way = bytearray()
        self.cut = False
        self.moved = asyncio.Condition()

    async def sever(self) -> None:
        async with self.moved:
            self.cut = True
            self.under_way.clear()
            self.moved.notify_all()

    async def put(self, data: bytes) -> bool:
        """Return False when the lane is cut."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.cut or len(self.under_way) + len(data) <= CABLE_BYTES)
            if not self.cut:
                self.under_way += data
                self.moved.notify_all()
            return not self.cut

    async def take(self, limit: int) -> bytes:
        """Return b"" when the lane is cut."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.cut or self.under_way)
            data = bytes(self.under_way[:limit])
            del self.under_way[:limit]
            self.moved.notify_all()
            return data


class MemoryTransport(Transport):
    """One end of a cable; `far` is the other one."""

    far: "MemoryTransport"

    def __init__(self, address: str, inbound: _Lane, outbound: _Lane, options: Mapping[str, str] | None = None) -> None:
        super().__init__(address, options)
        self._in, self._out = inbound, outbound
        self._spoil: int | None = None

    async def open(self) -> None:
        """Do nothing: a cable is plugged in until it is cut."""

    async def close(self) -> None:
        """Unplug, for both ends."""
        await self.cut()

    async def cut(self) -> None:
        """Lose the link for both ends; what is under way is lost too."""
        await self._in.sever()
        await self._out.sever()

    def spoil_next_write(self, at: int = 0) -> None:
        """Flip the lowest bit of byte `at` (at most the last one) of the next write."""
        self._spoil = at

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return what has arrived."""
        try:
            async with asyncio.timeout(timeout_s):
                data = await self._in.take(limit)
        except TimeoutError as error:
            raise self.lost(f"nothing came within {timeout_s} s") from error
        if not data:
            raise self.lost("the cable is cut")
        return data

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:
        """Put `data` on the cable, waiting for room."""
        try:
            async with asyncio.timeout(timeout_s):
                whole = await self._out.put(self._spoiled(data))
        except TimeoutError as error:
            raise self.lost("the other side does not read") from error
        if not whole:
            raise self.lost("the cable is cut")

    def _spoiled(self, data: bytes) -> bytes:
        if self._spoil is None or not data:
            return data
        at, self._spoil = min(self._spoil, len(data) - 1), None
        return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def cable(address: str = "sim:", options: Mapping[str, str] | None = None) -> tuple[MemoryTransport, MemoryTransport]:
    """Return the two ends of a new cable."""
    there, back = _Lane(), _Lane()
    near, far = MemoryTransport(address, back, there, options), MemoryTransport(address, there, back)
    near.far, far.far = far, near
    return near, far


def loop_of(address: Address) -> MemoryTransport:
    """Return the near end for `sim:`; the driver plugs its simulated device into `.far`."""
    return cable(address.text, address.options)[0]
