"""HLK-LD2410 presence radar: report frames, command frames and their acknowledgements, on 256000 8N1.

Report F4 F3 F2 F1 | length | type | AA | data | 55 00 | F8 F7 F6 F5, command FD FC FB FA | length | data | 04 03 02 01;
little-endian throughout.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from protocols.errors import ParsingError
from protocols.frames.headed import HeadedDecoder

REPORT_HEAD: Final = b"\xf4\xf3\xf2\xf1"
REPORT_FOOT: Final = b"\xf8\xf7\xf6\xf5"
COMMAND_HEAD: Final = b"\xfd\xfc\xfb\xfa"
COMMAND_FOOT: Final = b"\x04\x03\x02\x01"
_FOOT_OF: Final = {REPORT_HEAD: REPORT_FOOT, COMMAND_HEAD: COMMAND_FOOT}
_HEAD_BYTES: Final = 4
_AROUND: Final = _HEAD_BYTES + 2 + len(REPORT_FOOT)

#: The longest frame we know is an engineering report of 9 gates (35); a larger length is a broken one.
MAX_DATA_BYTES: Final = 64
#: Gates numbered 0-8.
MAX_GATES: Final = 9

_ENGINEERING: Final = 1
_BASIC: Final = 2
_DATA_HEAD: Final = 0xAA
_DATA_TAIL: Final = b"\x55\x00"
_TARGET: Final = struct.Struct("<BHBHBH")
_ACKNOWLEDGED: Final = 0x0100


class Command(IntEnum):
    """Command words that we send; all but CONFIGURE need it sent before."""

    WRITE_PARAMETERS = 0x60
    READ_PARAMETERS = 0x61
    ENGINEERING_ON = 0x62
    ENGINEERING_OFF = 0x63
    SENSITIVITY = 0x64
    FIRMWARE = 0xA0
    BAUD_RATE = 0xA1
    FACTORY_RESET = 0xA2
    RESTART = 0xA3
    END_CONFIGURE = 0xFE
    CONFIGURE = 0xFF


class TargetState(IntEnum):
    """What the radar sees."""

    NONE = 0
    MOVING = 1
    STATIC = 2
    BOTH = 3
    NOISE_RUNNING = 4
    NOISE_DONE = 5
    NOISE_FAILED = 6

    @property
    def somebody(self) -> bool:
        """Whether a person is there; false while calibrating."""
        return self in (TargetState.MOVING, TargetState.STATIC, TargetState.BOTH)

    @property
    def calibrating(self) -> bool:
        """Whether the radar measures its noise and says nothing of people."""
        return self > TargetState.BOTH


@dataclass(frozen=True, slots=True)
class Engineering:
    """What only an engineering report holds; energies 0-100 per gate, light 0-255."""

    moving_max_gate: int
    static_max_gate: int
    moving_energies: tuple[int, ...]
    static_energies: tuple[int, ...]
    light: int
    out_pin: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the radar sees now; distances in cm, energies 0-100."""

    state: TargetState
    moving_cm: int
    moving_energy: int
    static_cm: int
    static_energy: int
    detect_cm: int
    engineering: Engineering | None = None

    def to_bytes(self) -> bytes:
        """Return the frame."""
        target = _TARGET.pack(
            self.state, self.moving_cm, self.moving_energy, self.static_cm, self.static_energy, self.detect_cm
        )
        kind, more = (_BASIC, b"") if self.engineering is None else (_ENGINEERING, _engineering_bytes(self.engineering))
        return _frame(REPORT_HEAD, bytes((kind, _DATA_HEAD)) + target + more + _DATA_TAIL)

    @classmethod
    def from_bytes(cls, frame: bytes) -> Self:
        """Return the report of one whole frame."""
        data = _data(REPORT_HEAD, frame)
        if len(data) < 2 + _TARGET.size + 2 or data[1] != _DATA_HEAD or data[-2:] != _DATA_TAIL:
            raise ParsingError(f"not the data of a report: {data.hex(' ')}")
        more = data[2 + _TARGET.size : -2]
        if data[0] not in (_BASIC, _ENGINEERING) or (data[0] == _BASIC and more):
            raise ParsingError(f"report type {data[0]} with {len(more)} more bytes")
        state, moving_cm, moving_energy, static_cm, static_energy, detect_cm = _TARGET.unpack_from(data, 2)
        if state > TargetState.NOISE_FAILED:
            raise ParsingError(f"target state {state}")
        engineering = None if data[0] == _BASIC else _engineering(more)
        return cls(TargetState(state), moving_cm, moving_energy, static_cm, static_energy, detect_cm, engineering)


