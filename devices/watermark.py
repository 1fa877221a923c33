"""The mark in a corner of a wall's page, by which a camera proves what the wall shows. No I/O.

A QR code (version 1, 21 × 21 modules) holding 15 characters: `YZ`, the first 8 hex digits of the content's hash
(`Manifest.content_hash`; zeros when nothing is shown) in capitals, and 5 hex digits of the minute since 1970, modulo
2^20 (728 days). Whoever finds one in a picture reads its text, `parse`s it and hands it to `Host.seen`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Self

#: Hex digits of the hash in a mark: 32 bits.
CODE_DIGITS: Final = 8
MINUTES: Final = 1 << 20
#: A mark may be this old or this far ahead: pages are set once a minute, cameras look now and then.
TOLERANCE_MINUTES: Final = 2
#: Modules along one side, without the light border.
MODULES: Final = 21
#: Marks drawn lately that are kept; a station has a few walls and each a new mark a minute.
MAX_DRAWN: Final = 64

_TEXT: Final = re.compile(r"YZ([0-9A-F]{8})([0-9A-F]{5})")
_HEX: Final = re.compile(r"[0-9a-f]{8,}")


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a mark says: `code` of the content (8 hex digits) and the minute since 1970, modulo MINUTES."""

    code: str
    minute: int

    @classmethod
    def of(cls, content: str, now: datetime) -> Self:
        """Return the mark of a content's hash at a moment; an empty hash is nothing shown."""
        return cls(code_of(content), int(now.timestamp() // 60) % MINUTES)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the mark that a QR code's text is, None for any other text."""
        found = _TEXT.fullmatch(text)
        return cls(found[1].lower(), int(found[2], 16)) if found else None

    @property
    def text(self) -> str:
        """The text of the QR code."""
        return f"YZ{self.code.upper()}{self.minute:05X}"

    def proves(self, content: str, now: datetime) -> bool:
        """Return whether a mark seen now shows this content."""
        ahead = (self.minute - Watermark.of(content, now).minute) % MINUTES
        return self.code == code_of(content) and min(ahead, MINUTES - ahead) <= TOLERANCE_MINUTES

    def modules(self) -> list[str]:
        """Return the QR's rows of `0` and `1` (dark), MODULES each, without a border."""
        return list(_drawn(self.text))


def code_of(content: str) -> str:
    """Return the first 8 digits of a content's hash; zeros for no content or what is no hash."""
    return content[:CODE_DIGITS] if _HEX.match(content) else "0" * CODE_DIGITS


@lru_cache(maxsize=MAX_DRAWN)
def _drawn(text: str) -> tuple[str, ...]:
    import segno  # noqa: PLC0415 - only where a wall is drawn

    drawn = segno.make_qr(text, version=1, error="m")
    return tuple("".join("1" if dark else "0" for dark in row) for row in drawn.matrix)
