"""Reader of second-generation identity cards (SAM_V, GA 467): requests, replies and their framing, on 115200 8N1.

AA AA AA 96 69 | length, big-endian, of what follows | body | XOR of length and body. A request's body is command,
parameter and data, a reply's three status bytes and data. What a card says (`CardData`) never shows in a repr or error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self, TypeVar

from protocols.errors import ParsingError
from protocols.frames.headed import HeadedDecoder

HEAD: Final = b"\xaa\xaa\xaa\x96\x69"
_LENGTH_BYTES: Final = 2
_CHECK_BYTES: Final = 1
_START: Final = len(HEAD) + _LENGTH_BYTES

TEXT_BYTES: Final = 256
PHOTO_BYTES: Final = 1024
#: A card has fingerprints (1024 bytes) or none.
FINGERPRINT_BYTES: Final = (0, 1024)
#: Status, three lengths, text, photo, fingerprints: the longest reply (2,321 bytes with its framing).
MAX_BODY_BYTES: Final = 3 + 6 + TEXT_BYTES + PHOTO_BYTES + FINGERPRINT_BYTES[1]
_REQUEST_BYTES: Final = 2
_REPLY_BYTES: Final = 3

FOUND_BYTES: Final = 4
SELECTED_BYTES: Final = 8
SAM_ID_BYTES: Final = 16
ADDRESS_BYTES: Final = 70


class Status(IntEnum):
    """The third status byte."""

    CHECKSUM = 0x10
    LENGTH = 0x11
    BAD_COMMAND = 0x21
    NOT_PERMITTED = 0x23
    UNKNOWN = 0x24
    CARD_REJECTS_SAM = 0x31
    SAM_REJECTS_CARD = 0x32
    INFORMATION_UNVERIFIED = 0x33
    FINGERPRINT_UNVERIFIED = 0x37
    CARD_LENGTH = 0x3F
    UNKNOWN_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_LICENSED = 0x66
    NOT_FOUND = 0x80
    SELECT_FAILED = 0x81
    OK = 0x90
    NO_SUCH_ITEM = 0x91
    FOUND = 0x9F


#: The reader itself is unfit: no card will ever be read.
UNFIT: Final = frozenset({Status.SELF_TEST_FAILED, Status.NOT_LICENSED})


@dataclass(frozen=True, slots=True)
class Request:
    """Host to reader."""

    command: int
    parameter: int
    data: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return SamvFraming.wrap(bytes((self.command, self.parameter)) + self.data)

    @classmethod
    def from_body(cls, body: bytes) -> Self:
        """Return the request of an unwrapped body."""
        if len(body) < _REQUEST_BYTES:
            raise ParsingError("a request without command and parameter")
        return cls(body[0], body[1], body[2:])


FIND: Final = Request(0x20, 0x01)
SELECT: Final = Request(0x20, 0x02)
READ: Final = Request(0x30, 0x01)
#: These opcodes are general knowledge, not seen in a published source.
READ_ADDRESS: Final = Request(0x30, 0x03)
READ_WITH_FINGERPRINT: Final = Request(0x30, 0x10)
RESET: Final = Request(0x10, 0xFF)
SAM_STATUS: Final = Request(0x11, 0xFF)
SAM_ID: Final = Request(0x12, 0xFF)


@dataclass(frozen=True, slots=True)
class Reply:
    """Reader to host; what it carries may be a card's, so it shows its size only."""

    status: int
    data: bytes = field(default=b"", repr=False)
    sw1: int = 0
    sw2: int = 0

    def to_bytes(self) -> bytes:
        """Return the frame."""
        return SamvFraming.wrap(bytes((self.sw1, self.sw2, self.status)) + self.data)

    @classmethod
    def from_body(cls, body: bytes) -> Self:
        """Return the reply of an unwrapped body."""
        if len(body) < _REPLY_BYTES:
            raise ParsingError("a reply without its three status bytes")
        return cls(body[2], body[3:], body[0], body[1])

    @property
    def meaning(self) -> str:
        """Return the status in words, for people who repair readers."""
        known = {status.value: status.name.lower().replace("_", " ") for status in Status}
        return known.get(self.status, f"status {self.status:02X}")


@dataclass(frozen=True, slots=True)
class CardData:
    """What `READ` returns. The photo is WLT, which only the vendor's library decodes: nobody keeps it."""

    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    #: None: it was not asked for.
    fingerprint: bytes | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """Return the data of the reply."""
        sizes = [len(self.text), len(self.photo)]
        if self.fingerprint is not None:
            sizes.append(len(self.fingerprint))
        return b"".join(size.to_bytes(2, "big") for size in sizes) + self.text + self.photo + (self.fingerprint or b"")

    @classmethod
    def from_bytes(cls, data: bytes, *, fingerprint: bool = False) -> Self:
        """Return what a reply's data hold; `fingerprint` says that it was asked for."""
        count = 3 if fingerprint else 2
        sizes = tuple(int.from_bytes(data[2 * at : 2 * at + 2], "big") for at in range(count))
        if sizes[:2] != (TEXT_BYTES, PHOTO_BYTES) or sizes[2:] not in ((), *((size,) for size in FINGERPRINT_BYTES)):
            raise ParsingError(f"a card's parts of {sizes} bytes")
        if len(data) != 2 * count + sum(sizes):
            raise ParsingError(f"{len(data)} bytes for a card's parts of {sizes}")
        text, rest = data[2 * count : 2 * count + TEXT_BYTES], data[2 * count + TEXT_BYTES :]
        return cls(text, rest[:PHOTO_BYTES], rest[PHOTO_BYTES:] if fingerprint else None)


class SamvFraming:
    """AA AA AA 96 69, a length in big-endian order, XOR."""

    head: Final = HEAD
    start_bytes: Final = _START

    @staticmethod
    def wrap(body: bytes) -> bytes:
        """Return a body in its frame."""
        checked = (len(body) + _CHECK_BYTES).to_bytes(_LENGTH_BYTES, "big") + body
        return HEAD + checked + bytes((_xor(checked),))

    @staticmethod
    def size(start: bytes) -> int | None:
        """Return the size of a frame that starts so, None when it is none."""
        length = int.from_bytes(start[len(HEAD) : _START], "big")
        return _START + length if _REQUEST_BYTES < length <= MAX_BODY_BYTES + _CHECK_BYTES else None

    @staticmethod
    def unwrap(frame: bytes) -> bytes:
        """Return the body of one whole frame."""
        if not frame.startswith(HEAD) or len(frame) < _START or SamvFraming.size(frame) != len(frame):
            raise ParsingError(f"{len(frame)} bytes are not one frame")
        if _xor(frame[len(HEAD) : -_CHECK_BYTES]) != frame[-1]:
            raise ParsingError("the XOR of a frame is wrong")
        return frame[_START:-_CHECK_BYTES]


Framing = type[SamvFraming]
#: Readers of another dialect (STX, length, body, LRC, ETX) get their line here; commands and cards stay the same.
FRAMINGS: Final[Mapping[str, Framing]] = {"samv": SamvFraming}

Body = TypeVar("Body", bound=Request | Reply)


class Decoder(HeadedDecoder[Body]):
    """Cuts a stream into requests or replies, whichever `parse` makes of a body."""

    def __init__(self, parse: Callable[[bytes], Body], framing: Framing = SamvFraming) -> None:
        super().__init__((framing.head,), framing.start_bytes, framing.size, lambda frame: parse(framing.unwrap(frame)))


def _xor(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
    return found
