"""H.264 without an encoder: one IDR picture whose macroblocks are raw samples (I_PCM), which any decoder reads.

ITU-T H.264: 7.3.2.1.1 (sequence), 7.3.2.2 (picture), 7.3.3 (slice header), 7.3.5 (`mb_type` 25 is I_PCM), Annex B.
Large, and cheap to make: what a simulated camera sends needs no library.
"""

import re
from typing import Final

#: A macroblock is this wide and high; pictures are whole macroblocks.
BLOCK: Final = 16
_START: Final = b"\x00\x00\x00\x01"
_BASELINE: Final = 66
_LEVEL: Final = 31
_I_PCM: Final = 25
_I_SLICE: Final = 7
_LOOKS_LIKE_START: Final = re.compile(rb"\0\0(?=[\0-\x03])")
_GREY_BLOCK: Final = bytes([128]) * (BLOCK * BLOCK // 2)


class _Bits:
    """Bits, most significant first, with Exp-Golomb codes (9.1)."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def put(self, value: int, width: int) -> None:
        self._text.append(f"{value:0{width}b}")

    def ue(self, value: int) -> None:
        coded = f"{value + 1:b}"
        self._text.append("0" * (len(coded) - 1) + coded)

    def done(self, *, stop: bool) -> bytes:
        """Return the bytes: with the stop bit of a payload's end, and filled with zeros."""
        text = "".join(self._text) + ("1" if stop else "")
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def sequence(width: int, height: int) -> bytes:
    """Return the sequence parameter set (NAL type 7) of pictures of whole macroblocks."""
    bits = _Bits()
    for value, size in ((_BASELINE, 8), (0, 8), (_LEVEL, 8)):
        bits.put(value, size)
    for value in (0, 0, 2, 0):  # id, log2 of frame numbers - 4, order as decoded, no reference frames
        bits.ue(value)
    bits.put(0, 1)
    bits.ue(width // BLOCK - 1)
    bits.ue(height // BLOCK - 1)
    bits.put(0b1100, 4)  # frames only, direct inference, not cropped, no usability information
    return b"\x67" + _guarded(bits.done(stop=True))


def picture_set() -> bytes:
    """Return the picture parameter set (NAL type 8): CAVLC, one slice group."""
    bits = _Bits()
    bits.ue(0)
    bits.ue(0)
    bits.put(0, 2)
    for value in (0, 0, 0):  # slice groups - 1, references of both lists - 1
        bits.ue(value)
    bits.put(0, 3)  # no weights
    for value in (0, 0, 0):  # QP, QS, chroma offset
        bits.ue(value)
    bits.put(0b100, 3)  # the slice says whether it is deblocked
    return b"\x68" + _guarded(bits.done(stop=True))


def idr(rows: list[bytes], number: int) -> bytes:
    """Return the slice (NAL type 5) of a grey picture in rows of bytes; neighbours differ in `number`'s parity."""
    bits = _Bits()
    bits.ue(0)
    bits.ue(_I_SLICE)
    bits.ue(0)
    bits.put(0, 4)  # frame number
    bits.ue(number % 2)
    bits.put(0, 2)  # earlier pictures go, no long term
    bits.ue(0)  # QP as it is
    bits.ue(1)  # not deblocked
    bits.ue(_I_PCM)
    payload = bytearray(bits.done(stop=False))
    head = _Bits()
    head.ue(_I_PCM)
    next_block = head.done(stop=False)
    for y in range(0, len(rows), BLOCK):
        band = rows[y : y + BLOCK]
        for x in range(0, len(rows[0]), BLOCK):
            if x or y:
                payload += next_block
            payload += b"".join(row[x : x + BLOCK] for row in band) + _GREY_BLOCK
    return b"\x65" + _guarded(bytes(payload) + b"\x80")


def annex_b(*units: bytes) -> bytes:
    """Return units as a byte stream (Annex B)."""
    return b"".join(_START + unit for unit in units)


def _guarded(payload: bytes) -> bytes:
    """Return a payload in which no start code can be read (7.4.1.1): a 3 after two zeros before 0 to 3."""
    return _LOOKS_LIKE_START.sub(b"\0\0\x03", payload)
