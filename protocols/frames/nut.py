"""The network protocol of NUT, the server that speaks for UPSes: lines of words, one answer to each request.

Network UPS Tools, developer guide, "Network protocol information". Words with spaces or quotes stand in double quotes,
in which a backslash takes the next character as it is. A list is a `BEGIN LIST …` line, its lines and `END LIST …`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from protocols.errors import ParsingError

PORT: Final = 3493
#: `upsd` itself cuts what it sends at 512 bytes.
MAX_LINE_BYTES: Final = 1_024
#: Lines of one list; the largest UPS has some two hundred variables.
MAX_LIST_LINES: Final = 1_000
MAX_WORDS: Final = 16
#: Flags of one `ups.status`, each some letters.
MAX_FLAGS: Final = 32
_QUOTED: Final = frozenset(' "\\#')

#: Error codes of the guide that tell that a device is away, and not that the question was wrong.
AWAY: Final = frozenset({"DRIVER-NOT-CONNECTED", "DATA-STALE"})
#: Error codes that tell of the account.
ACCOUNT: Final = frozenset({"ACCESS-DENIED", "INVALID-USERNAME", "INVALID-PASSWORD", "USERNAME-REQUIRED",
                            "PASSWORD-REQUIRED"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks: `LIST VAR venueups`, `USERNAME mon`."""

    words: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(self.words)


@dataclass(frozen=True, slots=True)
class Variable:
    """`VAR <ups> <name> "<value>"`, of a list or alone."""

    ups: str
    name: str
    value: str

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("VAR", self.ups, self.name), self.value)


@dataclass(frozen=True, slots=True)
class Ups:
    """`UPS <name> "<description>"`, a line of LIST UPS."""

    name: str
    description: str

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("UPS", self.name), self.description)


@dataclass(frozen=True, slots=True)
class Begin:
    """`BEGIN LIST <what…>`."""

    what: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("BEGIN", "LIST", *self.what))


@dataclass(frozen=True, slots=True)
class End:
    """`END LIST <what…>`."""

    what: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("END", "LIST", *self.what))


@dataclass(frozen=True, slots=True)
class Ok:
    """`OK`, with words behind it on some answers."""

    text: str = ""

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("OK", *self.text.split()))


@dataclass(frozen=True, slots=True)
class Err:
    """`ERR <code>`: the request was refused."""

    code: str

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return _line(("ERR", self.code))


@dataclass(frozen=True, slots=True)
class Text:
    """A line for people: what VER, HELP and LOGOUT answer."""

    text: str

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return self.text.encode() + b"\n"


Reply = Variable | Ups | Begin | End | Ok | Err | Text


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a line; an open quote or too many words is a ParsingError."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        if len(words) >= MAX_WORDS:
            raise ParsingError(f"more than {MAX_WORDS} words")
        word, at = _quoted(text, at + 1) if text[at] == '"' else _bare(text, at)
        words.append(word)
    return tuple(words)


def _bare(text: str, at: int) -> tuple[str, int]:
    end = text.find(" ", at)
    end = len(text) if end < 0 else end
    return text[at:end], end


def _quoted(text: str, at: int) -> tuple[str, int]:
    word = ""
    while at < len(text):
        if text[at] == '"':
            return word, at + 1
        at += text[at] == "\\" and at + 1 < len(text)
        word += text[at]
        at += 1
    raise ParsingError("a quote is not closed")


def reply_from_line(line: bytes) -> Reply:
    """Return what a line of the server (without its end) says; what has no form of ours is Text."""
    text = _text(line)
    match text.partition(" ")[0]:
        case "VAR" | "UPS" | "BEGIN" | "END" | "ERR":
            return _formed(split_words(text))
        case "OK":
            return Ok(text[3:])
        case _:
            return Text(text)


def _formed(words: Sequence[str]) -> Reply:
    match words:
        case ["VAR", ups, name, value]:
            return Variable(ups, name, value)
        case ["UPS", name, description]:
            return Ups(name, description)
        case ["BEGIN", "LIST", *what] if what:
            return Begin(tuple(what))
        case ["END", "LIST", *what] if what:
            return End(tuple(what))
        case ["ERR", code, *_]:
            return Err(code)
        case _:
            raise ParsingError(f"a {words[0]} line with {len(words)} words")


def request_from_line(line: bytes) -> Request:
    """Return the request of a line (without its end); an empty one is a ParsingError."""
    words = split_words(_text(line))
    if not words:
        raise ParsingError("an empty request")
    return Request(words)


def _text(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParsingError(f"not UTF-8: {error.reason}") from error
    if not text.isprintable():
        raise ParsingError("a control character")
    return text


def _line(words: Sequence[str], quoted: str | None = None) -> bytes:
    """Return words as a line; `quoted` follows in quotes whatever it holds."""
    parts = [_quote(word) if not word or _QUOTED & set(word) else word for word in words]
    return " ".join(parts if quoted is None else [*parts, _quote(quoted)]).encode() + b"\n"


def _quote(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


class LineDecoder:
    """Cuts bytes into lines; an endless line is dropped up to its end, and counted."""

    def __init__(self) -> None:
        self.dropped_total = 0
        self._rest = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes, return the lines that have ended, without their ends."""
        *ended, rest = (bytes(self._rest) + data).split(b"\n")
        lines = [line.removesuffix(b"\r") for line in ended if not self._drop(line)]
        self._rest = bytearray(rest)
        if len(rest) > MAX_LINE_BYTES:
            self.dropped_total += not self._overlong
            self._overlong = True
            self._rest.clear()
        return lines

    def _drop(self, line: bytes) -> bool:
        """Return whether a line that has ended was too long; an overlong one was counted when it became so."""
        known, self._overlong = self._overlong, False
        too_long = len(line) > MAX_LINE_BYTES
        self.dropped_total += too_long and not known
        return known or too_long


def flags_of(status: str) -> frozenset[str]:
    """Return the flags of an `ups.status`, such as `OB LB`; a ParsingError when they are no flags."""
    flags = status.split()
    if len(flags) > MAX_FLAGS or not all(
        flag.isascii() and flag.isalnum() and len(flag) <= MAX_WORDS for flag in flags
    ):
        raise ParsingError(f"ups.status is {status[:40]!r}")
    return frozenset(flags)


def number_of(variables: Mapping[str, str], name: str) -> float | None:
    """Return a variable as a number; None when it is absent or no number of this world."""
    try:
        value = float(variables.get(name, ""))
    except ValueError:
        return None
    return value if abs(value) < _LARGEST else None


#: Watts, seconds and volts of a UPS stay far below; NaN and the infinities are not below.
_LARGEST: Final = 1e9
