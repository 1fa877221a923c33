"""What is sent to an ESC/POS receipt printer; its answers are in `escpos_answers`.

Text bytes (GB18030), LF, and commands that begin with ESC, FS, GS or DLE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from protocols.errors import ParsingError

ESC: Final = 0x1B
FS: Final = 0x1C
GS: Final = 0x1D
DLE: Final = 0x10
LF: Final = 0x0A
#: What DLE EOT and GS r may be asked.
_NUMBERS: Final = range(1, 5)
_LEADS: Final = frozenset({ESC, FS, GS, DLE})
_FIRST_TEXT: Final = 0x20

#: Data of one GS ( command and of one raster; 576 dots × 4,000 lines are 288,000 bytes. More is a broken length.
MAX_DATA_BYTES: Final = 512 * 1024
#: Text that is given out at once although its line has not ended.
MAX_TEXT_BYTES: Final = 4096

#: Command -> how many bytes follow it, for those where that never changes.
_FIXED: Final[Mapping[bytes, int]] = {
    b"\x1b@": 0, b"\x1b2": 0, b"\x1c&": 0, b"\x1c.": 0, b"\x10\x05": 1,
    b"\x1b!": 1, b"\x1b-": 1, b"\x1b3": 1, b"\x1bE": 1, b"\x1bG": 1, b"\x1bJ": 1, b"\x1bM": 1, b"\x1bR": 1, b"\x1bS": 1,
    b"\x1bT": 1, b"\x1bV": 1, b"\x1ba": 1, b"\x1bd": 1, b"\x1bt": 1, b"\x1b{": 1, b"\x1b=": 1, b"\x1b ": 1,
    b"\x1b$": 2, b"\x1b\\": 2, b"\x1bc": 2, b"\x1bp": 3,
    b"\x1c!": 1, b"\x1c-": 1, b"\x1cW": 1, b"\x1cS": 2,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1dH": 1, b"\x1da": 1, b"\x1df": 1, b"\x1dh": 1, b"\x1dw": 1, b"\x1db": 1,
    b"\x1dL": 2, b"\x1dW": 2, b"\x1dP": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """Characters in GB18030 without a line's end."""

    data: bytes

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        return self.data


@dataclass(frozen=True, slots=True)
class LineFeed:
    """Print what the line buffer holds."""

    def to_bytes(self) -> bytes:
        """Return the byte."""
        return bytes((LF,))


@dataclass(frozen=True, slots=True)
class Plain:
    """A command of two bytes with a known number of arguments."""

    code: bytes
    args: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        return self.code + self.args


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """DLE EOT n, n 1 to 4: answered at once."""

    n: int

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        return bytes((DLE, 0x04, self.n))


