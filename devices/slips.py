"""A slip as a receipt printer of a certain width prints it: lines of half-width columns, a QR code, the cut.

A Chinese character is 24 dots wide and takes two columns of 12: 32 columns on 58 mm paper, 48 on 80 mm.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from protocols.errors import DocumentError
from protocols.frames import escpos
from protocols.frames.escpos import CHINESE, INITIALIZE, Cut, Item, LineFeed, Raster, Text
from protocols.venue.slips import MAX_SLIP_CHARS, Part, Slip

#: Lines between the last one and the knife.
FEED_BEFORE_CUT: Final = 4
#: Dots of one module of a QR code; a phone reads 4 and more (0.5 mm).
QR_DOTS: Final = 6
#: White modules around a QR code.
QUIET: Final = 4
_CENTRE: Final = 1
_LEFT: Final = 0


def read_slip(text: str) -> Slip:
    """Return the slip in a command's `document`; DocumentError says what does not fit."""
    if len(text) > MAX_SLIP_CHARS:
        raise DocumentError(f"a slip of more than {MAX_SLIP_CHARS} characters")
    return Slip.from_bytes(text.encode("utf-8", "replace"))


def set_slip(slip: Slip, columns: int, dots: int, *, native_qr: bool = True) -> tuple[Item, ...]:
    """Return what a printer of `columns` columns and `dots` dots is sent for one copy of a slip."""
    items: list[Item] = [INITIALIZE, CHINESE]
    for part in slip.parts:
        items += _set_part(part, columns, dots, native_qr=native_qr)
    return (*items, escpos.feed(FEED_BEFORE_CUT), Cut())


def wrap(text: str, columns: int) -> Iterator[str]:
    """Yield the lines of a text, each at most `columns` wide; no character that a printer would obey is left."""
    for line in text.splitlines() or [""]:
        taken, width = "", 0
        for char in line:
            if unicodedata.category(char)[0] == "C":
                continue
            more = width_of(char)
            if width + more > columns:
                yield taken.rstrip()
                taken, width = "", 0
            taken, width = taken + char, width + more
        yield taken.rstrip()


def width_of(char: str) -> int:
    """Return the columns of a character: two for what GB18030's fonts draw as wide, none for an accent of another."""
    if unicodedata.combining(char):
        return 0
    return 2 if ord(char) > 0x7F else 1  # noqa: PLR2004 - all but ASCII comes from the Chinese font


def _set_part(part: Part, columns: int, dots: int, *, native_qr: bool) -> Iterator[Item]:
    match part.kind:
        case "rule":
            yield from _lines("-" * columns, columns)
        case "text":
            yield from _lines(part.text, columns)
        case "heading":
            yield from (escpos.align(_CENTRE), escpos.emphasis(on=True), *_lines(part.text, columns))
            yield from (escpos.emphasis(on=False), escpos.align(_LEFT))
        case "big":
            yield from (escpos.align(_CENTRE), escpos.magnify(width=2, height=2), *_lines(part.text, columns // 2))
            yield from (escpos.magnify(width=1, height=1), escpos.align(_LEFT))
        case "qr":
            yield from _set_qr(part.text, dots, native=native_qr)


def _lines(text: str, columns: int) -> Iterator[Item]:
    for line in wrap(text, columns):
        if line:
            yield Text(line.encode("gb18030", "replace"))
        yield LineFeed()


def _set_qr(text: str, dots: int, *, native: bool) -> Iterator[Item]:
    data = text.encode()
    if not data:
        return
    yield escpos.align(_CENTRE)
    if native:
        yield from escpos.qr_code(data, QR_DOTS)
    else:
        yield qr_raster(data, dots)
    yield from (LineFeed(), escpos.align(_LEFT))


def qr_raster(data: bytes, dots: int) -> Raster:
    """Return a QR code of level M as a picture, for printers that draw none themselves; DocumentError if too wide."""
    import segno  # noqa: PLC0415 - only printers without QR codes of their own need it

    rows = [bytes(row) for row in segno.make(data, error="m", micro=False).matrix]
    side = len(rows[0]) + 2 * QUIET
    scale = min(QR_DOTS, dots // side)
    if scale < 1:
        raise DocumentError(f"a QR code of {side} modules does not fit on {dots} dots")
    width_bytes = -(-side * scale // 8)
    white = bytes(width_bytes) * (QUIET * scale)
    return Raster(width_bytes, white + b"".join(_row(row, scale, width_bytes) * scale for row in rows) + white)


def _row(modules: bytes, scale: int, width_bytes: int) -> bytes:
    """Return one line of dots, most significant bit first, 1 is black."""
    bits = "".join("1" * scale if module else "0" * scale for module in bytes(QUIET) + modules + bytes(QUIET))
    return int(bits.ljust(width_bytes * 8, "0"), 2).to_bytes(width_bytes, "big")
