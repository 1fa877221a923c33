"""Modbus application protocol (V1.1b3): requests and responses of the functions 1-6, 15 and 16.

A PDU is a function byte and its data, big-endian; `modbus_framing` puts it on TCP or a serial line.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from protocols.errors import ParsingError

READ_COILS: Final = 1
READ_DISCRETE_INPUTS: Final = 2
READ_HOLDING_REGISTERS: Final = 3
READ_INPUT_REGISTERS: Final = 4
WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16

BIT_READS: Final = frozenset({READ_COILS, READ_DISCRETE_INPUTS})
REGISTER_READS: Final = frozenset({READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS})
READS: Final = BIT_READS | REGISTER_READS
FUNCTIONS: Final = READS | {WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS}

#: Set in the function byte of a response that is a refusal.
REFUSED: Final = 0x80
#: §6 of the specification: what fits the 253 bytes of a PDU.
MAX_READ_BITS: Final = 2000
MAX_READ_REGISTERS: Final = 125
MAX_WRITE_BITS: Final = 1968
MAX_WRITE_REGISTERS: Final = 123
MAX_PDU_BYTES: Final = 253
_ON: Final = 0xFF00
_BITS_PER_BYTE: Final = 8

#: Exception codes (§7).
ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3


@dataclass(frozen=True, slots=True)
class Read:
    """Request: `count` bits or registers from `address`."""

    function: int
    address: int
    count: int

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        return struct.pack(">BHH", self.function, self.address, self.count)

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the request in `pdu`."""
        function, address, count = _unpack(">BHH", pdu)
        limit = MAX_READ_BITS if function in BIT_READS else MAX_READ_REGISTERS
        _need(function in READS, f"function {function} reads nothing")
        _need(1 <= count <= limit, f"count {count} is not 1-{limit}")
        return cls(function, address, count)


