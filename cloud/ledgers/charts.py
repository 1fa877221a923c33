"""Charts as numbers for SVG: bars, ranges, lines, columns, in units of their own. Pure.

A page draws them with attributes only: its policy takes no inline style.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

#: Width of a bar's whole track.
TRACK: Final = 100.0
#: Size of a chart over the twelve months.
WIDTH: Final = 720.0
HEIGHT: Final = 180.0
_MONTHS: Final = 12
_HEADROOM: Final = 1.15


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranking: `width` of TRACK, and the line that it shows."""

    width: float
    line: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """The middle half of a group's wages and their median, in TRACK."""

    low: float
    width: float
    median: float
    line: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a chart: its middle, how high its value is drawn, and the value."""

    x: float
    y: float
    value: float


def bars_of(lines: Sequence[Mapping[str, Any]], value: str) -> list[Bar]:
    """Return lines as bars; the greatest value fills its track."""
    numbers = [float(line[value] or 0) for line in lines]
    most = max(numbers, default=0) or 1.0
    return [Bar(round(number / most * TRACK, 2), line) for number, line in zip(numbers, lines, strict=True)]


def ranges_of(lines: Sequence[Mapping[str, Any]]) -> list[Range]:
    """Return wages as ranges on one common scale."""
    most = max((line["high_fen"] for line in lines), default=0) or 1
    return [
        Range(
            round(line["low_fen"] / most * TRACK, 2),
            round((line["high_fen"] - line["low_fen"]) / most * TRACK, 2),
            round(line["median_fen"] / most * TRACK, 2),
            line,
        )
        for line in lines
    ]


def line_of(values: Sequence[float | None]) -> list[Point | None]:
    """Return twelve months as points; a month without a value is a gap."""
    return _points(values, _top(values))


def columns_of(
    first: Sequence[float | None], second: Sequence[float | None]
) -> list[tuple[Point | None, Point | None]]:
    """Return twelve months of two series on one scale."""
    top = _top([*first, *second])
    return list(zip(_points(first, top), _points(second, top), strict=True))


def _top(values: Sequence[float | None]) -> float:
    return (max((one for one in values if one is not None), default=0) or 1) * _HEADROOM


def _points(values: Sequence[float | None], top: float) -> list[Point | None]:
    step = WIDTH / _MONTHS
    return [
        None if value is None else Point(round((number + 0.5) * step, 1), round(HEIGHT * (1 - value / top), 1), value)
        for number, value in enumerate(values)
    ]
