"""Asking a camera whether it lets us in: RTSP DESCRIBE (RFC 2326) or HTTP HEAD-like GET, with Basic or Digest.

Only what tells why a picture does not come: the status of an answer and its challenge. Digest is MD5 without or with
`qop=auth` (RFC 2617 §3.2), which is what cameras of venues speak; the picture itself is fetched by others.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from protocols.errors import ParsingError

Method = Literal["DESCRIBE", "GET"]

#: The head of an answer; cameras send a few hundred bytes.
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_HEADERS: Final = 64
OK: Final = 200
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404

_END: Final = b"\r\n\r\n"
_STATUS: Final = re.compile(r"(?:RTSP|HTTP)/\d\.\d (\d{3})(?: .*)?")
_PAIR: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Question:
    """One request: `authorization` is empty the first time."""

    method: Method
    url: str
    number: int = 1
    authorization: str = ""

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the line."""
        if self.method == "DESCRIBE":
            lines = [f"DESCRIBE {self.url} RTSP/1.0", f"CSeq: {self.number}", "Accept: application/sdp"]
        else:
            host, _, path = self.url.partition("://")[2].partition("/")
            lines = [f"GET /{path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        if self.authorization:
            lines.append(f"Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; names of headers are in small letters, of several alike all are kept."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)

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
        lines = self._buffer[: min(end, MAX_HEAD_BYTES)].decode("latin-1").split("\r\n")
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
    uri = asked.url if asked.method == "DESCRIBE" else f"/{asked.url.partition('://')[2].partition('/')[2]}"
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
