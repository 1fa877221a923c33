"""What agents of printers and switches say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.frames import mib
from protocols.frames.mib import ERROR_BITS, Port, Value, error_states


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ()),
        (b"\x00", ()),
        (b"\x80", ("media-low",)),
        (b"\x40", ("media-empty",)),  # devices.md 6.7: "@"
        (b"\x20", ("toner-low",)),
        (b"\x10", ("toner-empty",)),
        (b"\x08", ("door-open",)),
        (b"\x04", ("media-jam",)),
        (b"\x02", ("offline",)),
        (b"\x01", ("service-needed",)),
        (b"\x00\x80", ("input-tray-missing",)),
        (b"\x44\x02\xff", ("media-empty", "media-jam", "overdue-maintenance")),
    ],
)
def test_the_bits_of_a_printers_errors_from_the_highest(data: bytes, words: tuple[str, ...]) -> None:
    assert error_states(data) == words


@given(st.binary(max_size=8))
def test_whatever_bits_are_set_the_words_are_known_and_in_order(data: bytes) -> None:
    words = error_states(data)
    assert [word for word in ERROR_BITS if word in words] == list(words)


def test_a_printer() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.25.3.5.1.1.1": 4,
        "1.3.6.1.2.1.25.3.5.1.2.1": b"@",
        "1.3.6.1.2.1.43.11.1.1.8.1.1": 100,
        "1.3.6.1.2.1.43.11.1.1.9.1.1": 37,
        "1.3.6.1.2.1.43.11.1.1.8.1.2": -2,
        "1.3.6.1.2.1.43.11.1.1.9.1.2": 10,
        "1.3.6.1.2.1.43.11.1.1.8.1.3": 50,
        "1.3.6.1.2.1.43.11.1.1.9.1.3": -3,
        "1.3.6.1.2.1.43.11.1.1.9.1.4": b"?",
        "1.3.6.1.2.1.43.11.1.1.8.1.5": 10,
        "1.3.6.1.2.1.43.11.1.1.9.1.5": 20,
    }
    assert (mib.printer_status(values), mib.printer_errors(values)) == ("printing", ("media-empty",))
    assert mib.levels_percent(values, mib.SUPPLY_LEVEL, mib.SUPPLY_CAPACITY) == {"1.1": 37, "1.5": 100}


@pytest.mark.parametrize("value", [9, b"idle", None])
def test_a_printer_that_tells_nothing_sensible_is_unknown(value: Value | None) -> None:
    values: dict[str, Value] = {} if value is None else {"1.3.6.1.2.1.25.3.5.1.1.1": value}
    assert mib.printer_status(values) == "unknown"
    assert mib.printer_errors({"1.3.6.1.2.1.25.3.5.1.2.1": 64}) == mib.printer_errors({}) == ()


def test_ports_in_order_with_their_names() -> None:
    values: dict[str, Value] = {
        f"{mib.IF_OPER}.10": 2, f"{mib.IF_ADMIN}.10": 1, f"{mib.IF_DESCR}.10": b"ge\x00-10",
        f"{mib.IF_OPER}.2": 1, f"{mib.IF_ADMIN}.2": 2, f"{mib.IF_DESCR}.2": "text",
        f"{mib.IF_OPER}.3": 1, f"{mib.IF_OPER}.1.1": 1, f"{mib.IF_ADMIN}.1.1": 1,
    }  # fmt: skip
    assert mib.ports(values) == [Port(2, "text", wanted=False, up=True), Port(10, "ge-10", wanted=True, up=False)]
