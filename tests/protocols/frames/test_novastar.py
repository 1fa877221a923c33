"""Novastar M3 frames: the vendor's vectors, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.novastar import (
    ALL_CARDS,
    EVERY_CARD,
    MAX_DATA_BYTES,
    MONITORING_BYTES,
    Ack,
    Decoder,
    DeviceType,
    Frame,
    Monitoring,
    Place,
    Read,
    Register,
    Reply,
    Write,
    from_bytes,
    valid_inputs,
)
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("novastar")
FIRST_CARD = Place(DeviceType.RECEIVING)
SAMPLES: dict[str, Frame] = {
    "probe": Read(Place(), Register.MODEL, 2),
    "read_brightness": Read(FIRST_CARD, Register.BRIGHTNESS, 5, 0x14),
    "brightness": Reply(FIRST_CARD, Register.BRIGHTNESS, Ack.OK, write=False, data=b"\xff" * 5, serial=0x14),
    "set_brightness": Write(EVERY_CARD, Register.BRIGHTNESS, bytes.fromhex("80 00 80 80 80"), 0x15),
    "black_out_card_0": Write(FIRST_CARD, Register.KILL, b"\xff", 0x80),
    "black_out_port": Write(Place(DeviceType.RECEIVING, 0, ALL_CARDS), Register.KILL, b"\xff", 0x80),
    "read_monitoring": Read(FIRST_CARD, Register.MONITORING, MONITORING_BYTES, 0x32),
    "codec": Write(Place(DeviceType.RECEIVING, 0x11, 0x234), Register.BRIGHTNESS, b"\x80", 0x15),
    "npm_set_brightness": Write(EVERY_CARD, Register.BRIGHTNESS, b"\x40", 2),
}
#: Heads that begin nothing, a head with an impossible length, and the start of a frame that is never finished.
GARBAGE = bytes.fromhex("00 55 55 aa aa 55 aa 55 00 14 00 fe 01 00 00 00 00 00 01 00 00 02 ff ff 55 aa 00 aa")


def test_every_vector_has_its_sample() -> None:
    assert SAMPLES.keys() == VECTORS.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_its_bytes_both_ways(name: str) -> None:
    assert SAMPLES[name].to_bytes() == VECTORS[name]
    assert from_bytes(VECTORS[name]) == SAMPLES[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_found_byte_by_byte_between_garbage(name: str) -> None:
    decoder = Decoder()
    found = [frame for byte in GARBAGE + VECTORS[name] + GARBAGE for frame in decoder.feed(bytes((byte,)))]
    assert found == [SAMPLES[name]]
    assert decoder.skipped_total >= len(GARBAGE)


def test_frames_back_to_back_are_all_found() -> None:
    assert Decoder().feed(b"".join(VECTORS.values())) == list(SAMPLES.values())


@pytest.mark.parametrize("at", range(len(VECTORS["brightness"])))
def test_a_spoiled_frame_costs_only_itself(at: int) -> None:
    spoiled = bytearray(VECTORS["brightness"])
    spoiled[at] ^= 0xFF
    again = VECTORS["brightness"]
    found = Decoder().feed(bytes(spoiled) + again * (2 + MAX_DATA_BYTES // len(again)))
    assert found[-1] == SAMPLES["brightness"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("55 aa", "whole frame"),
        ("55 AA 00 00 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 57", "whole frame"),
        ("55 AA 00 00 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 57 57", "wrong sum"),
        ("55 AA 01 00 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 58 56", "whole frame"),
        ("AA 55 05 00 00 FE 00 00 00 00 00 00 02 00 00 00 00 00 5a 56", "whole frame"),
        ("55 AA 00 00 00 00 00 00 00 00 00 00 02 00 00 00 02 00 59 55", "whole frame"),
        ("54 AA 00 00 FE FE 00 00 00 00 00 00 02 00 00 00 02 00 57 56", "whole frame"),
    ],
)
def test_a_broken_frame_is_a_parsing_error_that_says_why(text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        from_bytes(bytes.fromhex(text))


def test_a_set_bit_means_a_valid_input_as_in_the_vendors_examples() -> None:
    assert valid_inputs(0x02) == ("HDMI",)
    assert valid_inputs(0) == ()
    assert valid_inputs(0b100_0101) == ("SDI", "DVI1", "DP")


MEASURED = Monitoring(-12.5, 45, 4.8, smoke=True, fans_rpm=(1200, 0, 12750, 50), doors=0b10)


def test_what_a_card_measures_is_at_its_offsets() -> None:
    data = bytearray(MONITORING_BYTES)
    data[0:4] = bytes((0x81, 25, 0x80 | 45, 0x80 | 48))
    data[0x20], data[0x2A], data[0x41] = 0xFF, 1, 2
    data[0x2B:0x2F] = bytes((24, 0, 255, 1))
    assert MEASURED.to_bytes() == bytes(data)
    assert Monitoring.from_bytes(bytes(data)) == MEASURED


def test_what_is_not_measured_is_not_zero() -> None:
    assert Monitoring.from_bytes(bytes(MONITORING_BYTES)) == Monitoring()
    assert Monitoring().to_bytes() == bytes(MONITORING_BYTES)
    with pytest.raises(ParsingError, match="255 bytes"):
        Monitoring.from_bytes(bytes(255))


byte = st.integers(0, 255)
word = st.integers(0, 0xFFFF)
address = st.integers(0, 0xFFFF_FFFF)
places = st.builds(Place, st.sampled_from(DeviceType), byte, word, byte)
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Read, places, address, st.integers(0, MAX_DATA_BYTES), byte),
    st.builds(Write, places, address, st.binary(max_size=40), byte),
    st.builds(Reply, places, address, st.sampled_from(Ack), st.booleans(), st.binary(max_size=40), byte),
)
measured = st.builds(
    Monitoring,
    st.integers(0, 255).map(lambda n: n / 2),
    st.integers(0, 127),
    st.integers(0, 127).map(lambda n: n / 10),
    st.booleans(),
    st.tuples(*[st.integers(0, 255).map(lambda n: n * 50)] * 4),
    byte,
)


@given(frames, st.integers(1, 30))
def test_however_the_stream_is_cut_the_frame_is_found(frame: Frame, size: int) -> None:
    stream = frame.to_bytes() * 2
    decoder = Decoder()
    assert [f for at in range(0, len(stream), size) for f in decoder.feed(stream[at : at + size])] == [frame, frame]


@given(measured)
def test_every_measurement_survives(one: Monitoring) -> None:
    assert Monitoring.from_bytes(one.to_bytes()) == one


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_crash_the_decoder(data: bytes, size: int) -> None:
    decoder = Decoder()
    for at in range(0, len(data), size):
        decoder.feed(data[at : at + size])
        assert len(decoder._rest) <= MAX_DATA_BYTES + 20


@given(st.binary(min_size=MONITORING_BYTES, max_size=MONITORING_BYTES))
def test_any_monitoring_is_read(data: bytes) -> None:
    Monitoring.from_bytes(data)