@dataclass(frozen=True, slots=True)
class CommandFrame:
    """Host to radar: a command word and its value."""

    command: int
    value: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return _frame(COMMAND_HEAD, self.command.to_bytes(2, "little") + self.value)

    @classmethod
    def from_bytes(cls, frame: bytes) -> Self:
        """Return the command of one whole frame."""
        word, value = _word(frame)
        if word & _ACKNOWLEDGED:
            raise ParsingError(f"{word:04X} acknowledges, it commands nothing")
        return cls(word, value)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Radar to host: status 0 is success; `value` is what was asked for."""

    command: int
    status: int
    value: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return _frame(COMMAND_HEAD, struct.pack("<HH", self.command | _ACKNOWLEDGED, self.status) + self.value)

    @classmethod
    def from_bytes(cls, frame: bytes) -> Self:
        """Return the acknowledgement of one whole frame."""
        word, value = _word(frame)
        if not word & _ACKNOWLEDGED or len(value) < 2:  # noqa: PLR2004 - the status word
            raise ParsingError(f"{word:04X} with {len(value)} bytes acknowledges nothing")
        return cls(word & ~_ACKNOWLEDGED, int.from_bytes(value[:2], "little"), value[2:])


Frame = Report | CommandFrame | Acknowledgement

#: Switches the radar to configuration, where it takes the other commands.
CONFIGURE_FRAME: Final = CommandFrame(Command.CONFIGURE, b"\x01\x00")


class Decoder(HeadedDecoder[Frame]):
    """Cuts a serial stream into frames."""

    def __init__(self) -> None:
        super().__init__(tuple(_FOOT_OF), _HEAD_BYTES + 2, _size, from_bytes)


def from_bytes(frame: bytes) -> Frame:
    """Return what one whole frame says."""
    if frame.startswith(REPORT_HEAD):
        return Report.from_bytes(frame)
    word, _ = _word(frame)
    return Acknowledgement.from_bytes(frame) if word & _ACKNOWLEDGED else CommandFrame.from_bytes(frame)


def _size(header: bytes) -> int | None:
    length = int.from_bytes(header[_HEAD_BYTES:], "little")
    return length + _AROUND if length <= MAX_DATA_BYTES else None


def _frame(head: bytes, data: bytes) -> bytes:
    return head + len(data).to_bytes(2, "little") + data + _FOOT_OF[head]


def _data(head: bytes, frame: bytes) -> bytes:
    length = int.from_bytes(frame[_HEAD_BYTES : _HEAD_BYTES + 2], "little")
    if not (frame.startswith(head) and frame.endswith(_FOOT_OF[head]) and len(frame) == length + _AROUND):
        raise ParsingError(f"not a whole frame: {frame[: MAX_DATA_BYTES + _AROUND].hex(' ')}")
    if length > MAX_DATA_BYTES:
        raise ParsingError(f"{length} bytes of data are above the limit of {MAX_DATA_BYTES}")
    return frame[_HEAD_BYTES + 2 : -len(REPORT_FOOT)]


def _word(frame: bytes) -> tuple[int, bytes]:
    data = _data(COMMAND_HEAD, frame)
    if len(data) < 2:  # noqa: PLR2004 - the command word
        raise ParsingError("a command frame without a command")
    return int.from_bytes(data[:2], "little"), data[2:]


def _engineering_bytes(more: Engineering) -> bytes:
    return bytes(
        (
            more.moving_max_gate,
            more.static_max_gate,
            *more.moving_energies,
            *more.static_energies,
            more.light,
            more.out_pin,
        )
    )


def _engineering(data: bytes) -> Engineering:
    gates = (data[0] + 1, data[1] + 1) if len(data) > 1 else (0, 0)
    if not 1 <= max(gates) <= MAX_GATES or len(data) != 4 + sum(gates):
        raise ParsingError(f"{len(data)} bytes for {gates} gates")
    split = 2 + gates[0]
    return Engineering(data[0], data[1], tuple(data[2:split]), tuple(data[split:-2]), data[-2], data[-1])
