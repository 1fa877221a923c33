"""Key frames out of packets: single units, aggregates, fragments, what is lost; and never another error."""

import struct
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import rtp
from protocols.frames.rtp import KeyFrames
from protocols.frames.sdp import Codec

SPS, PPS, IDR, SLICE = b"\x67sps", b"\x68pps", b"\x65picture", b"\x41moves"
START = b"\0\0\0\1"


def packet(number: int, stamp: int, payload: bytes, *, last: bool = False, head: int = 0x80) -> bytes:
    """Return a packet of RTP as RFC 3550 §5.1 has it."""
    return struct.pack(">BBHII", head, 96 | last << 7, number % 65_536, stamp, 1) + payload


def fed(frames: KeyFrames, packets: Sequence[bytes]) -> list[bytes]:
    return [key for one in packets if (key := frames.feed(one)) is not None]


def fragments(unit: bytes, size: int = 3) -> list[bytes]:
    """Return a unit of H.264 in fragments FU-A (RFC 6184 §5.8)."""
    pieces = [unit[at : at + size] for at in range(1, len(unit), size)]
    return [
        bytes([unit[0] & 0xE0 | 28, (at == 0) << 7 | (at == len(pieces) - 1) << 6 | unit[0] & 0x1F]) + piece
        for at, piece in enumerate(pieces)
    ]


def test_a_unit_in_one_packet_comes_with_the_sets_of_the_description() -> None:
    frames = KeyFrames("h264", [SPS, PPS])
    assert fed(frames, [packet(7, 1, SLICE, last=True), packet(8, 2, IDR, last=True)]) == [
        START + SPS + START + PPS + START + IDR
    ]
    assert (frames.packets_total, frames.pictures_total, frames.lost_total) == (2, 2, 0)


def test_sets_in_an_aggregate_replace_those_of_the_description() -> None:
    frames = KeyFrames("h264", [SPS, PPS])
    newer = b"\x67new"
    both = b"\x78" + b"".join(struct.pack(">H", len(one)) + one for one in (newer, PPS))
    assert fed(frames, [packet(1, 1, both), packet(2, 1, IDR, last=True)]) == [
        START + newer + START + PPS + START + IDR
    ]


@pytest.mark.parametrize("aggregate", [b"\x78\0\0ab", b"\x78\0\x09ab", b"\x78\0"])
def test_an_aggregate_that_lies_about_its_sizes_is_read_no_further(aggregate: bytes) -> None:
    frames = KeyFrames("h264", [SPS])
    assert fed(frames, [packet(1, 1, aggregate), packet(2, 1, IDR, last=True)]) == [START + SPS + START + IDR]


def test_fragments_are_joined_and_several_slices_are_one_picture() -> None:
    frames = KeyFrames("h264")
    pieces = [*fragments(IDR), *fragments(SLICE), *fragments(b"\x65second")]
    packets = [packet(65_534 + n, 9, one, last=n == len(pieces) - 1) for n, one in enumerate(pieces)]
    assert fed(frames, packets) == [START + IDR + START + b"\x65second"]
    assert frames.lost_total == 0  # the numbers went over their end


def test_hevc() -> None:
    vps, sps, pps = b"\x40\1v", b"\x42\1s", b"\x44\1p"
    frames = KeyFrames("hevc", [vps, sps, pps])
    idr = b"\x26\1picture"
    pieces = [b"\x62\1" + bytes([0x80 | 19]) + b"pict", b"\x62\1" + bytes([0x40 | 19]) + b"ure"]
    whole = b"".join(START + one for one in (vps, sps, pps, idr))
    assert fed(frames, [packet(1, 1, pieces[0]), packet(2, 1, pieces[1], last=True)]) == [whole]
    aggregate = b"\x60\1" + struct.pack(">H", len(idr)) + idr
    assert fed(frames, [packet(3, 2, aggregate, last=True)]) == [whole]
    assert fed(frames, [packet(4, 3, b"\x02\1moves", last=True)]) == []


def test_a_lost_packet_spoils_the_picture_that_it_may_belong_to() -> None:
    frames = KeyFrames("h264")
    first, second, third = (fragments(b"\x65" + text) for text in (b"one one", b"two two", b"three"))
    packets = [packet(n, 1, one, last=n == 2) for n, one in enumerate(first) if n != 1]
    packets += [packet(3 + n, 2, one, last=n == 2) for n, one in enumerate(second)]
    packets += [packet(6 + n, 3, one) for n, one in enumerate(third)][:-1]  # its end never comes
    packets += [packet(8, 4, IDR, last=True)]  # whose beginning may be lost with it
    assert fed(frames, packets) == [START + b"\x65two two"]
    assert frames.lost_total == 2
    assert fed(frames, [packet(9, 5, IDR, last=True)]) == [START + IDR]


def test_an_older_packet_counts_as_no_loss_and_an_end_without_a_beginning_is_nothing() -> None:
    frames = KeyFrames("h264")
    assert fed(frames, [packet(10, 1, b"\x41x"), packet(9, 1, fragments(IDR)[-1], last=True)]) == []
    assert frames.lost_total == 0
    assert fed(frames, [packet(10, 2, fragments(IDR)[0], last=True)]) == []  # it never ends


def test_what_is_not_wanted_is_counted_and_not_kept() -> None:
    frames = KeyFrames("h264", [SPS])
    frames.wanted = False
    assert fed(frames, [packet(1, 1, IDR, last=True), *[packet(2, 2, one) for one in fragments(IDR)]]) == []
    frames.wanted = True
    assert fed(frames, [packet(5, 3, b"\x65"), packet(6, 3, b"", last=True)]) == []  # heads alone
    assert frames.pictures_total == 3


def test_padding_sources_and_extensions_are_left_out() -> None:
    frames = KeyFrames("h264")
    padded = packet(1, 1, b"\0\0\0\1" + IDR + b"\0\0\3", last=True, head=0xA1)
    extended = packet(2, 2, b"\0\0\0\1----" + IDR, last=True, head=0x90)
    assert fed(frames, [padded, extended]) == [START + IDR] * 2


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x40" + b"0" * 20, packet(1, 1, b"\xff", head=0xA0),
                                  packet(1, 1, b"", head=0x8F), packet(1, 1, b"\0\0\0\x09", head=0x90)])  # fmt: skip
def test_what_is_no_packet_is_said(data: bytes) -> None:
    with pytest.raises(ParsingError):
        KeyFrames("h264").feed(data)


def test_pictures_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp, "MAX_KEY_BYTES", 20)
    monkeypatch.setattr(rtp, "MAX_UNITS", 2)
    frames = KeyFrames("h264")
    assert fed(frames, [packet(n, 1, one, last=n == 9) for n, one in enumerate(fragments(b"\x65" + b"x" * 30))]) == []
    assert fed(frames, [packet(20, 2, b"\x65" + b"y" * 20, last=True)]) == []
    assert fed(frames, [packet(21 + n, 3, IDR[:5], last=n == 2) for n in range(3)]) == []
    assert fed(frames, [packet(24 + n, 4, IDR[:5], last=n == 1) for n in range(2)]) == [2 * (START + IDR[:5])]


@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=20), st.sampled_from(["h264", "hevc"]))
def test_nonsense_raises_nothing_else_and_nothing_grows(pieces: list[tuple[bytes, bool]], codec: Codec) -> None:
    frames = KeyFrames(codec)
    for number, (payload, last) in enumerate(pieces):
        with suppress(ParsingError):
            frames.feed(packet(number, number // 3, payload, last=last))
        with suppress(ParsingError):
            frames.feed(payload)
