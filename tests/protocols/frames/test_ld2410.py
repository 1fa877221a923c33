"""LD2410 frames, with aio-ld2410's codec as the independent oracle."""

from contextlib import suppress
from typing import Any

import pytest
from aio_ld2410.protocol import command as oracle_command
from aio_ld2410.protocol import frame as oracle_frame
from aio_ld2410.protocol import report as oracle_report
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.ld2410 import (
    CONFIGURE_FRAME,
    MAX_DATA_BYTES,
    Acknowledgement,
    Command,
    CommandFrame,
    Decoder,
    Engineering,
    Frame,
    Report,
    TargetState,
    from_bytes,
)
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("ld2410")
BASIC = Report(TargetState.BOTH, 123, 55, 140, 80, 130)
SAMPLES: dict[str, Frame] = {
    "basic": BASIC,
    "engineering": Report(TargetState.MOVING, 30, 60, 0, 57, 0, Engineering(8, 8, (1,) * 9, (2,) * 9, 0x54, 1)),
    "configure": CONFIGURE_FRAME,
    "configured": Acknowledgement(Command.CONFIGURE, 0, b"\x01\x00\x40\x00"),
}
GARBAGE = bytes.fromhex("00 f4 f3 f2 f4 f3 aa 55 fd fc 04 03 02 01 f8")


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
    stream = b"".join(VECTORS.values())
    assert Decoder().feed(stream) == list(SAMPLES.values())


@pytest.mark.parametrize("at", range(len(VECTORS["basic"])))
def test_a_spoiled_frame_costs_only_itself(at: int) -> None:
    spoiled = bytearray(VECTORS["basic"])
    spoiled[at] ^= 0xFF
    found = Decoder().feed(bytes(spoiled) + VECTORS["basic"] * 5)
    assert found[-4:] == [BASIC] * 4


