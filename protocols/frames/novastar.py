"""Novastar M3: requests to sending, receiving and function cards by register address, on serial lines and TCP 5200.

Head 55 AA (request) or AA 55 (reply) | ack | serial | source | destination | device type | port | card index LE |
read or write | 00 | register address LE | length LE | data | sum of all behind the head + 5555, LE.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from protocols.errors import ParsingError
from protocols.frames.headed import HeadedDecoder

REQUEST_HEAD: Final = b"\x55\xaa"
REPLY_HEAD: Final = b"\xaa\x55"
_HEAD_BYTES: Final = 2
_HEADER: Final = struct.Struct("<2sBBBBBBHBBIH")
_SUM_BYTES: Final = 2
_SUM_START: Final = 0x5555
_AROUND: Final = _HEADER.size + _SUM_BYTES

#: The largest thing we read is 256 bytes of monitoring; a larger length is a broken one.
MAX_DATA_BYTES: Final = 1024

COMPUTER: Final = 0xFE
FIRST_DEVICE: Final = 0x00
ALL_PORTS: Final = 0xFF
ALL_CARDS: Final = 0xFFFF

#: UDP search: what is sent to port 3800 as a broadcast, and how an answer begins.
SEARCH_PORT: Final = 3800
TCP_PORT: Final = 5200
SEARCH: Final = b"rqProMI:"
FOUND: Final = b"rpProMI:"


class DeviceType(IntEnum):
    """Which kind of card has the register."""

    SENDING = 0
    RECEIVING = 1
    FUNCTION = 2


class Ack(IntEnum):
    """How a request went."""

    OK = 0
    TIMEOUT = 1
    REQUEST_SUM = 2
    REPLY_SUM = 3
    UNKNOWN_COMMAND = 4


class Register(IntEnum):
    """Register addresses that we use; the device type is in the comment."""

    MODEL = 0x0000_0002  # sending, 2 bytes
    BRIGHTNESS = 0x0200_0001  # receiving, 5 bytes: global, red, green, blue, virtual red
    KILL = 0x0200_0100  # receiving: FF black, 00 normal
    TEST_PATTERN = 0x0200_0101  # receiving
    LOCK = 0x0200_0102  # receiving: FF frozen, 00 normal
    DVI_VALID = 0x0200_0017  # sending: 01 yes, 00 no
    INPUTS_VALID = 0x0200_004D  # sending: a bit per input
    INPUT_MODE = 0x0200_0022  # sending: 5A manual
    INPUT = 0x0200_0023  # sending
    VX_INPUT = 0x0220_002D  # VX4S
    VX_DISPLAY = 0x0220_0050  # VX4S: 00 normal, 01 frozen, 02 black
    MONITORING = 0x0A00_0000  # receiving, 256 bytes
    SAVE = 0x0100_0011  # receiving: keeps parameters over a power cut; wears its flash
    RELAY_1 = 0x0500_0010  # function card: 0 on, 1 off; up to RELAY_1 + 7


#: Bit of INPUTS_VALID -> input. The vendor's text says that 0 means valid; its own examples answer 02 with a signal at
#: HDMI and 00 without one, so a set bit means valid here, as the devices in those examples behave.
INPUT_BITS: Final = {0: "SDI", 1: "HDMI", 2: "DVI1", 3: "DVI2", 4: "DVI3", 5: "DVI4", 6: "DP"}


def valid_inputs(bits: int) -> tuple[str, ...]:
    """Return the inputs that have a signal."""
    return tuple(name for bit, name in INPUT_BITS.items() if bits >> bit & 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose register: the card `card` at output `port` of a sending card, or the sending card itself."""

    device: DeviceType = DeviceType.SENDING
    port: int = 0
    card: int = 0
    destination: int = FIRST_DEVICE


#: Every receiving card on every output.
EVERY_CARD: Final = Place(DeviceType.RECEIVING, ALL_PORTS, ALL_CARDS)


@dataclass(frozen=True, slots=True)
class Read:
    """Ask for `length` bytes from `address`."""

    place: Place
    address: int
    length: int
    serial: int = 0

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return _frame(REQUEST_HEAD, self.place, self.address, b"", _Rest(self.length, serial=self.serial))


