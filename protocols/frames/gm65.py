"""GROW GM65, GM805 and GM812 code scanners: serial commands, and answers that come in the middle of payloads.

Command 7E 00 | type | count | address, big-endian | data | CRC, answer 02 00 | type | count | data | CRC; the CRC is
CRC-16/XMODEM from type to data, or AB CD, which is not checked. Everything else on the line is a payload with CR or LF.
"""

import binascii
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from protocols.errors import ParsingError
from protocols.frames.headed import HeadedDecoder
from protocols.frames.scans import LineCollector
from protocols.rules.presented import BadScan, Scan

COMMAND_HEAD: Final = b"\x7e\x00"
ANSWER_HEAD: Final = b"\x02\x00\x00"
#: Stands for a CRC that nobody checks.
SKIP_CRC: Final = b"\xab\xcd"
_CRC_BYTES: Final = 2
_ANSWER_AROUND: Final = len(ANSWER_HEAD) + 1 + _CRC_BYTES
_COMMAND_START: Final = 6

#: We ask for two bytes at most; a longer answer is a payload that only looks like one.
MAX_ANSWER_BYTES: Final = 16


class CommandType(IntEnum):
    """What a command does with the memory at its address."""

    READ = 0x07
    WRITE = 0x08
    SAVE = 0x09


class Zone(IntEnum):
    """Addresses that we use."""

    TRIGGER = 0x0002
    BAUD = 0x002A
    HARDWARE = 0x00E1
    SOFTWARE = 0x00E2


@dataclass(frozen=True, slots=True)
class Command:
    """Host to scanner; `data` of a READ is the number of bytes wanted. `checked` False writes AB CD for the CRC."""

    type: CommandType
    address: int
    data: bytes
    checked: bool = True

    def to_bytes(self) -> bytes:
        """Return the frame."""
        body = bytes((self.type, len(self.data))) + self.address.to_bytes(2, "big") + self.data
        return COMMAND_HEAD + body + (_crc(body) if self.checked else SKIP_CRC)

    @classmethod
    def from_bytes(cls, frame: bytes) -> Self:
        """Return the command of one whole frame."""
        if not frame.startswith(COMMAND_HEAD) or len(frame) < _COMMAND_START or command_size(frame) != len(frame):
            raise ParsingError(f"{len(frame)} bytes are not one command")
        body, crc = frame[len(COMMAND_HEAD) : -_CRC_BYTES], frame[-_CRC_BYTES:]
        if crc not in (SKIP_CRC, _crc(body)):
            raise ParsingError("the CRC of a command is wrong")
        try:
            kind = CommandType(body[0])
        except ValueError as error:
            raise ParsingError(f"command type {body[0]:02X}") from error
        return cls(kind, int.from_bytes(body[2:4], "big"), body[4:], crc != SKIP_CRC)


TRIGGER: Final = Command(CommandType.WRITE, Zone.TRIGGER, b"\x01", checked=False)
SAVE: Final = Command(CommandType.SAVE, 0, b"\x00")
ASK_BAUD: Final = Command(CommandType.READ, Zone.BAUD, b"\x02")
SET_9600: Final = Command(CommandType.WRITE, Zone.BAUD, b"\x39\x01")
ASK_HARDWARE: Final = Command(CommandType.READ, Zone.HARDWARE, b"\x01")
ASK_SOFTWARE: Final = Command(CommandType.READ, Zone.SOFTWARE, b"\x01")


@dataclass(frozen=True, slots=True)
class Answer:
    """Scanner to host: the bytes of a READ, one 00 for what was done."""

    data: bytes

    def to_bytes(self) -> bytes:
        """Return the frame."""
        body = bytes((0, len(self.data))) + self.data
        return ANSWER_HEAD[:2] + body + _crc(body)

    @classmethod
    def from_bytes(cls, frame: bytes) -> Self:
        """Return the answer of one whole frame."""
        if not frame.startswith(ANSWER_HEAD) or _answer_size(frame) != len(frame):
            raise ParsingError(f"{len(frame)} bytes are not one answer")
        body, crc = frame[2:-_CRC_BYTES], frame[-_CRC_BYTES:]
        if crc not in (SKIP_CRC, _crc(body)):
            raise ParsingError("the CRC of an answer is wrong")
        return cls(body[2:])


#: What the scanner says when a command was carried out.
DONE: Final = Answer(b"\x00")


class Decoder:
    """Tells answers from payloads; keeps less than a payload and an answer."""

    def __init__(self) -> None:
        #: Answers whose CRC was wrong, or what looked like one.
        self.broken_total = 0
        self._rest = bytearray()
        self._lines = LineCollector()

    def feed(self, data: bytes) -> list[Scan | BadScan | Answer]:
        """Take the next bytes, return what is complete now."""
        self._rest += data
        found: list[Scan | BadScan | Answer] = []
        while self._rest:
            at = self._rest.find(ANSWER_HEAD[0])
            found += self._lines.feed(self._take(len(self._rest) if at < 0 else at))
            if not self._rest:
                break
            size = _answer_size(bytes(self._rest))
            if size is None or size > len(self._rest):
                break
            found += self._answer(size)
        return found

    def reset(self) -> None:
        """Forget what never became whole: payloads come in one go."""
        self._rest.clear()
        self._lines.reset()

    def _answer(self, size: int) -> list[Scan | BadScan | Answer]:
        """Return the answer in the next `size` bytes; when it is none its first byte is part of a payload."""
        if size:
            try:
                answer = Answer.from_bytes(bytes(self._rest[:size]))
            except ParsingError:
                self.broken_total += 1
            else:
                self._take(size)
                return [answer]
        return [*self._lines.feed(self._take(1))]

    def _take(self, count: int) -> bytes:
        taken = bytes(self._rest[:count])
        del self._rest[:count]
        return taken


class CommandDecoder(HeadedDecoder[Command]):
    """The scanner's side of the line."""

    def __init__(self) -> None:
        super().__init__((COMMAND_HEAD,), _COMMAND_START, command_size, Command.from_bytes)


def command_size(start: bytes) -> int:
    """Return the size of a command by its first six bytes."""
    return _COMMAND_START + start[3] + _CRC_BYTES


def _answer_size(start: bytes) -> int | None:
    """Return the size of an answer that starts so; None: not known yet, 0: it is none."""
    if not (start.startswith(ANSWER_HEAD) or ANSWER_HEAD.startswith(start)):
        return 0
    if len(start) <= len(ANSWER_HEAD):
        return None
    count = start[len(ANSWER_HEAD)]
    return _ANSWER_AROUND + count if count <= MAX_ANSWER_BYTES else 0


def _crc(body: bytes) -> bytes:
    """Return CRC-16/XMODEM (polynomial 1021, start 0) of a body, big-endian."""
    return binascii.crc_hqx(body, 0).to_bytes(_CRC_BYTES, "big")