def test_a_length_above_the_limit_is_skipped_at_once() -> None:
    decoder = Decoder()
    head = VECTORS["basic"][:4] + (MAX_DATA_BYTES + 1).to_bytes(2, "little")
    assert decoder.feed(head + VECTORS["basic"]) == [BASIC]
    assert decoder.skipped_total == len(head)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("f4 f3 f2 f1 0d 00 02 aa 03 7b 00 37 8c 00 50 82 00 55 00 f8 f7 f6", "whole frame"),
        ("f4 f3 f2 f1 0d 00 02 ab 03 7b 00 37 8c 00 50 82 00 55 00 f8 f7 f6 f5", "report"),
        ("f4 f3 f2 f1 0d 00 02 aa 03 7b 00 37 8c 00 50 82 00 55 01 f8 f7 f6 f5", "report"),
        ("f4 f3 f2 f1 02 00 02 aa f8 f7 f6 f5", "report"),
        ("f4 f3 f2 f1 0d 00 03 aa 03 7b 00 37 8c 00 50 82 00 55 00 f8 f7 f6 f5", "type 3"),
        ("f4 f3 f2 f1 0e 00 02 aa 03 7b 00 37 8c 00 50 82 00 00 55 00 f8 f7 f6 f5", "type 2 with 1"),
        ("f4 f3 f2 f1 0d 00 02 aa 07 7b 00 37 8c 00 50 82 00 55 00 f8 f7 f6 f5", "state 7"),
        ("f4 f3 f2 f1 0d 00 01 aa 03 7b 00 37 8c 00 50 82 00 55 00 f8 f7 f6 f5", "0 bytes for"),
        ("f4 f3 f2 f1 11 00 01 aa 03 7b 00 37 8c 00 50 82 00 00 01 02 03 55 00 f8 f7 f6 f5", "gates"),
        ("f4 f3 f2 f1 0f 00 01 aa 03 7b 00 37 8c 00 50 82 00 ff ff 55 00 f8 f7 f6 f5", "gates"),
        ("fd fc fb fa 01 00 ff 04 03 02 01", "without a command"),
        ("fd fc fb fa 02 00 ff 01 04 03 02 01", "acknowledges nothing"),
        ("00", "whole frame"),
    ],
)
def test_a_broken_frame_is_a_parsing_error_that_says_why(text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        from_bytes(bytes.fromhex(text))


def test_a_frame_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(ParsingError, match="limit"):
        from_bytes(CommandFrame(Command.RESTART, bytes(MAX_DATA_BYTES)).to_bytes())


def test_commands_and_acknowledgements_are_not_taken_for_each_other() -> None:
    with pytest.raises(ParsingError, match="commands nothing"):
        CommandFrame.from_bytes(VECTORS["configured"])
    with pytest.raises(ParsingError, match="acknowledges nothing"):
        Acknowledgement.from_bytes(VECTORS["configure"])


def test_calibration_says_nothing_of_people() -> None:
    assert [state.somebody for state in TargetState] == [False, True, True, True, False, False, False]
    assert [state.calibrating for state in TargetState] == [False] * 4 + [True] * 3


bytes_of = st.integers(0, 255)
energies = st.lists(bytes_of, min_size=1, max_size=9).map(tuple)


@st.composite
def engineering_parts(draw: st.DrawFn) -> Engineering:
    moving, static = draw(energies), draw(energies)
    return Engineering(len(moving) - 1, len(static) - 1, moving, static, draw(bytes_of), draw(st.integers(0, 1)))


reports = st.builds(
    Report,
    st.sampled_from(TargetState),
    st.integers(0, 65535),
    bytes_of,
    st.integers(0, 65535),
    bytes_of,
    st.integers(0, 65535),
    st.none() | engineering_parts(),
)


@given(reports)
def test_the_independent_codec_reads_our_reports(report: Report) -> None:
    found: Any = oracle_report.Report.parse(oracle_frame.ReportFrame.parse(report.to_bytes()).data)
    basic = found.data.basic
    assert (int(basic.target_status), basic.moving_distance, basic.moving_energy) == (
        report.state,
        report.moving_cm,
        report.moving_energy,
    )
    assert (basic.static_distance, basic.static_energy, basic.detection_distance) == (
        report.static_cm,
        report.static_energy,
        report.detect_cm,
    )
    more, ours = found.data.engineering, report.engineering
    assert (more is None) == (ours is None)
    if ours is not None:
        assert tuple(more.moving_gate_energy) == ours.moving_energies
        assert tuple(more.static_gate_energy) == ours.static_energies
        assert (more.photosensitive_value, int(more.out_pin_status)) == (ours.light, ours.out_pin)


@given(reports)
def test_we_read_the_reports_of_the_independent_codec(report: Report) -> None:
    parsed = oracle_report.Report.parse(oracle_frame.ReportFrame.parse(report.to_bytes()).data)
    built = oracle_frame.ReportFrame.build({"data": oracle_report.Report.build(parsed)})
    assert from_bytes(built) == report


def test_the_independent_codec_reads_our_commands_and_we_read_its_replies() -> None:
    sent: Any = oracle_command.Command.parse(oracle_frame.CommandFrame.parse(CONFIGURE_FRAME.to_bytes()).data)
    assert int(sent.code) == Command.CONFIGURE
    reply = oracle_command.Reply.build(
        {"code": Command.FIRMWARE, "status": 0, "data": {"type": 1, "minor": 7, "major": 1, "revision": 0x22062416}}
    )
    acknowledged = from_bytes(oracle_frame.CommandFrame.build({"data": reply}))
    assert acknowledged == Acknowledgement(Command.FIRMWARE, 0, bytes.fromhex("00 01 07 01 16 24 06 22"))


@given(reports, st.binary(max_size=40), st.lists(st.integers(1, 30), max_size=10))
def test_however_the_stream_is_cut_the_frame_is_found(report: Report, garbage: bytes, cuts: list[int]) -> None:
    stream = garbage + report.to_bytes() * 6
    decoder, found = Decoder(), []
    for size in cuts:
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    found += decoder.feed(stream)
    assert found[-2:] == [report] * 2


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_decoder_and_it_keeps_less_than_a_frame(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(data)
    assert len(decoder._rest) < MAX_DATA_BYTES + 14
    with suppress(ParsingError):
        from_bytes(data)
