"""The pixel probe: a small picture of the screen compared with what the page says that it painted. No I/O.

Along its lower edge the page draws a strip of CELLS equal cells over its whole width, dark or light blue, most
significant bit first: SYNC (8 bits), the first 24 bits of the content's hash, the page's frame counter (8), and a CRC-8
(polynomial 0x07) of those 32. Whoever can read it from the pixels knows which content was painted, and that painting
goes on. Beside it the page names the colours that it wants at some points of the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from devices.renderer.errors import Silent
from devices.renderer.png import Picture

CELLS: Final = 48
SYNC: Final = 0b11010010
#: Hex digits of the hash in the strip.
CODE_DIGITS: Final = 6
#: Light and dark cells differ at least this much in brightness (0–255); as designed by about 50.
MIN_CONTRAST: Final = 20
#: A pixel below this brightness is black, and a picture with this share of such pixels too.
BLACK_BELOW: Final = 16
BLACK_SHARE: Final = 0.98
#: A point shows a colour if a pixel next to it is this near (letters and edges lie between) in each channel.
NEAR: Final = 48
#: This share of the points must show theirs: a card may just be turning.
POINTS_SHARE: Final = 0.7
MAX_POINTS: Final = 64
#: Every so many pixels of the picture are looked at to say that it is black.
_STEP: Final = 3

Finding = Literal["", "black", "garbled"]


@dataclass(frozen=True, slots=True)
class Painted:
    """What the page says: content hash, frame counter, and (x, y as shares of the screen; red, green, blue)."""

    content: str
    frames: int
    points: tuple[tuple[float, float, int, int, int], ...]

    @classmethod
    def from_object(cls, said: Any) -> Self:
        """Return it from the page's JSON; Silent if it is not as the page says it."""
        try:
            points = tuple(
                (float(x), float(y), int(r), int(g), int(b)) for x, y, r, g, b in said["points"][:MAX_POINTS]
            )
            return cls(str(said["content"]), int(said["frames"]), points)
        except (KeyError, TypeError, ValueError) as error:
            raise Silent(f"the page does not say what it shows: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Strip:
    """What the strip says: the content's first 24 bits as hex, and the frame counter modulo 256."""

    code: str
    frames: int


def read_strip(picture: Picture) -> Strip | None:
    """Return what the strip along the lower edge says, None if there is none to be read."""
    for y in (picture.height - 1, picture.height - 2):
        found = _read_line([_bright(picture.at(int((i + 0.5) * picture.width / CELLS), y)) for i in range(CELLS)])
        if found is not None:
            return found
    return None


def judge(picture: Picture, painted: Painted) -> tuple[Finding, str]:
    """Return what is wrong with a picture of the screen, with a text; ("", "") if it shows what the page painted."""
    if black_share(picture) >= BLACK_SHARE:
        return "black", "the picture is black"
    strip = read_strip(picture)
    if strip is None:
        return "garbled", "the strip of the page cannot be read from the picture"
    if strip.code != strip_code(painted.content):
        return "garbled", f"the picture shows content {strip.code}, the page says {strip_code(painted.content)}"
    wanted = len(painted.points)
    shown = sum(_shows(picture, *point) for point in painted.points)
    if shown < POINTS_SHARE * wanted:
        return "garbled", f"only {shown} of {wanted} points have the colour that the page wants"
    return "", ""


def strip_code(content: str) -> str:
    """Return what a strip says of a content's hash; zeros for none."""
    return content[:CODE_DIGITS] or "0" * CODE_DIGITS


def black_share(picture: Picture) -> float:
    """Return the share of black among the pixels that are looked at."""
    columns, rows = range(0, picture.width, _STEP), range(0, picture.height, _STEP)
    black = sum(_bright(picture.at(x, y)) < BLACK_BELOW for y in rows for x in columns)
    return black / (len(columns) * len(rows))


def crc8(data: bytes) -> int:
    """Return the CRC-8 of polynomial 0x07, first value 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value


def _read_line(cells: Sequence[float]) -> Strip | None:
    low, high = min(cells), max(cells)
    if high - low < MIN_CONTRAST:
        return None
    bits = 0
    for cell in cells:
        bits = bits << 1 | (cell > (low + high) / 2)
    sync, *body, check = bits.to_bytes(CELLS // 8, "big")
    if sync != SYNC or crc8(bytes(body)) != check:
        return None
    return Strip(bytes(body[:3]).hex(), body[3])


def _shows(picture: Picture, x: float, y: float, *colour: int) -> bool:
    column, row = int(x * picture.width), int(y * picture.height)
    near = (picture.at(column + dx, row + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    return any(all(abs(one - want) <= NEAR for one, want in zip(pixel, colour, strict=True)) for pixel in near)


def _bright(pixel: tuple[int, int, int]) -> float:
    red, green, blue = pixel
    return 0.299 * red + 0.587 * green + 0.114 * blue
