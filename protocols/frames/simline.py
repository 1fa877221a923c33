"""The language of the simulated devices: one JSON object per line, over any byte stream.

A device reports its state by itself whenever it changes; it repeats an event until the driver has taken it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from protocols.errors import ParsingError

#: A line holds one state or one command; the longest we send is an `echo` of a few hundred bytes.
MAX_LINE_BYTES: Final = 8192

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """Driver to device: `get`, `configure` (args are settings) or a command of the profile."""

    number: int
    name: str
    args: Json = field(default_factory=dict)
    members: ClassVar = {"ask": int, "name": str, "args": dict}


@dataclass(frozen=True, slots=True)
class Answer:
    """Device to driver: what came of the Ask of that number; `body` of a refusal holds `text`."""

    number: int
    ok: bool
    body: Json = field(default_factory=dict)
    members: ClassVar = {"answer": int, "ok": bool, "body": dict}


@dataclass(frozen=True, slots=True)
class Report:
    """Device to driver: values to show and signals as they are now."""

    values: Json = field(default_factory=dict)
    signals: Json = field(default_factory=dict)
    members: ClassVar = {"values": dict, "signals": dict}


@dataclass(frozen=True, slots=True)
class Notice:
    """Device to driver: something happened; repeated on a new connection until it is taken."""

    number: int
    name: str
    data: Json = field(default_factory=dict)
    members: ClassVar = {"notice": int, "name": str, "data": dict}


@dataclass(frozen=True, slots=True)
class Taken:
    """Driver to device: the notice of that number is stored, forget it."""

    number: int
    members: ClassVar = {"taken": int}


Message = Ask | Answer | Report | Notice | Taken

#: First member of a line -> the message it is.
_MESSAGES: Final[dict[str, type[Message]]] = {next(iter(m.members)): m for m in (Ask, Answer, Report, Notice, Taken)}


def to_bytes(message: Message) -> bytes:
    """Return the message as one line with its end."""
    values = (getattr(message, name) for name in type(message).__match_args__)
    text = json.dumps(dict(zip(message.members, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def from_bytes(line: bytes) -> Message:
    """Return the message of one line (with or without its end); anything else is a ParsingError."""
    if len(line) > MAX_LINE_BYTES:
        raise ParsingError(f"a line of {len(line)} bytes is above the limit of {MAX_LINE_BYTES}")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ParsingError(f"not a JSON line: {error}") from error
    if not isinstance(found, dict) or not found:
        raise ParsingError("a JSON object with members was expected")
    kind = _MESSAGES.get(next(iter(found)))
    if kind is None or {name: type(value) for name, value in found.items()} != kind.members:
        raise ParsingError(f"no message has these members: {sorted(found)[:8]}")
    return kind(*(found[name] for name in kind.members))


class LineDecoder:
    """Cuts a stream into messages; a line that is too long or no message is dropped and counted."""

    def __init__(self) -> None:
        #: Lines that were thrown away.
        self.dropped_total = 0
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes, return the messages that are complete now."""
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        found = [message for line in lines if (message := self._read(bytes(line))) is not None]
        if len(rest) > MAX_LINE_BYTES:
            self._rest.clear()
            self._skipping = True
        return found

    def _read(self, line: bytes) -> Message | None:
        skipping, self._skipping = self._skipping, False
        try:
            if not skipping:
                return from_bytes(line)
        except ParsingError:
            pass
        self.dropped_total += 1
        return None
