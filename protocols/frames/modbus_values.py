"""Numbers in Modbus registers: whole numbers and IEEE 754 floats over one or two registers, either word first."""

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from protocols.errors import ParsingError

NumberType = Literal["u16", "s16", "u32", "s32", "f32"]
#: Which of two registers comes first; bytes within a register are big-endian always.
WordOrder = Literal["high", "low"]

NUMBER_TYPES: Final[tuple[NumberType, ...]] = get_args(NumberType)
WORD_ORDERS: Final[tuple[WordOrder, ...]] = get_args(WordOrder)
_LAYOUTS: Final[Mapping[NumberType, str]] = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
_REGISTER_BYTES: Final = 2


def registers_of(kind: NumberType) -> int:
    """Return how many registers a number takes."""
    return struct.calcsize(_LAYOUTS[kind]) // _REGISTER_BYTES


def number_from(registers: Sequence[int], kind: NumberType, first: WordOrder = "high") -> int | float:
    """Return the number in the registers; a wrong count, and a float that is none, is a ParsingError."""
    if len(registers) != registers_of(kind):
        raise ParsingError(f"{kind} takes {registers_of(kind)} registers, not {len(registers)}")
    words = registers if first == "high" else registers[::-1]
    value: int | float = struct.unpack(_LAYOUTS[kind], struct.pack(f">{len(words)}H", *words))[0]
    if not math.isfinite(value):
        raise ParsingError("the register holds no number")
    return value


def registers_from(value: float, kind: NumberType, first: WordOrder = "high") -> tuple[int, ...]:
    """Return the registers of a number; one that does not fit is a ParsingError."""
    try:
        data = struct.pack(_LAYOUTS[kind], value if kind == "f32" else round(value))
    except (struct.error, OverflowError, ValueError) as error:
        raise ParsingError(f"{value} is no {kind}") from error
    words = struct.unpack(f">{registers_of(kind)}H", data)
    return words if first == "high" else words[::-1]
