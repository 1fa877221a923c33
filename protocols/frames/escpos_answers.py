"""The single bytes that an ESC/POS printer answers, and what they say of it together.

DLE EOT n (10 04 n) is answered at once, whatever waits in the buffer: bits 1 and 4 are always set, bits 0 and 7 never.
GS r 1 (1D 72 01) is answered in its turn, when all that came before it is printed: bits 4 and 7 are never set. So an
answer says by itself which of the two questions it answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from protocols.errors import ParsingError


class Asked(IntEnum):
    """What DLE EOT n asks for."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


#: Bits of every answer to DLE EOT.
_ALWAYS: Final = 0x12
_FIXED_BITS: Final = 0x93
#: Bits that no answer to GS r 1 has set.
_NEVER_IN_SENSOR: Final = 0x90
_SENSOR_BITS: Final = 0x0F


@dataclass(frozen=True, slots=True)
class RealTime:
    """The answer to DLE EOT n; which n was asked is known to who asked."""

    bits: int

    @classmethod
    def from_byte(cls, byte: int) -> Self:
        """Return what one byte says."""
        if byte & _FIXED_BITS != _ALWAYS:
            raise ParsingError(f"{byte:02X} does not answer DLE EOT")
        return cls(byte & ~_ALWAYS)

    def to_bytes(self) -> bytes:
        """Return the byte."""
        return bytes((self.bits | _ALWAYS,))

    def has(self, *numbers: int) -> bool:
        """Return whether any of these bits is set."""
        return any(self.bits >> number & 1 for number in numbers)


@dataclass(frozen=True, slots=True)
class Sensor:
    """The answer to GS r 1."""

    near_end: bool
    end: bool

    @classmethod
    def from_byte(cls, byte: int) -> Self:
        """Return what one byte says."""
        if byte & _NEVER_IN_SENSOR:
            raise ParsingError(f"{byte:02X} does not answer GS r")
        return cls(near_end=bool(byte & 0x03), end=bool(byte & 0x0C))

    def to_bytes(self) -> bytes:
        """Return the byte; no paper is near the end of it, too."""
        return bytes(((0x03 if self.near_end else 0) | (0x0C if self.end else 0),))


@dataclass(frozen=True, slots=True)
class Status:
    """What the four answers to DLE EOT say together."""

    offline: bool = False
    cover_open: bool = False
    paper_near_end: bool = False
    paper_end: bool = False
    cutter: bool = False
    #: An error that only switching off and on ends.
    broken: bool = False
    #: An error that goes away by itself (the head is too hot).
    pausing: bool = False

    @classmethod
    def of(cls, answers: Mapping[Asked, RealTime]) -> Self:
        """Return what the answers say; one that is missing says nothing."""
        nothing = RealTime(0)
        printer, offline, error, paper = (answers.get(asked, nothing) for asked in Asked)
        return cls(
            offline=printer.has(3),
            cover_open=offline.has(2),
            paper_near_end=paper.has(2, 3),
            paper_end=paper.has(5, 6) or offline.has(5),
            cutter=error.has(3),
            broken=error.has(5),
            pausing=error.has(6),
        )

    def answer(self, asked: Asked) -> RealTime:
        """Return what a printer in this state answers."""
        error = self.cutter or self.broken or self.pausing
        bits = {
            Asked.PRINTER: self.offline << 3,
            Asked.OFFLINE: self.cover_open << 2 | self.paper_end << 5 | error << 6,
            Asked.ERROR: self.cutter << 3 | self.broken << 5 | self.pausing << 6,
            Asked.PAPER: 0x0C * (self.paper_near_end or self.paper_end) | 0x60 * self.paper_end,
        }
        return RealTime(bits[asked])


class AnswerDecoder:
    """Cuts what a printer sends into answers; other bytes (flow control, automatic status) are skipped and counted."""

    def __init__(self) -> None:
        self.skipped_total = 0

    def feed(self, data: bytes) -> list[RealTime | Sensor]:
        """Return the answers in the next bytes."""
        found: list[RealTime | Sensor] = []
        for byte in data:
            if byte & _FIXED_BITS == _ALWAYS:
                found.append(RealTime.from_byte(byte))
            elif not byte & ~_SENSOR_BITS:
                found.append(Sensor.from_byte(byte))
            else:
                self.skipped_total += 1
        return found
