"""What a code scanner sends as text: lines that end with CR, LF or both, bounded, and judged before use."""

import unicodedata
from typing import Final

from protocols.rules.presented import BadScan, Scan

#: A QR holds up to 2,953 bytes; ours have 120 letters, and nobody has to read a novel.
MAX_PAYLOAD_BYTES: Final = 1_024
_ENDS: Final = b"\r\n"


def judge(payload: bytes) -> Scan | BadScan:
    """Return a payload as text, UTF-8 or else GB18030, or why it is none."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return BadScan("too_long")
    for encoding in ("utf-8", "gb18030"):
        try:
            return judge_text(payload.decode(encoding))
        except UnicodeDecodeError:
            continue
    return BadScan("not_text")


def judge_text(text: str) -> Scan | BadScan:
    """Return text that has no character but letters, marks, digits, signs and spaces.

    Control and format characters (which can turn an address round), unassigned ones and ends of lines are refused.
    """
    if any(unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029" for letter in text):
        return BadScan("control")
    return Scan(text)


class LineCollector:
    """Cuts bytes into payloads at CR, LF or both; an endless line is dropped up to its end and told once."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> list[Scan | BadScan]:
        """Take the next bytes, return the payloads that have ended."""
        found: list[Scan | BadScan] = []
        for byte in data:
            if byte in _ENDS:
                found += self._end()
            elif len(self._rest) >= MAX_PAYLOAD_BYTES:
                self._overlong = True
            else:
                self._rest.append(byte)
        return found

    def reset(self) -> None:
        """Forget a line that never ended."""
        self._rest.clear()
        self._overlong = False

    def _end(self) -> list[Scan | BadScan]:
        payload, overlong = bytes(self._rest), self._overlong
        self.reset()
        if overlong:
            return [BadScan("too_long")]
        return [judge(payload)] if payload else []
