"""Keyboard events of Linux input devices, as scanners in keyboard mode ("wedge") make them: keys become payloads.

struct input_event of a 64-bit kernel: seconds, microseconds (8 bytes each, signed), type, code (2 each), value (4).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from protocols.errors import ParsingError
from protocols.frames.scans import MAX_PAYLOAD_BYTES, judge_text
from protocols.rules.presented import BadScan, Scan

_EVENT: Final = struct.Struct("<qqHHi")
EVENT_BYTES: Final = _EVENT.size
_MAX_MICROSECONDS: Final = 999_999
#: In the year 2242; a stream that is out of step shows other times.
_MAX_SECONDS: Final = 2**33
#: Highest type and code of linux/input-event-codes.h: what lies above is no event but a stream out of step.
_MAX_TYPE: Final = 0x1F
_MAX_CODE: Final = 0x2FF
SYN: Final = 0
KEY: Final = 1
#: The kernel's buffer ran over: keys are missing.
SYN_DROPPED: Final = 3
RELEASED: Final = 0
PRESSED: Final = 1
REPEATED: Final = 2

_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
_MAIN: Final[Mapping[int, tuple[str, str]]] = {
    **{first + at: pair for first, low, high in _ROWS for at, pair in enumerate(zip(low, high, strict=True))},
    57: (" ", " "),
}
#: Key -> (alone, with shift), US layout, which is what scanners type.
KEYS: Final[Mapping[int, tuple[str, str]]] = {
    **_MAIN,
    **{key: (sign, sign) for key, sign in zip((55, 74, 78, 83, 98), "*-+./", strict=True)},
    **{key: (digit, digit) for key, digit in zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)},
}
#: Letter -> (key, with shift).
_STROKES: Final = {pair[shifted]: (code, shifted) for shifted in (1, 0) for code, pair in _MAIN.items()}
LEFT_SHIFT: Final = 42
RIGHT_SHIFT: Final = 54
ENTER: Final = 28
KEYPAD_ENTER: Final = 96
_SHIFTS: Final = frozenset({LEFT_SHIFT, RIGHT_SHIFT})
_ENDS: Final = frozenset({ENTER, KEYPAD_ENTER})


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event; `value` of a key: 0 released, 1 pressed, 2 repeated."""

    type: int
    code: int
    value: int
    seconds: int = 0
    microseconds: int = 0

    def to_bytes(self) -> bytes:
        """Return the 24 bytes."""
        return _EVENT.pack(self.seconds, self.microseconds, self.type, self.code, self.value)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the event of 24 bytes."""
        if len(data) != EVENT_BYTES:
            raise ParsingError(f"{len(data)} bytes are no event")
        seconds, microseconds, kind, code, value = _EVENT.unpack(data)
        plausible = (
            0 <= seconds <= _MAX_SECONDS
            and 0 <= microseconds <= _MAX_MICROSECONDS
            and kind <= _MAX_TYPE
            and code <= _MAX_CODE
        )
        if not plausible or (kind == KEY and not RELEASED <= value <= REPEATED):
            raise ParsingError("no event of an input device")
        return cls(kind, code, value, seconds, microseconds)


#: Ends a group of events.
REPORT: Final = InputEvent(SYN, 0, 0)


class Decoder:
    """Cuts a stream into events and these into payloads that end with Enter; keeps one payload at most."""

    def __init__(self) -> None:
        #: Bytes that belonged to no event.
        self.skipped_total = 0
        self._rest = bytearray()
        self._line: list[str] = []
        self._overlong = self._foreign = False
        self._shifts: set[int] = set()

    def feed(self, data: bytes) -> list[Scan | BadScan]:
        """Take the next bytes, return the payloads that have ended."""
        self._rest += data
        found: list[Scan | BadScan] = []
        while len(self._rest) >= EVENT_BYTES:
            try:
                event = InputEvent.from_bytes(bytes(self._rest[:EVENT_BYTES]))
            except ParsingError:
                self.skipped_total += 1
                del self._rest[0]
                continue
            del self._rest[:EVENT_BYTES]
            found += self._take(event)
        return found

    def reset(self) -> None:
        """Forget a payload that never ended: scanners type faster than hands."""
        self._line.clear()
        self._overlong = self._foreign = False

    def _take(self, event: InputEvent) -> list[Scan | BadScan]:
        if event.type == SYN and event.code == SYN_DROPPED:
            self._foreign = True
        if event.type != KEY:
            return []
        if event.code in _SHIFTS:
            (self._shifts.discard if event.value == RELEASED else self._shifts.add)(event.code)
        elif event.value == PRESSED and event.code in _ENDS:
            return self._end()
        elif event.value == PRESSED:
            self._type(event.code)
        return []

    def _type(self, code: int) -> None:
        if code not in KEYS:
            self._foreign = True
        elif len(self._line) >= MAX_PAYLOAD_BYTES:
            self._overlong = True
        else:
            self._line.append(KEYS[code][bool(self._shifts)])

    def _end(self) -> list[Scan | BadScan]:
        text, overlong, foreign = "".join(self._line), self._overlong, self._foreign
        self.reset()
        if overlong:
            return [BadScan("too_long")]
        if foreign:
            return [BadScan("not_text")]
        return [judge_text(text)] if text else []


def keys_of(text: str, seconds: int = 1_772_413_200) -> bytes:
    """Return the events of a text and Enter typed at a Unix time; a ParsingError when no key makes a letter of it."""
    events: list[InputEvent] = []
    for letter in text:
        if letter not in _STROKES:
            raise ParsingError("a letter that no key makes")
        code, shifted = _STROKES[letter]
        events += _stroke(code, shifted=shifted == 1)
    return b"".join(replace(event, seconds=seconds).to_bytes() for event in (*events, *_stroke(ENTER, shifted=False)))


def _stroke(code: int, *, shifted: bool) -> list[InputEvent]:
    down, up = (InputEvent(KEY, code, value) for value in (PRESSED, RELEASED))
    if not shifted:
        return [down, REPORT, up, REPORT]
    return [InputEvent(KEY, LEFT_SHIFT, PRESSED), down, REPORT, up, InputEvent(KEY, LEFT_SHIFT, RELEASED), REPORT]
