"""MQTT 5 packets as they stand in the byte stream: cut apart, and PUBLISH read (OASIS MQTT 5.0, §2 and §3.3). No I/O.

The library reads a packet with a system call per byte of its head and builds a property object per packet; that costs
more than everything else that is done with a small message. Only PUBLISH is read here, all else is the library's.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from cloud.platform.errors import CloudError

#: First byte of a PUBLISH without its flags, and of a PUBACK.
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
_QOS: Final = 0x06
_QOS_AT_LEAST_ONCE: Final = 0x02
_RETAIN: Final = 0x01
#: The length of a packet is written with 7 bits a byte, in 4 bytes at most.
_MORE: Final = 0x80
_LENGTH_BYTES: Final = 4

_CONTENT_TYPE: Final = 0x03
_USER_PROPERTY: Final = 0x26
_SUBSCRIPTION: Final = 0x0B
#: Properties of a PUBLISH that nobody asks for -> how long they are: a number of bytes, None for a text or bytes.
_SKIPPED: Final[dict[int, int | None]] = {0x01: 1, 0x02: 4, 0x08: None, 0x09: None, 0x23: 2}

_U16: Final = struct.Struct("!H")
_ACK: Final = struct.Struct("!BBH")


class PacketError(CloudError):
    """The bytes are not MQTT 5: the connection cannot go on."""


class Publish(NamedTuple):
    """One PUBLISH; `packet_id` is 0 with QoS 0. A text that is not UTF-8 has U+FFFD in it and fits nothing of ours."""

    topic: str
    payload: bytes
    packet_id: int
    retained: bool
    content_type: str | None
    user_properties: list[tuple[str, str]]


def cut(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (start, start of the body, end) of every whole packet in `stream`; PacketError for a length of 5 bytes."""
    start, size = 0, len(stream)
    while start + 2 <= size:
        body, length, shift = start + 1, 0, 0
        while True:
            if body == size:
                return
            byte = stream[body]
            body += 1
            length |= (byte & 0x7F) << shift
            if byte < _MORE:
                break
            shift += 7
            if shift == 7 * _LENGTH_BYTES:
                raise PacketError("the length of a packet has more than 4 bytes")
        end = body + length
        if end > size:
            return
        yield start, body, end
        start = end


def read_publish(stream: bytes, start: int, body: int, end: int) -> Publish:
    """Return the PUBLISH at `start`; PacketError when it is malformed or of QoS 2."""
    head = stream[start]
    try:
        at = body + 2
        at += _U16.unpack_from(stream, body)[0]
        topic = stream[body + 2 : at].decode("utf-8", "replace")
        packet_id = 0
        if head & _QOS:
            packet_id = _U16.unpack_from(stream, at)[0]
            at += 2
        at, properties_end = _measure(stream, at)
        content_type, pairs = _properties(stream, at, properties_end)
    except (IndexError, ValueError, struct.error) as error:
        raise PacketError(f"a PUBLISH is malformed: {error}") from error
    if properties_end > end or not topic or head & _QOS not in {0, _QOS_AT_LEAST_ONCE}:
        raise PacketError("a PUBLISH is malformed: its properties leave the packet, no topic, or a QoS not asked for")
    return Publish(topic, stream[properties_end:end], packet_id, bool(head & _RETAIN), content_type, pairs)


def retained(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Return a PUBLISH of a retained document with QoS 1 and no properties (§3.3)."""
    name = topic.encode()
    body = _U16.pack(len(name)) + name + _U16.pack(packet_id) + b"\0" + payload
    return bytes((PUBLISH | _QOS_AT_LEAST_ONCE | _RETAIN,)) + written_length(len(body)) + body


def confirmed_id(stream: bytes, body: int) -> int:
    """Return the packet id of the PUBACK whose body begins at `body`."""
    return int.from_bytes(stream[body : body + 2], "big")


def puback(packet_id: int) -> bytes:
    """Return a PUBACK that says success (§3.4)."""
    return _ACK.pack(PUBACK, 2, packet_id)


def written_length(value: int) -> bytes:
    """Return a length, 7 bits a byte, the lowest first (§1.5.5)."""
    written = bytearray()
    while value >= _MORE:
        written.append(value & 0x7F | _MORE)
        value >>= 7
    written.append(value)
    return bytes(written)


def _properties(stream: bytes, at: int, end: int) -> tuple[str | None, list[tuple[str, str]]]:
    content_type: str | None = None
    pairs: list[tuple[str, str]] = []
    while at < end:
        kind = stream[at]
        if kind == _USER_PROPERTY:
            value = at + 3 + (stream[at + 1] << 8 | stream[at + 2])
            rest = value + 2 + (stream[value] << 8 | stream[value + 1])
            name = stream[at + 3 : value].decode("utf-8", "replace")
            pairs.append((name, stream[value + 2 : rest].decode("utf-8", "replace")))
            at = rest
        elif kind == _CONTENT_TYPE:
            rest = at + 3 + (stream[at + 1] << 8 | stream[at + 2])
            content_type = stream[at + 3 : rest].decode("utf-8", "replace")
            at = rest
        elif kind == _SUBSCRIPTION:
            at, _ = _measure(stream, at + 1)
        elif kind in _SKIPPED:
            length = _SKIPPED[kind]
            at += 3 + (stream[at + 1] << 8 | stream[at + 2]) if length is None else 1 + length
        else:
            raise ValueError(f"property {kind:#04x} does not belong here")
    if at != end:
        raise ValueError("a property leaves its packet")
    return content_type, pairs


def _measure(stream: bytes, at: int) -> tuple[int, int]:
    """Return where what a length stands before begins, and where it ends."""
    length = shift = 0
    while True:
        byte = stream[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < _MORE:
            return at, at + length
        shift += 7
        if shift == 7 * _LENGTH_BYTES:
            raise ValueError("a length has more than 4 bytes")
