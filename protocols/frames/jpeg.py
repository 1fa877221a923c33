"""A still picture as JPEG (ITU-T T.81, annex B), taken apart as far as a terminal needs it: whole, of a size, bare.

What cameras and phones write beside the picture - Exif with place and time, thumbnails, comments, and whatever stands
behind the end - is left out: it tells more of a person than the picture that was consented to.
"""

from dataclasses import dataclass, field
from typing import Final

from protocols.errors import ParsingError

#: The largest live picture that is taken; terminals want 20 to 200 KB, and their own bound is 1 MB.
MAX_PICTURE_BYTES: Final = 200 * 1024
#: A face is not to be found in less, and 1,080 points of a phone are more than a terminal keeps.
MIN_SIDE: Final = 64
MAX_SIDE: Final = 2048
#: Segments before the picture itself: tables, a frame, what applications write. A phone writes about ten.
MAX_SEGMENTS: Final = 64

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_SOS: Final = 0xDA
#: Start of frame, baseline to lossless; C4, C8 and CC are tables.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: JFIF and Adobe say how the colours are meant; every other application's segment and comments go.
_KEPT_APPLICATIONS: Final = frozenset({0xE0, 0xEE})
_APPLICATIONS: Final = range(0xE0, 0xF0)
_COMMENT: Final = 0xFE


@dataclass(frozen=True, slots=True)
class Still:
    """A picture; `data` is a copy of its own that whoever has it can overwrite."""

    width: int
    height: int
    data: bytearray = field(repr=False, compare=False)


def bare(data: bytes | bytearray) -> Still:
    """Return a picture without what else was written into it; ParsingError, which quotes nothing, when it is none."""
    if len(data) > MAX_PICTURE_BYTES:
        raise ParsingError(f"a picture of {len(data)} bytes; {MAX_PICTURE_BYTES} at most")
    if data[:2] != _SOI:
        raise ParsingError("not a JPEG")
    kept, size, at = bytearray(_SOI), None, 2
    for _ in range(MAX_SEGMENTS):
        marker, end = _segment(data, at)
        if marker in _FRAMES:
            size = _size(data, at, end)
        if marker == _SOS:
            return _whole(data, at, kept, size)
        if marker in _KEPT_APPLICATIONS or (marker not in _APPLICATIONS and marker != _COMMENT):
            kept += data[at:end]
        at = end
    raise ParsingError(f"a JPEG of more than {MAX_SEGMENTS} segments before its picture")


def _segment(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Return (marker, where the segment ends)."""
    if len(data) < at + 4 or data[at] != 0xFF:  # noqa: PLR2004 - a marker
        raise ParsingError("a JPEG that ends before its picture")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if end < at + 4 or end > len(data):
        raise ParsingError("a JPEG with a segment beyond its end")
    return data[at + 1], end


def _size(data: bytes | bytearray, at: int, end: int) -> tuple[int, int]:
    """Return (width, height) of a frame: FF Cx, length, precision, height, width."""
    if end < at + 9:
        raise ParsingError("a JPEG whose frame has no size")
    height, width = (int.from_bytes(data[at + place : at + place + 2], "big") for place in (5, 7))
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise ParsingError(f"a picture of {width} x {height}; {MIN_SIDE} to {MAX_SIDE} each way")
    return width, height


def _whole(data: bytes | bytearray, at: int, kept: bytearray, size: tuple[int, int] | None) -> Still:
    """Return the picture up to its end; in its data an FF is followed by 00, so the first FF D9 is the end."""
    end = data.find(_EOI, at)
    if size is None or end < 0:
        raise ParsingError("a JPEG without a frame or an end")
    kept += data[at : end + len(_EOI)]
    return Still(*size, kept)