@dataclass(frozen=True, slots=True)
class WriteOne:
    """Request and, echoed, response: one coil (`value` 0 or 1) or one register."""

    function: int
    address: int
    value: int

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        value = _ON * self.value if self.function == WRITE_COIL else self.value
        return struct.pack(">BHH", self.function, self.address, value)

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the request or response in `pdu`."""
        function, address, value = _unpack(">BHH", pdu)
        _need(function in (WRITE_COIL, WRITE_REGISTER), f"function {function} does not write one value")
        if function == WRITE_COIL:
            _need(value in (0, _ON), f"a coil is set by 0000 or FF00, not {value:04X}")
            value = int(value == _ON)
        return cls(function, address, value)


@dataclass(frozen=True, slots=True)
class WriteMany:
    """Request: coils (values 0 or 1) or registers from `address`."""

    function: int
    address: int
    values: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        data = _pack_bits(self.values) if self.function == WRITE_COILS else _pack_registers(self.values)
        return struct.pack(">BHHB", self.function, self.address, len(self.values), len(data)) + data

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the request in `pdu`."""
        function, address, count, size = _unpack(">BHHB", pdu[:6])
        data = pdu[6:]
        _need(function in (WRITE_COILS, WRITE_REGISTERS), f"function {function} does not write many values")
        limit = MAX_WRITE_BITS if function == WRITE_COILS else MAX_WRITE_REGISTERS
        _need(1 <= count <= limit, f"count {count} is not 1-{limit}")
        wanted = -(-count // _BITS_PER_BYTE) if function == WRITE_COILS else 2 * count
        _need(size == wanted == len(data), f"{len(data)} bytes of data, byte count {size}, {wanted} needed")
        values = _unpack_bits(data)[:count] if function == WRITE_COILS else _unpack_registers(data)
        return cls(function, address, values)


@dataclass(frozen=True, slots=True)
class BitsRead:
    """Response: bits, filled up to whole bytes; the request knows how many of them count."""

    function: int
    bits: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        data = _pack_bits(self.bits)
        return bytes((self.function, len(data))) + data

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the response in `pdu`."""
        function, data = _counted(pdu)
        _need(function in BIT_READS, f"function {function} does not read bits")
        _need(len(data) <= MAX_READ_BITS // _BITS_PER_BYTE, "too many bits")
        return cls(function, _unpack_bits(data))


@dataclass(frozen=True, slots=True)
class RegistersRead:
    """Response: 16-bit values."""

    function: int
    values: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        data = _pack_registers(self.values)
        return bytes((self.function, len(data))) + data

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the response in `pdu`."""
        function, data = _counted(pdu)
        _need(function in REGISTER_READS, f"function {function} does not read registers")
        _need(len(data) % 2 == 0 and len(data) <= 2 * MAX_READ_REGISTERS, f"{len(data)} bytes are no registers")
        return cls(function, _unpack_registers(data))


@dataclass(frozen=True, slots=True)
class ManyWritten:
    """Response: how many values were written from `address`."""

    function: int
    address: int
    count: int

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        return struct.pack(">BHH", self.function, self.address, self.count)

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the response in `pdu`."""
        function, address, count = _unpack(">BHH", pdu)
        _need(function in (WRITE_COILS, WRITE_REGISTERS), f"function {function} does not write many values")
        return cls(function, address, count)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Response: the device says no to `function`, `code` says why (§7)."""

    function: int
    code: int

    def to_bytes(self) -> bytes:
        """Return the PDU."""
        return bytes((self.function | REFUSED, self.code))

    @classmethod
    def from_bytes(cls, pdu: bytes) -> Self:
        """Return the response in `pdu`."""
        function, code = _unpack(">BB", pdu)
        _need(function & REFUSED, f"function {function} is no refusal")
        return cls(function & ~REFUSED, code)


Request = Read | WriteOne | WriteMany
Response = BitsRead | RegistersRead | WriteOne | ManyWritten | Refusal
_Pdu = TypeVar("_Pdu")

_REQUESTS: Final[Mapping[int, Callable[[bytes], Request]]] = {
    **dict.fromkeys(READS, Read.from_bytes),
    WRITE_COIL: WriteOne.from_bytes,
    WRITE_REGISTER: WriteOne.from_bytes,
    WRITE_COILS: WriteMany.from_bytes,
    WRITE_REGISTERS: WriteMany.from_bytes,
}
_RESPONSES: Final[Mapping[int, Callable[[bytes], Response]]] = {
    **dict.fromkeys(BIT_READS, BitsRead.from_bytes),
    **dict.fromkeys(REGISTER_READS, RegistersRead.from_bytes),
    WRITE_COIL: WriteOne.from_bytes,
    WRITE_REGISTER: WriteOne.from_bytes,
    WRITE_COILS: ManyWritten.from_bytes,
    WRITE_REGISTERS: ManyWritten.from_bytes,
    **{function | REFUSED: Refusal.from_bytes for function in FUNCTIONS},
}


def request_from_bytes(pdu: bytes) -> Request:
    """Return the request that a device received."""
    return _reader(_REQUESTS, pdu)(pdu)


def response_from_bytes(pdu: bytes) -> Response:
    """Return the response that a client received."""
    return _reader(_RESPONSES, pdu)(pdu)


def _reader(table: Mapping[int, Callable[[bytes], _Pdu]], pdu: bytes) -> Callable[[bytes], _Pdu]:
    _need(1 <= len(pdu) <= MAX_PDU_BYTES, f"a PDU of {len(pdu)} bytes")
    found = table.get(pdu[0])
    if found is None:
        raise ParsingError(f"function {pdu[0]} is not known here")
    return found


def _need(condition: object, text: str) -> None:
    if not condition:
        raise ParsingError(text)


def _unpack(layout: str, data: bytes) -> tuple[int, ...]:
    try:
        return struct.unpack(layout, data)
    except struct.error as error:
        raise ParsingError(f"{len(data)} bytes: {error}") from error


def _counted(pdu: bytes) -> tuple[int, bytes]:
    function, size = _unpack(">BB", pdu[:2])
    _need(size == len(pdu) - 2 and size, f"{len(pdu) - 2} bytes of data, byte count {size}")
    return function, pdu[2:]


def _pack_bits(bits: tuple[int, ...]) -> bytes:
    packed = bytearray(-(-len(bits) // _BITS_PER_BYTE))
    for place, bit in enumerate(bits):
        packed[place // _BITS_PER_BYTE] |= bit << place % _BITS_PER_BYTE
    return bytes(packed)


def _unpack_bits(data: bytes) -> tuple[int, ...]:
    return tuple(byte >> place & 1 for byte in data for place in range(_BITS_PER_BYTE))


def _pack_registers(values: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def _unpack_registers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(data) // 2}H", data)
