"""What SNMP agents of printers and switches say, as values of this project: Host Resources, Printer and Interfaces MIB.

RFC 2790 (hrPrinterTable), RFC 3805 (prtMarkerSupplies, prtInput), RFC 2863 (ifTable, ifXTable), RFC 3418 (system). An
agent's answers are a mapping of object identifier to value; how they came is the transport's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Integers and counters as int, strings as bytes, everything else as what the agent calls it.
Value = int | bytes | str
Values = Mapping[str, Value]

SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
SYS_NAME: Final = "1.3.6.1.2.1.1.5.0"
HR_PRINTER_STATUS: Final = "1.3.6.1.2.1.25.3.5.1.1"
HR_PRINTER_ERRORS: Final = "1.3.6.1.2.1.25.3.5.1.2"
INPUT_CAPACITY: Final = "1.3.6.1.2.1.43.8.2.1.9"
INPUT_LEVEL: Final = "1.3.6.1.2.1.43.8.2.1.10"
SUPPLY_CAPACITY: Final = "1.3.6.1.2.1.43.11.1.1.8"
SUPPLY_LEVEL: Final = "1.3.6.1.2.1.43.11.1.1.9"
IF_ADMIN: Final = "1.3.6.1.2.1.2.2.1.7"
IF_OPER: Final = "1.3.6.1.2.1.2.2.1.8"
IF_DESCR: Final = "1.3.6.1.2.1.2.2.1.2"

#: hrPrinterStatus; what is not in here is `unknown`.
PRINTER_STATUS: Final[Mapping[int, str]] = {1: "other", 2: "unknown", 3: "idle", 4: "printing", 5: "warmup"}
#: hrPrinterDetectedErrorState, bit 0 is the highest of the first byte -> IPP's word for the same, where it has one.
ERROR_BITS: Final = (
    "media-low", "media-empty", "toner-low", "toner-empty", "door-open", "media-jam", "offline", "service-needed",
    "input-tray-missing", "output-tray-missing", "marker-supply-missing", "output-near-full", "output-full",
    "input-tray-empty", "overdue-maintenance",
)  # fmt: skip
#: What a printer goes on printing with.
WARNINGS: Final = frozenset({"media-low", "toner-low", "output-near-full", "overdue-maintenance", "input-tray-empty"})
_UP: Final = 1
_BITS_PER_BYTE: Final = 8
_PERCENT: Final = 100
#: Letters of a port's name that are kept.
MAX_NAME: Final = 40
#: Hundredths of a second in one: TimeTicks.
TICKS_PER_S: Final = 100


@dataclass(frozen=True, slots=True)
class Port:
    """One interface: `wanted` as the administrator set it, `up` as it is."""

    index: int
    name: str
    wanted: bool
    up: bool


def error_states(data: bytes) -> tuple[str, ...]:
    """Return the words of the bits that are set; bits and bytes that no RFC names are passed over."""
    return tuple(
        word
        for place, word in enumerate(ERROR_BITS)
        if place // _BITS_PER_BYTE < len(data)
        and data[place // _BITS_PER_BYTE] >> (_BITS_PER_BYTE - 1 - place % _BITS_PER_BYTE) & 1
    )


def column(values: Values, oid: str) -> dict[str, Value]:
    """Return the column of a table by the index of its rows, such as `1.2`."""
    head = f"{oid}."
    return {name.removeprefix(head): value for name, value in values.items() if name.startswith(head)}


def levels_percent(values: Values, level: str, capacity: str) -> dict[str, int]:
    """Return how full each row is that tells it, 0-100; negative levels mean that the device does not know."""
    capacities = column(values, capacity)
    found: dict[str, int] = {}
    for index, value in column(values, level).items():
        of = capacities.get(index)
        if isinstance(value, int) and isinstance(of, int) and value >= 0 and of > 0:
            found[index] = min(value * _PERCENT // of, _PERCENT)
    return found


def printer_status(values: Values) -> str:
    """Return the state of the first printer, `unknown` where none tells it."""
    first = next(iter(column(values, HR_PRINTER_STATUS).values()), 2)
    return PRINTER_STATUS.get(first, "unknown") if isinstance(first, int) else "unknown"


def printer_errors(values: Values) -> tuple[str, ...]:
    """Return what the first printer detected."""
    first = next(iter(column(values, HR_PRINTER_ERRORS).values()), b"")
    return error_states(first) if isinstance(first, bytes) else ()


def ports(values: Values) -> list[Port]:
    """Return the interfaces in the order of their indices; those that do not tell both states are passed over."""
    wanted, names = column(values, IF_ADMIN), column(values, IF_DESCR)
    return sorted(
        (
            Port(int(index), _name(names.get(index, b"")), wanted[index] == _UP, state == _UP)
            for index, state in column(values, IF_OPER).items()
            if index.isascii() and index.isdecimal() and index in wanted
        ),
        key=lambda port: port.index,
    )


def _name(value: Value) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(letter for letter in text if letter.isprintable())[:MAX_NAME]
