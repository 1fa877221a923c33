"""Requests to a camera and its answers: RTSP (RFC 2326) or HTTP GET, with Basic or Digest.

Digest is MD5 without or with `qop=auth` (RFC 2617 §3.2), which is what cameras of venues speak. `AnswerParser` reads
the head of one answer; `StreamParser` reads a whole session: answers with their bodies and the packets between them
(RFC 2326 §10.12: `$`, channel, u16 length, big-endian).
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from protocols.errors import ParsingError

Method = Literal["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN", "GET"]

#: The head of an answer; cameras send a few hundred bytes.
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_HEADERS: Final = 64
#: The description of a session; cameras send one or two thousand bytes.
MAX_BODY_BYTES: Final = 64 * 1024
OK: Final = 200
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404

_END: Final = b"\r\n\r\n"
_DOLLAR: Final = 0x24
_PACKET_HEAD: Final = 4
_STATUS: Final = re.compile(r"(?:RTSP|HTTP)/\d\.\d (\d{3})(?: .*)?")
_PAIR: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Question:
    """One request: `authorization` is empty the first time; `headers` follow those that every request has."""

    method: Method
    url: str
    number: int = 1
    authorization: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the line."""
        if self.method == "GET":
            host, _, path = self.url.partition("://")[2].partition("/")
            lines = [f"GET /{path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        else:
            lines = [f"{self.method} {self.url} RTSP/1.0", f"CSeq: {self.number}"]
        if self.method == "DESCRIBE":
            lines.append("Accept: application/sdp")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.authorization:
            lines.append(f"Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; names of headers are in small letters, of several alike all are kept."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of a name, empty without one."""
        return next((value for found, value in self.headers if found == name), "")

    def challenges(self) -> list[str]:
        """Return what the camera wants, as it said it."""
        return [value for name, value in self.headers if name == "www-authenticate"]


class AnswerParser:
    """Bytes in, the head of one answer out; what follows it is not looked at."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes; return the answer once its head is whole. ParsingError when it is none or is too long."""
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise ParsingError(f"the head of an answer is longer than {MAX_HEAD_BYTES} bytes")
            return None
        return _head(self._buffer[: min(end, MAX_HEAD_BYTES)])


@dataclass(frozen=True, slots=True)
class Packet:
    """What comes between answers: the bytes of a packet of RTP or RTCP, and its channel."""

    channel: int
    data: bytes


class StreamParser:
    """Bytes of a session in, answers and packets out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Answer | Packet]:
        """Take bytes; return what is whole now. ParsingError when the stream is none: it cannot be found again."""
        self._buffer += data
        found: list[Answer | Packet] = []
        at = 0
        while len(self._buffer) - at >= _PACKET_HEAD:
            one, end = self._packet(at) if self._buffer[at] == _DOLLAR else self._answer(at)
            if one is None:
                break
            found.append(one)
            at = end
        del self._buffer[:at]
        return found

    def _packet(self, at: int) -> tuple[Packet | None, int]:
        start = at + _PACKET_HEAD
        end = start + int.from_bytes(self._buffer[at + 2 : start], "big")
        whole = len(self._buffer) >= end
        return (Packet(self._buffer[at + 1], bytes(self._buffer[start:end])) if whole else None), end

    def _answer(self, at: int) -> tuple[Answer | None, int]:
        blank = self._buffer.find(_END, at, at + MAX_HEAD_BYTES)
        if blank < 0:
            if len(self._buffer) - at >= MAX_HEAD_BYTES:
                raise ParsingError(f"no answer ends within {MAX_HEAD_BYTES} bytes")
            return None, at
        head = _head(self._buffer[at:blank])
        size = head.header("content-length") or "0"
        if not (size.isascii() and size.isdecimal() and len(size) <= len(str(MAX_BODY_BYTES))):
            raise ParsingError(f"an answer with a body of {size[:20]!r} bytes")
        start = blank + len(_END)
        end = start + int(size)
        if len(self._buffer) < end:
            return None, at
        return replace(head, body=bytes(self._buffer[start:end])), end


def _head(data: bytes | bytearray) -> Answer:
    lines = data.decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(lines[0])
    if status is None:
        raise ParsingError(f"{lines[0][:60]!r} is no status line of RTSP or HTTP")
    pairs = (line.partition(":") for line in lines[1 : MAX_HEADERS + 1])
    return Answer(int(status[1]), tuple((name.strip().lower(), value.strip()) for name, _, value in pairs))


def authorization(challenges: list[str], asked: Question, who: Credentials, cnonce: str) -> str:
    """Return the header that answers the challenges, Digest before Basic; empty when we know neither."""
    for challenge in challenges:
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "digest":
            return _digest(_pairs(rest), asked, who, cnonce)
    if any(challenge.lower().startswith("basic") for challenge in challenges):
        return f"Basic {base64.b64encode(f'{who.user}:{who.password}'.encode()).decode()}"
    return ""


def _digest(told: Mapping[str, str], asked: Question, who: Credentials, cnonce: str) -> str:
    realm, nonce = told.get("realm", ""), told.get("nonce", "")
    uri = asked.url if asked.method != "GET" else f"/{asked.url.partition('://')[2].partition('/')[2]}"
    secret = _md5(f"{who.user}:{realm}:{who.password}")
    act = _md5(f"{asked.method}:{uri}")
    parts = {"username": who.user, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in told.get("qop", "").split(","):
        parts["response"] = _md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{act}")
        tail = f', qop=auth, nc=00000001, cnonce="{cnonce}"'
    else:
        parts["response"] = _md5(f"{secret}:{nonce}:{act}")
        tail = ""
    if "opaque" in told:
        parts["opaque"] = told["opaque"]
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in parts.items()) + tail


def _pairs(text: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(text)}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
