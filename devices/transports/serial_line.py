"""A serial port on the event loop: pyserial sets the line up, the loop watches its descriptor. No thread."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import serial

from devices.errors import ConfigurationError
from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Address, Transport

#: Baud rates from the slowest meter to the fastest UART bridge.
MIN_BAUD: Final = 300
MAX_BAUD: Final = 4_000_000
_PARITIES: Final = frozenset(("N", "E", "O"))
_STOP_BITS: Final = frozenset(("1", "2"))

_Result = TypeVar("_Result")


class SerialTransport(Transport):
    """A local serial device; its loss is a USB loss (adapters are what gets unplugged)."""

    cause = "usb"

    def __init__(self, address: Address, *, baud: int, parity: str = "N", stop_bits: int = 1) -> None:
        super().__init__(address.text, address.options)
        self._path, self._baud, self._parity, self._stop_bits = address.path, baud, parity, stop_bits
        self._port: serial.Serial | None = None

    async def open(self) -> None:
        """Open the port for this process alone."""
        try:
            self._port = serial.Serial(
                self._path, self._baud, parity=self._parity, stopbits=self._stop_bits, timeout=0, exclusive=True
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise self.lost(f"cannot open: {error}") from error

    async def close(self) -> None:
        """Close the port."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return what has arrived."""
        loop = asyncio.get_running_loop()
        fd = self._descriptor()
        watch = _Watch(partial(loop.add_reader, fd), partial(loop.remove_reader, fd))
        try:
            async with asyncio.timeout(timeout_s):
                data = await watch.until_done(partial(os.read, fd, limit))
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
        fd = self._descriptor()
        watch = _Watch(partial(loop.add_writer, fd), partial(loop.remove_writer, fd))
        rest = memoryview(data)
        try:
            async with asyncio.timeout(timeout_s):
                while rest:
                    rest = rest[await watch.until_done(partial(os.write, fd, rest)) :]
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot write: {error or 'timed out'}") from error

    def _descriptor(self) -> int:
        if self._port is None:
            raise self.lost("not open")
        return int(self._port.fileno())


class _Watch:
    """Waits on the loop until a non-blocking call on a descriptor goes through."""

    def __init__(self, add: Callable[..., None], remove: Callable[[], bool]) -> None:
        self._add, self._remove = add, remove

    async def until_done(self, call: Callable[[], _Result]) -> _Result:
        while True:
            try:
                return call()
            except BlockingIOError:
                await self._ready()

    async def _ready(self) -> None:
        ready = asyncio.Event()
        self._add(ready.set)
        try:
            await ready.wait()
        finally:
            self._remove()


def serial_of(address: Address) -> SerialTransport:
    """Return the transport of `serial:/dev/…?baud=…[&parity=N|E|O][&stop=1|2]`; other options go to the driver."""
    options = dict(address.options)
    baud, parity, stop = options.pop("baud", ""), options.pop("parity", "N"), options.pop("stop", "1")
    if not (
        address.path.startswith("/")
        and baud.isdecimal()
        and MIN_BAUD <= int(baud) <= MAX_BAUD
        and parity in _PARITIES
        and stop in _STOP_BITS
    ):
        raise ConfigurationError(
            f"address {address.text!r}: write serial:/dev/ttyUSB0?baud=256000, optionally &parity=N|E|O&stop=1|2"
        )
    return SerialTransport(replace(address, options=options), baud=int(baud), parity=parity, stop_bits=int(stop))
