"""Huidu full-colour cards, SDK 2.0: packets on TCP 10001 and datagrams on UDP 10001; all numbers little-endian.

TCP: u16 length of the whole packet | u16 command | body. UDP: u32 version | u16 command | body: so the vendor has it;
a client of somebody else puts a length first, which no card is known to answer. The XML in them: `huidu_xml`.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

from protocols.errors import ParsingError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PORT: Final = 10001
VERSION: Final = 0x0100_0005
#: The vendor's own bound of one packet.
MAX_PACKET_BYTES: Final = 9216
#: XML is sent in pieces of at most this.
PIECE_BYTES: Final = 8000
#: A program of one text has 2 kB; what is larger is no answer that we wait for.
MAX_DOCUMENT_BYTES: Final = 256 * 1024
MAX_NAME_BYTES: Final = 255

_HEADER: Final = struct.Struct("<HH")
_MD5_BYTES: Final = 33
_ID_BYTES: Final = 15


class _Packet:
    """A packet whose body is its fields in the struct format `form`."""

    command: ClassVar[int]
    form: ClassVar[str] = "<"

    def body(self) -> bytes:
        """Return what stands behind the header."""
        return struct.pack(self.form, *astuple(cast("DataclassInstance", self)))

    def to_bytes(self) -> bytes:
        """Return the packet."""
        body = self.body()
        return _HEADER.pack(_HEADER.size + len(body), self.command) + body

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return what a body says."""
        return cls(*_unpack(cls.form, body))


@dataclass(frozen=True, slots=True)
class Hello(_Packet):
    """Client: the version it speaks; begins a session."""

    command = 0x2001
    form = "<I"
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Welcome(_Packet):
    """Card: the version it speaks; status 0 is good."""

    command = 0x2002
    form = "<IH"
    version: int = VERSION
    status: int = 0


@dataclass(frozen=True, slots=True)
class Failure(_Packet):
    """Card: why not, a key of ERRORS."""

    command = 0x2000
    form = "<H"
    code: int


@dataclass(frozen=True, slots=True)
class _Piece(_Packet):
    total: int
    offset: int
    data: bytes

    def body(self) -> bytes:
        """Return length of the whole, place in it, bytes."""
        return struct.pack("<II", self.total, self.offset) + self.data

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return what a body says."""
        total, offset = _unpack("<II", body[:8])
        if total > MAX_DOCUMENT_BYTES or offset + len(body) - 8 > total:
            raise ParsingError(f"{len(body) - 8} bytes at {offset} of {total}")
        return cls(total, offset, body[8:])


@dataclass(frozen=True, slots=True)
class AskPiece(_Piece):
    """Client: a piece of an XML document of `total` bytes, from `offset` on."""

    command = 0x2003


@dataclass(frozen=True, slots=True)
class AnswerPiece(_Piece):
    """Card: a piece of its answer."""

    command = 0x2004


@dataclass(frozen=True, slots=True)
class Ping(_Packet):
    """Either side asks whether the other is there."""

    command = 0x005F


@dataclass(frozen=True, slots=True)
class Pong(Ping):
    """The answer to it."""

    command = 0x0060


@dataclass(frozen=True, slots=True)
class FileBegin(_Packet):
    """Client: a file of `size` bytes with this MD5 (hex) comes; `kind` 0 picture, 1 video, 2 font, and others."""

    command = 0x8001
    md5: bytes
    size: int
    kind: int
    name: bytes

    def body(self) -> bytes:
        """Return MD5 with its NUL, size, kind, name with its NUL."""
        return struct.pack(f"<{_MD5_BYTES}sqh", self.md5, self.size, self.kind) + self.name + b"\0"

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return what a body says."""
        md5, size, kind = _unpack(f"<{_MD5_BYTES}sqh", body[: _MD5_BYTES + 10])
        name = body[_MD5_BYTES + 10 :]
        if not (name.endswith(b"\0") and name.count(b"\0") == 1 and len(name) <= MAX_NAME_BYTES + 1):
            raise ParsingError("a file name ends with its only NUL")
        return cls(md5.rstrip(b"\0"), size, kind, name[:-1])


@dataclass(frozen=True, slots=True)
class FileReady(_Packet):
    """Card: send from byte `existing` on; status 0 is good."""

    command = 0x8002
    form = "<hq"
    status: int
    existing: int


