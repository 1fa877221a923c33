"""Key frames out of RTP packets (RFC 3550): H.264 (RFC 6184, packetization modes 0 and 1) and H.265 (RFC 7798).

All else is only counted. What comes out is a byte stream (Annex B) of parameter sets and the slices of one picture,
which a decoder reads alone. A gap spoils the picture in which it is noticed: what is handed out is whole.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from protocols.errors import ParsingError
from protocols.frames.sdp import Codec

#: A key frame of 4K at a high rate has 1 to 2 MB.
MAX_KEY_BYTES: Final = 4 * 1024 * 1024
#: NAL units of one picture: slices, and what describes it.
MAX_UNITS: Final = 256
_START: Final = b"\x00\x00\x00\x01"
_VERSION: Final = 2
_HEAD: Final = 12
_SEQUENCES: Final = 1 << 16

#: Types of NAL units: aggregation, fragment, parameter sets, and slices of a picture that needs no other.
_H264: Final = (24, 28, frozenset({7, 8}), frozenset({5}))
_HEVC: Final = (48, 49, frozenset({32, 33, 34}), frozenset(range(16, 22)))


class KeyFrames:
    """Packets of one video in, key frames out. `wanted` False: pictures are counted, and nothing is put together."""

    def __init__(self, codec: Codec, sets: Sequence[bytes] = ()) -> None:
        self.wanted = True
        self.packets_total = 0
        self.lost_total = 0
        self.pictures_total = 0
        self._aggregate, self._fragment, self._set_types, self._key_types = _H264 if codec == "h264" else _HEVC
        self._head = 1 if codec == "h264" else 2
        self._type: Callable[[int], int] = _h264_type if codec == "h264" else _hevc_type
        self._sets = {self._type(unit[0]): unit for unit in sets}
        self._next: int | None = None
        self._stamp = -1
        self._clear()

    def _clear(self) -> None:
        self._units: list[bytes] = []
        self._open: bytearray | None = None
        self._size = 0
        self._spoiled = False

    def feed(self, packet: bytes) -> bytes | None:
        """Take one packet; return a key frame when it is whole. ParsingError when it is no packet of this video."""
        marked, number, stamp, payload = _taken_apart(packet)
        self.packets_total += 1
        missing = 0 if self._next is None else (number - self._next) % _SEQUENCES
        self._next = (number + 1) % _SEQUENCES
        if stamp != self._stamp:
            self._stamp = stamp
            self.pictures_total += 1
            self._clear()
        if 0 < missing < _SEQUENCES // 2:
            self.lost_total += missing
            self._spoiled = True
        self._read(payload)
        return self._finished() if marked else None

    def _read(self, payload: bytes) -> None:
        if len(payload) <= self._head:
            return
        kind = self._type(payload[0])
        if kind == self._fragment:
            self._take_fragment(payload)
        elif kind == self._aggregate:
            for unit in _aggregated(payload[self._head :]):
                self._take(unit)
        else:
            self._take(payload)

    def _take(self, unit: bytes) -> None:
        kind = self._type(unit[0])
        if kind in self._set_types:
            self._sets[kind] = unit
        elif kind in self._key_types and self.wanted:
            self._keep(unit)

    def _take_fragment(self, payload: bytes) -> None:
        told = payload[self._head]
        if told & 0x80:
            kind = told & (0x1F if self._head == 1 else 0x3F)
            self._open = bytearray(self._rebuilt(payload, kind)) if kind in self._key_types and self.wanted else None
        if self._open is None:
            return
        self._open += payload[self._head + 1 :]
        if self._size + len(self._open) > MAX_KEY_BYTES:
            self._open, self._spoiled = None, True
        elif told & 0x40:
            unit, self._open = bytes(self._open), None
            self._keep(unit)

    def _rebuilt(self, payload: bytes, kind: int) -> bytes:
        """Return the head of the unit that was cut into fragments."""
        if self._head == 1:
            return bytes([payload[0] & 0xE0 | kind])
        return bytes([payload[0] & 0x81 | kind << 1, payload[1]])

    def _keep(self, unit: bytes) -> None:
        self._size += len(unit)
        if self._size > MAX_KEY_BYTES or len(self._units) >= MAX_UNITS:
            self._spoiled = True
        else:
            self._units.append(unit)

    def _finished(self) -> bytes | None:
        whole = bool(self._units) and self._open is None and not self._spoiled
        units = [*(self._sets[kind] for kind in sorted(self._sets)), *self._units] if whole else []
        self._clear()
        return b"".join(_START + unit for unit in units) if whole else None


def _h264_type(first: int) -> int:
    return first & 0x1F


def _hevc_type(first: int) -> int:
    return first >> 1 & 0x3F


def _taken_apart(packet: bytes) -> tuple[bool, int, int, bytes]:
    """Return (marker, sequence number, time stamp, payload)."""
    if len(packet) < _HEAD or packet[0] >> 6 != _VERSION:
        raise ParsingError("no packet of RTP version 2")
    start = _HEAD + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    if start > end:
        raise ParsingError("a packet of RTP that is shorter than its own head")
    number, stamp = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
    return bool(packet[1] & 0x80), number, stamp, packet[start:end]


def _aggregated(payload: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + size]
        if len(unit) != size or not size:
            return
        yield unit
        at += 2 + size
