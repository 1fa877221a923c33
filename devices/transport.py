"""Byte streams to devices: one contract, one table of address schemes.

An address is `scheme:rest?options`. A transport lives for one connection; who wants another one opens another object.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import parse_qsl, urlsplit

from devices.errors import Cause, ConfigurationError, DeviceLost, Fault

#: One read returns at most this; larger than any frame of a device we know.
MAX_READ_BYTES: Final = 4096
#: One write is at most this; a driver that sends more sends it in pieces.
MAX_WRITE_BYTES: Final = 65536
#: Opening waits this long; a LAN or USB device answers in milliseconds or not at all.
OPEN_TIMEOUT_S: Final = 5.0

#: Scheme -> "module:function" that makes an unopened transport of an Address; imported only when chosen.
TRANSPORTS: Final[Mapping[str, str]] = {
    "sim": "devices.transports.memory:loop_of",
    "tcp": "devices.transports.tcp:tcp_of",
    "udp": "devices.transports.udp:udp_of",
    "serial": "devices.transports.serial_line:serial_of",
    "lp": "devices.transports.line_printer:line_printer_of",
    "ipp": "devices.transports.ipp:ipp_of",
    "ipps": "devices.transports.ipp:ipp_of",
    "evdev": "devices.transports.evdev:evdev_of",
    "video": "devices.transports.video:video_of",
    "file": "devices.transports.video:video_of",
    "mjpeg": "devices.transports.video:video_of",
    "page": "devices.transports.page:page_of",
    "onvif": "devices.transports.onvif:onvif_of",
    "rtsp": "devices.transports.camera:camera_of",
    "http": "devices.transports.http:http_of",
    "https": "devices.transports.http:http_of",
    "snmp": "devices.transports.snmp:snmp_of",
    "mqtt": "devices.transports.mqtt:mqtt_of",
}

_ACCOUNT: Final = re.compile(r"(?<=//)[^/?#]*@")
_EXAMPLES: Final = (
    "sim:, tcp://10.0.0.5:502, serial:/dev/ttyUSB0?baud=256000, lp:/dev/usb/lp0, ipp://10.0.0.9/ipp/print, page: or "
    "http://10.0.0.5/"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the site file taken apart; `path` is everything behind the scheme for those without a host."""

    text: str
    scheme: str
    host: str
    port: int | None
    path: str
    options: Mapping[str, str]


class Transport(ABC):
    """One connection: open, use, close; losing it raises DeviceLost with the transport's `cause`."""

    cause: Cause = "network"

    def __init__(self, address: str, options: Mapping[str, str] | None = None) -> None:
        self.address = address
        #: What the address says behind `?` and the transport itself did not take; the driver's business.
        self.options: Mapping[str, str] = options or {}

    @abstractmethod
    async def open(self) -> None:
        """Connect within OPEN_TIMEOUT_S."""

    @abstractmethod
    async def close(self) -> None:
        """Let go; closing twice is fine."""

    @abstractmethod
    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return 1 to `limit` bytes; None waits for ever."""

    @abstractmethod
    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:
        """Hand all of `data` to the link."""

    async def read_exactly(self, count: int, *, timeout_s: float | None = None) -> bytes:
        """Return `count` bytes; `timeout_s` holds for each piece of them."""
        got = bytearray()
        while len(got) < count:
            got += await self.read(min(count - len(got), MAX_READ_BYTES), timeout_s=timeout_s)
        return bytes(got)

    def lost(self, text: str, fault: Fault | None = None) -> DeviceLost:
        """Return the loss of this link, to be raised by the caller from the error below it, which tells the fault."""
        return DeviceLost(f"{self.address}: {text}", self.cause, fault)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def without_account(text: str) -> str:
    """Return an address without the user and the password before its host: as it may be shown."""
    return _ACCOUNT.sub("", text)


def parse_address(text: str) -> Address:
    """Return the parts of an address; a ConfigurationError says what to write instead."""
    try:
        parts = urlsplit(text)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ConfigurationError(f"address {without_account(text)!r}: {error}; write one of {_EXAMPLES}") from error
    if parts.scheme not in TRANSPORTS:
        shown = without_account(text)
        raise ConfigurationError(f"address {shown!r} has no scheme that we know; write one of {_EXAMPLES}")
    return Address(text, parts.scheme, parts.hostname or "", port, parts.path, options)


def open_transport(address: str) -> Transport:
    """Return the unopened transport of an address (`async with` opens it); never touches the device itself."""
    parsed = parse_address(address)
    module, _, name = TRANSPORTS[parsed.scheme].partition(":")
    return cast("Transport", getattr(import_module(module), name)(parsed))
