"""Modbus PDUs on TCP (MBAP header) and on a serial line (RTU: unit, PDU, CRC-16), and what cuts a stream into them."""

import struct
from dataclasses import dataclass
from typing import Final, Literal, Self

from protocols.errors import ParsingError
from protocols.frames.modbus import FUNCTIONS, MAX_PDU_BYTES, READS, REFUSED, WRITE_COIL, WRITE_REGISTER

_MBAP: Final = struct.Struct(">HHHB")
#: Unit and function: the least that a header can announce.
_MIN_LENGTH: Final = 2
MAX_RTU_BYTES: Final = MAX_PDU_BYTES + 3
#: Start value and reflected polynomial of CRC-16/MODBUS (serial line guide V1.02, 6.2.2).
_CRC_START: Final = 0xFFFF
_CRC_POLYNOMIAL: Final = 0xA001
#: unit, function, (address, value or count), CRC: the RTU frames of fixed length.
_RTU_FIXED: Final = 8
#: unit, function | 80, code, CRC.
_RTU_REFUSAL: Final = 5


@dataclass(frozen=True, slots=True)
class TcpFrame:
    """One PDU on TCP; a response repeats the `transaction` of its request."""

    transaction: int
    unit: int
    pdu: bytes

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return _MBAP.pack(self.transaction, 0, len(self.pdu) + 1, self.unit) + self.pdu

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the one frame that `data` is."""
        size = tcp_frame_size(data)
        if size is None or size != len(data):
            raise ParsingError(f"{len(data)} bytes are not one frame of {size} bytes")
        transaction, _, _, unit = _MBAP.unpack_from(data)
        return cls(transaction, unit, bytes(data[_MBAP.size :]))


def tcp_frame_size(data: bytes | bytearray) -> int | None:
    """Return how long the frame is that `data` starts with, None while its header is incomplete."""
    if len(data) < _MBAP.size:
        return None
    _, protocol, length, _ = _MBAP.unpack_from(data)
    if protocol != 0 or not _MIN_LENGTH <= length <= MAX_PDU_BYTES + 1:
        raise ParsingError(f"protocol {protocol}, length {length}: not a Modbus header")
    return int(length) + _MBAP.size - 1


class TcpDecoder:
    """Cuts a TCP stream into frames; TCP loses nothing, so bad bytes mean a wrong peer: ParsingError, close."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[TcpFrame]:
        """Take the next bytes, return the frames that are complete now."""
        self._rest += data
        found: list[TcpFrame] = []
        while (size := tcp_frame_size(self._rest)) is not None and size <= len(self._rest):
            found.append(TcpFrame.from_bytes(bytes(self._rest[:size])))
            del self._rest[:size]
        return found


def crc16(data: bytes | bytearray) -> int:
    """Return CRC-16/MODBUS."""
    crc = _CRC_START
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ _CRC_POLYNOMIAL if crc & 1 else crc >> 1
    return crc


@dataclass(frozen=True, slots=True)
class RtuFrame:
    """One PDU on a serial line."""

    unit: int
    pdu: bytes

    def to_bytes(self) -> bytes:
        """Return the frame with its CRC (low byte first)."""
        body = bytes((self.unit,)) + self.pdu
        return body + crc16(body).to_bytes(2, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the one frame that `data` is."""
        if not 1 + 1 + 2 <= len(data) <= MAX_RTU_BYTES:
            raise ParsingError(f"a frame of {len(data)} bytes")
        if crc16(data[:-2]) != int.from_bytes(data[-2:], "little"):
            raise ParsingError("wrong CRC")
        return cls(data[0], bytes(data[1:-2]))


class RtuDecoder:
    """Cuts a serial stream into frames by their own length; anything else is skipped byte by byte and counted."""

    def __init__(self, side: Literal["requests", "responses"]) -> None:
        #: Bytes that belonged to no frame.
        self.skipped_total = 0
        self._size = _request_size if side == "requests" else _response_size
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[RtuFrame]:
        """Take the next bytes, return the frames that are complete now."""
        self._rest += data
        found: list[RtuFrame] = []
        while len(self._rest) > 1:
            size = self._size(self._rest)
            if size > len(self._rest):
                break
            try:
                found.append(RtuFrame.from_bytes(bytes(self._rest[:size])))
                del self._rest[:size]
            except ParsingError:
                self.skipped_total += 1
                del self._rest[:1]
        return found


def _request_size(data: bytearray) -> int:
    """Return the length of the request at the start (or, before it is known, more than there is); 0: none is here."""
    function = data[1]
    if function not in FUNCTIONS:
        return 0
    if function in READS or function in (WRITE_COIL, WRITE_REGISTER):
        return _RTU_FIXED
    return _within_limits(data, 6, 9)


def _response_size(data: bytearray) -> int:
    function = data[1]
    if function & ~REFUSED not in FUNCTIONS:
        return 0
    if function & REFUSED:
        return _RTU_REFUSAL
    return _within_limits(data, 2, 5) if function in READS else _RTU_FIXED


def _within_limits(data: bytearray, count_at: int, around: int) -> int:
    """Return the size of a frame whose byte `count_at` counts its data, with `around` bytes besides."""
    if len(data) <= count_at:
        return count_at + 1
    size = data[count_at] + around
    return size if size <= MAX_RTU_BYTES else 0
