"""What is wished of a camera that counts, and what its pictures say: who is in its region, who crossed its line."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any, Final

from devices.cameras.crossing import Box, Line, Point, people_in
from devices.cameras.settings import NAME, Polygons, corner_of, masks_of, who_of
from devices.driver import Json
from devices.errors import DeviceRefused
from protocols.frames.rtsp import Credentials

#: The middle one of so many numbers in a row is how many are there: one picture in which somebody is missed is none.
SMOOTHED: Final = 3
#: A picture darker than this (grey level 0-255) shows nobody whoever is there.
DARK: Final = 12.0


@dataclass(frozen=True, slots=True)
class CountingSettings:
    """Judged settings; an empty region is the whole picture, `line` None: nobody crosses."""

    detector: str = ""
    detect_ms: int = 1000
    region: tuple[Point, ...] = ()
    line: tuple[Point, Point] | None = None
    masks: Polygons = ()
    who: Credentials | None = None

    @property
    def by(self) -> str:
        """What `inside` is: a difference of counts where only a line was drawn, else what is seen in the region."""
        return "lines" if self.line and not self.region else "region"


def counting_of(values: Json) -> CountingSettings:
    """Return judged settings; DeviceRefused says what is wrong."""
    given: Any = values
    usual = CountingSettings()
    try:
        return CountingSettings(
            detector=_detector(str(given.get("detector", ""))),
            detect_ms=int(given.get("detect_ms", usual.detect_ms)),
            region=_region(str(given.get("region", ""))),
            line=_line(str(given.get("line", ""))),
            masks=masks_of(str(given.get("masks", ""))),
            who=who_of(str(given.get("user", "")), str(given.get("secret", ""))),
        )
    except (TypeError, ValueError) as error:
        raise DeviceRefused(f"settings of a counting camera: {error}") from error


def _detector(name: str) -> str:
    if name and NAME.fullmatch(name) is None:
        raise ValueError("a detector is named by small letters, digits and hyphens")
    return name


def _region(text: str) -> tuple[Point, ...]:
    regions = masks_of(text)
    if len(regions) > 1:
        raise ValueError("a camera counts in one region")
    return regions[0] if regions else ()


def _line(text: str) -> tuple[Point, Point] | None:
    points = [corner_of(pair) for pair in text.split()]
    if not points:
        return None
    if len(points) != 2 or points[0] == points[1]:  # noqa: PLR2004 - two ends
        raise ValueError("a line has two ends, e.g. 0.2,0.6 0.8,0.6")
    return points[0], points[1]


class Counter:
    """Takes the people of one picture after the other; numbers only."""

    def __init__(self, settings: CountingSettings) -> None:
        self._region = settings.region
        self._line = Line(*settings.line) if settings.line else None
        self._last: deque[int] = deque(maxlen=SMOOTHED)

    def see(self, boxes: Sequence[Box], at_s: float, aspect: float) -> None:
        """Take one picture's."""
        self._last.append(people_in(boxes, self._region))
        if self._line is not None:
            self._line.see(boxes, at_s, aspect)

    def blind(self) -> None:
        """Say that now nobody can be seen: what was seen before is not how many are there."""
        self._last.clear()

    @property
    def people(self) -> int | None:
        """How many are in the region; None: not known."""
        return median_low(self._last) if self._last else None

    @property
    def crossed(self) -> tuple[int, int] | None:
        """(in, out) since the counter began; None without a line."""
        return (self._line.entered, self._line.left) if self._line else None