@dataclass(frozen=True, slots=True)
class FileBytes(_Packet):
    """Client: the next bytes of the file."""

    command = 0x8003
    data: bytes

    def body(self) -> bytes:
        """Return the bytes."""
        return self.data

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return what a body says."""
        return cls(body)


@dataclass(frozen=True, slots=True)
class FileEnd(Ping):
    """Client: that was the file."""

    command = 0x8005


@dataclass(frozen=True, slots=True)
class FileDone(_Packet):
    """Card: whether the file is whole; status 0 is good."""

    command = 0x8006
    form = "<h"
    status: int


Packet = (
    Hello | Welcome | Failure | AskPiece | AnswerPiece | Ping | FileBegin | FileReady | FileBytes | FileDone
)  # Pong and FileEnd are Pings

_PARSERS: Final[Mapping[int, Callable[[bytes], Packet]]] = {
    one.command: one.parse
    for one in (
        Hello, Welcome, Failure, AskPiece, AnswerPiece, Ping, Pong, FileBegin, FileReady, FileBytes, FileEnd, FileDone,
    )
}  # fmt: skip

#: Codes of a Failure.
ERRORS: Final[Mapping[int, str]] = {
    4: "the device is occupied",
    8: "invalid parameter",
    9: "no space left",
    22: "the XML cannot be read",
    23: "there is no such method",
    43: "the session's GUID is not valid",
    49: "no permission",
}
OCCUPIED: Final = 4
BAD_GUID: Final = 43


class Decoder:
    """Cuts a TCP stream into packets; what is none is skipped byte by byte and counted."""

    def __init__(self) -> None:
        #: Bytes that belonged to no packet.
        self.skipped_total = 0
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Packet]:
        """Take the next bytes, return the packets that are complete now; keeps less than one packet."""
        self._rest += data
        found: list[Packet] = []
        while len(self._rest) >= _HEADER.size:
            length, command = _HEADER.unpack_from(self._rest)
            if command in _PARSERS and _HEADER.size <= length <= MAX_PACKET_BYTES:
                if length > len(self._rest):
                    break
                try:
                    found.append(from_bytes(bytes(self._rest[:length])))
                    del self._rest[:length]
                    continue
                except ParsingError:
                    pass
            self.skipped_total += 1
            del self._rest[:1]
        return found


def from_bytes(packet: bytes) -> Packet:
    """Return what one whole packet says."""
    length, command = _unpack("<HH", packet[: _HEADER.size])
    if length != len(packet) or length > MAX_PACKET_BYTES or command not in _PARSERS:
        raise ParsingError(f"not a whole packet: {packet[:16].hex(' ')}")
    return _PARSERS[command](packet[_HEADER.size :])


def pieces(document: bytes) -> list[AskPiece]:
    """Return the packets that carry a document to a card."""
    return [AskPiece(len(document), at, document[at : at + PIECE_BYTES]) for at in range(0, len(document), PIECE_BYTES)]


class Assembler:
    """Puts the pieces of one direction together again."""

    def __init__(self) -> None:
        self._got = bytearray()

    def add(self, piece: AskPiece | AnswerPiece) -> bytes | None:
        """Return the document when it is whole; a piece that does not continue the last one is a ParsingError."""
        if piece.offset == 0:
            self._got.clear()
        if piece.offset != len(self._got):
            raise ParsingError(f"a piece at {piece.offset} after {len(self._got)} bytes")
        self._got += piece.data
        if len(self._got) < piece.total:
            return None
        whole = bytes(self._got)
        self._got.clear()
        return whole


_DATAGRAM: Final = struct.Struct("<IH")
_SEARCH, _FOUND, _ORDER = 0x1001, 0x1002, 0x2003


@dataclass(frozen=True, slots=True)
class Search:
    """A broadcast that every card answers."""

    def to_bytes(self) -> bytes:
        """Return the datagram."""
        return _DATAGRAM.pack(VERSION, _SEARCH)


@dataclass(frozen=True, slots=True)
class Found:
    """Card: here I am, `card` is my id; `change` counts what changed in my settings."""

    card: bytes
    change: int = 0

    def to_bytes(self) -> bytes:
        """Return the datagram."""
        return _DATAGRAM.pack(VERSION, _FOUND) + struct.pack(f"<{_ID_BYTES}sI", self.card, self.change)


@dataclass(frozen=True, slots=True)
class Order:
    """A document for one card by its id, without a session."""

    card: bytes
    document: bytes

    def to_bytes(self) -> bytes:
        """Return the datagram."""
        return _DATAGRAM.pack(VERSION, _ORDER) + struct.pack(f"<{_ID_BYTES}s", self.card) + self.document


Datagram = Search | Found | Order


def datagram_from_bytes(data: bytes) -> Datagram:
    """Return what one datagram says."""
    version, command = _unpack("<IH", data[: _DATAGRAM.size])
    body = data[_DATAGRAM.size :]
    if version != VERSION:
        raise ParsingError(f"version {version:08X}")
    if command == _SEARCH and not body:
        return Search()
    if command == _FOUND:
        card, change = _unpack(f"<{_ID_BYTES}sI", body)
        return Found(card.rstrip(b"\0"), change)
    if command == _ORDER and len(body) >= _ID_BYTES:
        return Order(body[:_ID_BYTES].rstrip(b"\0"), body[_ID_BYTES:])
    raise ParsingError(f"command {command:04X} with {len(body)} bytes")


def _unpack(form: str, data: bytes) -> tuple[Any, ...]:
    try:
        return struct.unpack(form, data)
    except struct.error as error:
        raise ParsingError(f"{len(data)} bytes: {error}") from error