@dataclass(frozen=True, slots=True)
class SensorRequest:
    """GS r n: answered when all that came before it is printed; n 1 asks the paper sensors."""

    n: int = 1

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        return bytes((GS, ord("r"), self.n))


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V m [n]: m 0 or 48 all through, 1 or 49 but for a bridge; 65 and 66 feed `feed` steps before."""

    mode: int = 0
    feed: int = 0

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        more = bytes((self.feed,)) if self.mode in _CUTS_WITH_FEED else b""
        return bytes((GS, ord("V"), self.mode)) + more


@dataclass(frozen=True, slots=True)
class Raster:
    """GS v 0 m: `rows` of `width_bytes`, 8 dots a byte, most significant first, 1 is black; m 1-3 doubles."""

    width_bytes: int
    data: bytes
    mode: int = 0

    @property
    def rows(self) -> int:
        """Return the height in dots."""
        return len(self.data) // self.width_bytes

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        size = self.width_bytes.to_bytes(2, "little") + self.rows.to_bytes(2, "little")
        return bytes((GS, ord("v"), 0x30, self.mode)) + size + self.data


@dataclass(frozen=True, slots=True)
class Symbol:
    """GS ( k pL pH 49 fn …: a step of printing a QR code."""

    function: int
    data: bytes

    def to_bytes(self) -> bytes:
        """Return the bytes."""
        length = len(self.data) + 2
        return bytes((GS, ord("("), ord("k"))) + length.to_bytes(2, "little") + bytes((QR, self.function)) + self.data


Item = Text | LineFeed | Plain | StatusRequest | SensorRequest | Cut | Raster | Symbol

_CUTS_WITH_FEED: Final = frozenset({65, 66})
_CUTS: Final = frozenset({0, 1, 48, 49}) | _CUTS_WITH_FEED
#: The code type of QR in GS ( k.
QR: Final = 49
QR_MODEL: Final = 65
QR_SIZE: Final = 67
QR_LEVEL: Final = 69
QR_STORE: Final = 80
QR_PRINT: Final = 81
#: Bytes a QR code of level M can hold.
MAX_QR_BYTES: Final = 2_331

INITIALIZE: Final = Plain(b"\x1b@")
CHINESE: Final = Plain(b"\x1c&")
#: The printer shall say nothing without being asked.
NO_AUTOMATIC_STATUS: Final = Plain(b"\x1da", b"\x00")


def align(where: int) -> Plain:
    """Return ESC a: 0 left, 1 centre, 2 right."""
    return Plain(b"\x1ba", bytes((where,)))


def emphasis(*, on: bool) -> Plain:
    """Return ESC E: bold or not."""
    return Plain(b"\x1bE", bytes((on,)))


def magnify(*, width: int, height: int) -> Plain:
    """Return GS !: each 1 to 8 times."""
    return Plain(b"\x1d!", bytes(((width - 1) << 4 | (height - 1),)))


def feed(lines: int) -> Plain:
    """Return ESC d: print and feed some lines."""
    return Plain(b"\x1bd", bytes((lines,)))


def qr_code(data: bytes, dots: int = 6) -> tuple[Symbol, ...]:
    """Return the commands that print a QR code of level M with modules of `dots` dots."""
    if not 0 < len(data) <= MAX_QR_BYTES:
        raise ParsingError(f"a QR code of {len(data)} bytes")
    return (
        Symbol(QR_MODEL, b"2\x00"), Symbol(QR_SIZE, bytes((dots,))), Symbol(QR_LEVEL, b"1"),
        Symbol(QR_STORE, b"0" + data), Symbol(QR_PRINT, b"0"),
    )  # fmt: skip


class Decoder:
    """Cuts what is sent to a printer into items, as the printer does; what it does not know is skipped and counted."""

    def __init__(self) -> None:
        self.skipped_total = 0
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes, return the items that are complete now; text is given out as far as it came."""
        self._rest += data
        found: list[Item] = []
        while self._rest:
            taken = self._next()
            if taken is None:
                break
            size, item = taken
            del self._rest[:size]
            if item is None:
                self.skipped_total += size
            else:
                found.append(item)
        return found

    def _next(self) -> tuple[int, Item | None] | None:
        """Return (bytes, item) of what stands first, item None for nonsense; None when it is not whole yet."""
        first = self._rest[0]
        if first >= _FIRST_TEXT:
            return self._text()
        if first == LF:
            return 1, LineFeed()
        if first not in _LEADS:
            return 1, None
        if len(self._rest) < 2:  # noqa: PLR2004 - a lead and its letter
            return None
        return self._command(bytes(self._rest[:2]))

    def _text(self) -> tuple[int, Item]:
        end = next((at for at, byte in enumerate(self._rest) if byte < _FIRST_TEXT), len(self._rest))
        end = min(end, MAX_TEXT_BYTES)
        return end, Text(bytes(self._rest[:end]))

    def _command(self, code: bytes) -> tuple[int, Item | None] | None:
        if code in _FIXED:
            size = 2 + _FIXED[code]
            return (size, Plain(code, bytes(self._rest[2:size]))) if len(self._rest) >= size else None
        judge = {
            b"\x10\x04": lambda: self._numbered(StatusRequest),
            b"\x1dr": lambda: self._numbered(SensorRequest),
            b"\x1dV": self._cut,
            b"\x1dv": self._raster,
            b"\x1d(": self._symbol,
        }.get(code)
        return judge() if judge else (1, None)

    def _numbered(self, kind: type[StatusRequest] | type[SensorRequest]) -> tuple[int, Item | None] | None:
        if len(self._rest) < 3:  # noqa: PLR2004 - the number
            return None
        n = self._rest[2]
        return (3, kind(n)) if n in _NUMBERS else (1, None)

    def _cut(self) -> tuple[int, Item | None] | None:
        if len(self._rest) < 3:  # noqa: PLR2004 - the mode
            return None
        mode = self._rest[2]
        if mode not in _CUTS:
            return 1, None
        if mode not in _CUTS_WITH_FEED:
            return 3, Cut(mode)
        return (4, Cut(mode, self._rest[3])) if len(self._rest) > 3 else None  # noqa: PLR2004

    def _raster(self) -> tuple[int, Item | None] | None:
        if len(self._rest) < 8:  # noqa: PLR2004 - 1D 76 30 m xL xH yL yH
            return None
        mode = self._rest[3]
        width, rows = (int.from_bytes(self._rest[at : at + 2], "little") for at in (4, 6))
        if self._rest[2] != 0x30 or mode > 3 or not 0 < width * rows <= MAX_DATA_BYTES:  # noqa: PLR2004
            return 1, None
        size = 8 + width * rows
        return (size, Raster(width, bytes(self._rest[8:size]), mode)) if len(self._rest) >= size else None

    def _symbol(self) -> tuple[int, Item | None] | None:
        """Take GS ( x pL pH …: QR codes are understood, of all others the length."""
        if len(self._rest) < 5:  # noqa: PLR2004 - 1D 28 x pL pH
            return None
        size = 5 + int.from_bytes(self._rest[3:5], "little")
        if len(self._rest) < size:
            return None
        if self._rest[2] != ord("k") or size < 7 or self._rest[5] != QR:  # noqa: PLR2004 - cn and fn
            return size, None
        return size, Symbol(self._rest[6], bytes(self._rest[7:size]))


def to_bytes(items: tuple[Item, ...]) -> bytes:
    """Return the bytes of several items."""
    return b"".join(item.to_bytes() for item in items)