@dataclass(frozen=True, slots=True)
class Write:
    """Put `data` at `address`."""

    place: Place
    address: int
    data: bytes
    serial: int = 0

    def to_bytes(self) -> bytes:
        """Return the frame."""
        rest = _Rest(len(self.data), serial=self.serial, write=True)
        return _frame(REQUEST_HEAD, self.place, self.address, self.data, rest)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a device says to the request of the same serial number; `data` is empty after a write."""

    place: Place
    address: int
    ack: Ack
    write: bool
    data: bytes = b""
    serial: int = 0

    def to_bytes(self) -> bytes:
        """Return the frame."""
        rest = _Rest(len(self.data), self.ack, self.serial, self.write)
        return _frame(REPLY_HEAD, self.place, self.address, self.data, rest)


Request = Read | Write
Frame = Request | Reply


@dataclass(frozen=True, slots=True)
class _Rest:
    length: int
    ack: Ack = Ack.OK
    serial: int = 0
    write: bool = False


class Decoder(HeadedDecoder[Frame]):
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        super().__init__((REQUEST_HEAD, REPLY_HEAD), _HEADER.size, _size, from_bytes)


def from_bytes(frame: bytes) -> Frame:
    """Return what one whole frame says."""
    size = _size(frame)
    if size is None or size != len(frame):
        raise ParsingError(f"not a whole frame: {frame[:_AROUND].hex(' ')}")
    if _sum(frame[:-_SUM_BYTES]) != int.from_bytes(frame[-_SUM_BYTES:], "little"):
        raise ParsingError("wrong sum")
    head, ack, serial, source, destination, device, port, card, write, _, address, length = _HEADER.unpack_from(frame)
    data = frame[_HEADER.size : -_SUM_BYTES]
    place = Place(DeviceType(device), port, card, source if head == REPLY_HEAD else destination)
    if head == REPLY_HEAD:
        return Reply(place, address, Ack(ack), bool(write), data, serial)
    return Write(place, address, data, serial) if write else Read(place, address, length, serial)


def _frame(head: bytes, place: Place, address: int, data: bytes, rest: _Rest) -> bytes:
    ends = (COMPUTER, place.destination)
    header = _HEADER.pack(
        head, rest.ack, rest.serial, *(ends if head == REQUEST_HEAD else reversed(ends)), place.device, place.port,
        place.card, rest.write, 0, address, rest.length,
    )  # fmt: skip
    return header + data + _sum(header + data).to_bytes(_SUM_BYTES, "little")


def _sum(frame: bytes) -> int:
    return (sum(frame[_HEAD_BYTES:]) + _SUM_START) & 0xFFFF


def _size(frame: bytes) -> int | None:
    """Return the size of the frame that begins here, None when none can begin so."""
    if len(frame) < _HEADER.size:
        return None
    head, ack, _, source, destination, device, _, _, write, zero, _, length = _HEADER.unpack_from(frame)
    fits = device <= DeviceType.FUNCTION and write in (0, 1) and zero == 0 and length <= MAX_DATA_BYTES
    if head == REQUEST_HEAD:
        fits = fits and ack == 0 and source == COMPUTER
    else:
        fits = fits and head == REPLY_HEAD and ack <= Ack.UNKNOWN_COMMAND and destination == COMPUTER
    if not fits:
        return None
    return _AROUND + (length if write or head == REPLY_HEAD else 0)


#: Bytes of one answer from MONITORING.
MONITORING_BYTES: Final = 256
_VALID: Final = 0x80
_SIGN: Final = 0x01
_LOW: Final = 0x7F
_CARD_AT: Final = 0x20
_CARD: Final = 0xFF
_SMOKE_AT: Final = 0x2A
_FANS_AT: Final = 0x2B
_FANS: Final = 4
_DOORS_AT: Final = 0x41
_RPM: Final = 50


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a receiving card and its monitor card measure; None: not measured.

    Temperatures come in steps of 0.5 °C, voltages of 0.1 V, fans of 50 rpm. `doors` has a bit for each door that is
    open; without a monitor card smoke, fans and doors are None.
    """

    temperature_c: float | None = None
    humidity_percent: int | None = None
    voltage_v: float | None = None
    smoke: bool | None = None
    fans_rpm: tuple[int, ...] | None = None
    doors: int | None = None

    def to_bytes(self) -> bytes:
        """Return the 256 bytes."""
        data = bytearray(MONITORING_BYTES)
        if self.temperature_c is not None:
            data[0] = _VALID | (_SIGN if self.temperature_c < 0 else 0)
            data[1] = round(abs(self.temperature_c) * 2)
        if self.humidity_percent is not None:
            data[2] = _VALID | self.humidity_percent
        if self.voltage_v is not None:
            data[3] = _VALID | round(self.voltage_v * 10)
        if self.smoke is not None and self.fans_rpm is not None and self.doors is not None:
            data[_CARD_AT] = _CARD
            data[_SMOKE_AT] = self.smoke
            data[_FANS_AT : _FANS_AT + _FANS] = bytes(rpm // _RPM for rpm in self.fans_rpm)
            data[_DOORS_AT] = self.doors
        return bytes(data)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what the 256 bytes say."""
        if len(data) != MONITORING_BYTES:
            raise ParsingError(f"{len(data)} bytes of monitoring")
        celsius = data[1] / 2 * (-1 if data[0] & _SIGN else 1)
        has_card = data[_CARD_AT] == _CARD
        return cls(
            temperature_c=celsius if data[0] & _VALID else None,
            humidity_percent=data[2] & _LOW if data[2] & _VALID else None,
            voltage_v=(data[3] & _LOW) / 10 if data[3] & _VALID else None,
            smoke=bool(data[_SMOKE_AT] & 1) if has_card else None,
            fans_rpm=tuple(n * _RPM for n in data[_FANS_AT : _FANS_AT + _FANS]) if has_card else None,
            doors=data[_DOORS_AT] if has_card else None,
        )
