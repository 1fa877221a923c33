"""The small pictures of a browser as rows of pixels: PNG, 8 bits, RGB or RGBA, not interlaced. No I/O.

A picture library would cost the agent more memory than all its drivers. Source: W3C PNG (third edition) §5, §9.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

from devices.renderer.errors import PictureError

#: A probe asks for 320 pixels along the longer side.
MAX_SIDE: Final = 640
MAX_BYTES: Final = 2 * 1024 * 1024

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = struct.Struct(">II5B")
#: Colour type -> bytes of one pixel.
_PIXEL_BYTES: Final = {2: 3, 6: 4}


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, row after row, `depth` bytes each, of which the first three are red, green and blue."""

    width: int
    height: int
    depth: int
    pixels: bytes

    def at(self, x: int, y: int) -> tuple[int, int, int]:
        """Return red, green and blue of a pixel; outside the picture the nearest one counts."""
        x, y = min(max(x, 0), self.width - 1), min(max(y, 0), self.height - 1)
        start = (y * self.width + x) * self.depth
        red, green, blue = self.pixels[start : start + 3]
        return red, green, blue


def read_png(data: bytes) -> Picture:
    """Return the picture of a PNG file; PictureError for anything else."""
    if len(data) > MAX_BYTES or not data.startswith(_SIGNATURE):
        raise PictureError("this is no PNG of a size that a probe takes")
    header, packed = _chunks(data)
    try:
        width, height, bits, colour, _, _, interlace = _HEADER.unpack(header)
    except struct.error as error:
        raise PictureError("the PNG has no good header") from error
    depth = _PIXEL_BYTES.get(colour)
    if depth is None or bits != 8 or interlace or not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):  # noqa: PLR2004
        raise PictureError(f"a PNG of {width} × {height}, {bits} bits, colour type {colour} is not read here")
    size = height * (1 + width * depth)
    unpack = zlib.decompressobj()
    try:
        raw = unpack.decompress(packed, size)
    except zlib.error as error:
        raise PictureError(f"the PNG cannot be unpacked: {error}") from error
    if len(raw) != size:
        raise PictureError("the PNG is cut")
    return Picture(width, height, depth, _unfilter(raw, width * depth, depth))


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    header, packed, at = b"", [], len(_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.append(body)
        at += 12 + length
    return header, b"".join(packed)


def _unfilter(raw: bytes, stride: int, depth: int) -> bytes:
    out = bytearray()
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _restore(raw[start], line, above, depth)
        out += line
        above = line
    return bytes(out)


def _restore(kind: int, line: bytearray, above: bytearray, depth: int) -> None:
    """Undo one line's filter in place (§9.2)."""
    match kind:
        case 0:
            pass
        case 1:
            for i in range(depth, len(line)):
                line[i] = (line[i] + line[i - depth]) & 255
        case 2:
            line[:] = bytes((one + up) & 255 for one, up in zip(line, above, strict=True))
        case 3:
            for i, up in enumerate(above):
                left = line[i - depth] if i >= depth else 0
                line[i] = (line[i] + (left + up) // 2) & 255
        case 4:
            for i, up in enumerate(above):
                left, corner = (line[i - depth], above[i - depth]) if i >= depth else (0, 0)
                line[i] = (line[i] + _paeth(left, up, corner)) & 255
        case _:
            raise PictureError(f"there is no PNG filter {kind}")


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    to_left, to_up, to_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
