"""Numbers in registers, both directions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.modbus_values import NUMBER_TYPES, NumberType, number_from, registers_from, registers_of

SAMPLES: list[tuple[float, NumberType, tuple[int, ...]]] = [
    (235, "u16", (0x00EB,)),
    (-35, "s16", (0xFFDD,)),
    (0x0001_86A0, "u32", (0x0001, 0x86A0)),
    (-2, "s32", (0xFFFF, 0xFFFE)),
    (22.5, "f32", (0x41B4, 0x0000)),
]


def test_every_type_has_its_sample() -> None:
    assert [kind for _, kind, _ in SAMPLES] == list(NUMBER_TYPES)


@pytest.mark.parametrize(("value", "kind", "registers"), SAMPLES)
def test_a_number_is_its_registers_both_ways_and_in_both_orders(
    value: float, kind: NumberType, registers: tuple[int, ...]
) -> None:
    assert registers_of(kind) == len(registers)
    assert (number_from(registers, kind), registers_from(value, kind)) == (value, registers)
    assert number_from(registers[::-1], kind, "low") == value
    assert registers_from(value, kind, "low") == registers[::-1]


@pytest.mark.parametrize(
    ("value", "kind"), [(-1, "u16"), (70_000, "u16"), (2**31, "s32"), (1e40, "f32"), (math.nan, "s16")]
)
def test_what_does_not_fit_is_refused(value: float, kind: NumberType) -> None:
    with pytest.raises(ParsingError):
        registers_from(value, kind)


@given(st.lists(st.integers(0, 0xFFFF), max_size=4), st.sampled_from(NUMBER_TYPES), st.sampled_from(("high", "low")))
def test_whatever_registers_hold_is_a_number_or_a_parsing_error(
    registers: list[int], kind: NumberType, first: str
) -> None:
    try:
        value = number_from(registers, kind, first)  # type: ignore[arg-type]
    except ParsingError:
        return
    assert math.isfinite(value)
    assert registers_from(value, kind, first) == tuple(registers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("registers", "kind"), [((0x7FC0, 0), "f32"), ((0xFF80, 0), "f32"), ((1,), "u32"), ((), "u16")]
)
def test_registers_that_hold_no_such_number_are_refused(registers: tuple[int, ...], kind: NumberType) -> None:
    with pytest.raises(ParsingError):
        number_from(registers, kind)
