"""The numbers of one picture, as the decoding process hands them to the agent, which has no numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Cells across and down a picture.
CELLS_X: Final = 32
CELLS_Y: Final = 18
#: Edges of a layout are 0 to MAX_EDGE, of masked cells MASKED.
MAX_EDGE: Final = 255
MASKED: Final = -1


@dataclass(frozen=True, slots=True)
class Measures:
    """What one picture says; `None` where it cannot: without a picture before, or with too little in it."""

    #: Mean grey level, 0-255, and the level that 98 % of the points do not exceed.
    brightness: float
    highlight: float
    #: Share of the cells that are neither masked nor clipped which differ from the picture before.
    change: float | None
    #: Sigma of the sensor's noise in grey levels.
    noise: float | None
    #: Variance of the Laplacian by the brightness squared, less noise; and how far it may be wrong by noise.
    sharpness: float | None
    doubt: float
    #: Edges in x, then in y, of the cells in rows; masked ones are -1. 8-bit.
    layout: tuple[int, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Measures":
        """Return measures that came as JSON; ValueError when they are none."""
        try:
            found = cls(**{**told, "layout": tuple(told["layout"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no measures: {error}") from error
        if len(found.layout) != 2 * CELLS_X * CELLS_Y:
            raise ValueError(f"a layout of {len(found.layout)} cells")
        return found
