"""ESC/POS: the vectors both ways, with python-escpos as the independent writer and reader of states."""

from contextlib import suppress
from typing import Any

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import escpos
from protocols.frames.escpos import (
    CHINESE,
    INITIALIZE,
    MAX_DATA_BYTES,
    MAX_TEXT_BYTES,
    Cut,
    Decoder,
    Item,
    LineFeed,
    Plain,
    Raster,
    SensorRequest,
    StatusRequest,
    Symbol,
    Text,
    magnify,
    qr_code,
)
from protocols.frames.escpos_answers import AnswerDecoder, Asked, RealTime, Sensor, Status
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("escpos")
QR = qr_code(b"PR")
SAMPLES: dict[str, Item] = {
    "ask-printer": StatusRequest(1),
    "ask-offline": StatusRequest(2),
    "ask-error": StatusRequest(3),
    "ask-paper": StatusRequest(4),
    "ask-sensor": SensorRequest(),
    "initialize": INITIALIZE,
    "chinese": CHINESE,
    "cut": Cut(),
    "cut-feeding": Cut(66, 16),
    "raster": Raster(2, bytes.fromhex("FF 01 80 7E 00 1B")),
    "qr-model": QR[0],
    "qr-size": QR[1],
    "qr-level": QR[2],
    "qr-store": QR[3],
    "qr-print": QR[4],
    "text": Text("岗位小票".encode("gb18030")),
    "feed": LineFeed(),
    "big": magnify(width=2, height=2),
}
#: Control bytes that begin nothing, leads with letters that nobody has, arguments out of bounds.
GARBAGE = bytes.fromhex("00 07 1B 01 1D 02 10 09 1C 03 1D 56 05 10 04 08 1D 76 31 00 01 00 01 00 01")


def joined(items: list[Item]) -> list[Item]:
    """Return items with neighbouring pieces of text put together: a printer prints them the same."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Text) and found and isinstance(found[-1], Text):
            found[-1] = Text(found[-1].data + item.data)
        else:
            found.append(item)
    return found


def test_every_vector_has_its_sample() -> None:
    assert SAMPLES.keys() == VECTORS.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_its_bytes_both_ways(name: str) -> None:
    assert SAMPLES[name].to_bytes() == VECTORS[name]
    assert Decoder().feed(VECTORS[name]) == [SAMPLES[name]]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_found_byte_by_byte_between_garbage(name: str) -> None:
    # The garbage ends in text bytes' place with a byte that is none.
    decoder = Decoder()
    found = [item for byte in GARBAGE + VECTORS[name] + GARBAGE for item in decoder.feed(bytes((byte,)))]
    assert SAMPLES[name] in joined([one for one in found if one not in (Text(b"V"), Text(b"v1"))])
    assert decoder.skipped_total > 0


def test_items_back_to_back_are_all_found() -> None:
    assert Decoder().feed(b"".join(VECTORS.values())) == list(SAMPLES.values())
    assert escpos.to_bytes(tuple(SAMPLES.values())) == b"".join(VECTORS.values())


@pytest.mark.parametrize(
    ("text", "bits"),
    [("12", 0), ("1E", 0x0C), ("7E", 0x6C), ("1A", 0x08), ("32", 0x20)],
)
def test_the_answers_seen_are_read_and_written(text: str, bits: int) -> None:
    (byte,) = bytes.fromhex(text)
    assert RealTime.from_byte(byte) == RealTime(bits)
    assert RealTime(bits).to_bytes() == bytes((byte,))
    assert AnswerDecoder().feed(bytes((byte,))) == [RealTime(bits)]


@pytest.mark.parametrize("byte", [0x00, 0x10, 0x11, 0x13, 0x92, 0x93, 0xFF])
def test_what_is_no_answer_is_refused(byte: int) -> None:
    with pytest.raises(ParsingError, match="DLE EOT"):
        RealTime.from_byte(byte)


@pytest.mark.parametrize(
    ("text", "sensor"),
    [("00", Sensor(near_end=False, end=False)), ("03", Sensor(near_end=True, end=False)),
     ("0C", Sensor(near_end=False, end=True)), ("0F", Sensor(near_end=True, end=True))],
)  # fmt: skip
def test_the_sensors_answer_in_their_turn(text: str, sensor: Sensor) -> None:
    (byte,) = bytes.fromhex(text)
    assert Sensor.from_byte(byte) == sensor
    assert sensor.to_bytes() == bytes((byte,))
    assert AnswerDecoder().feed(bytes((byte,))) == [sensor]
    with pytest.raises(ParsingError, match="GS r"):
        Sensor.from_byte(0x12)


def test_flow_control_and_unasked_bytes_are_skipped_between_answers() -> None:
    decoder = AnswerDecoder()
    found = [one for byte in bytes.fromhex("11 FF 12 13 80 0F 91") for one in decoder.feed(bytes((byte,)))]
    assert found == [RealTime(0), Sensor(near_end=True, end=True)]
    assert decoder.skipped_total == 5


def test_out_of_paper_as_a_printer_says_it() -> None:
    """The example of devices.md: 1A 32 7E to DLE EOT 1, 2 and 4."""
    said = {Asked.PRINTER: 0x1A, Asked.OFFLINE: 0x32, Asked.PAPER: 0x7E}
    status = Status.of({asked: RealTime.from_byte(byte) for asked, byte in said.items()})
    assert status == Status(offline=True, paper_end=True, paper_near_end=True)
    assert [status.answer(asked).to_bytes()[0] for asked in said] == list(said.values())


@pytest.mark.parametrize(
    "fault", ["offline", "cover_open", "paper_near_end", "paper_end", "cutter", "broken", "pausing"]
)
def test_each_fault_is_told_apart(fault: str) -> None:
    status = Status(**{fault: True})
    read = Status.of({asked: status.answer(asked) for asked in Asked})
    assert getattr(read, fault)
    others = {"paper_near_end"} if fault == "paper_end" else set()
    assert [name for name in Status.__slots__ if getattr(read, name) and name != fault] == list(others)


def test_a_qr_code_has_a_size() -> None:
    for data in (b"", bytes(escpos.MAX_QR_BYTES + 1)):
        with pytest.raises(ParsingError, match="QR"):
            qr_code(data)


def test_a_raster_knows_its_height_and_bounds() -> None:
    assert Raster(2, bytes(6)).rows == 3
    decoder = Decoder()
    too_large = bytes.fromhex("1D 76 30 00 FF FF FF FF")
    assert decoder.feed(too_large + VECTORS["raster"])[-1] == SAMPLES["raster"]
    assert decoder.skipped_total > 0
    assert len(decoder._rest) <= MAX_DATA_BYTES


def test_long_text_is_given_out_in_pieces() -> None:
    assert [len(one.to_bytes()) for one in Decoder().feed(b"a" * (MAX_TEXT_BYTES + 1))] == [MAX_TEXT_BYTES, 1]


def test_what_is_not_for_us_is_skipped_whole() -> None:
    """A GS ( of another letter, one too short for a QR step, and a code that is no QR."""
    decoder = Decoder()
    strange = bytes.fromhex("1D 28 41 02 00 00 02  1D 28 6B 01 00 31  1D 28 6B 03 00 30 41 00")
    assert decoder.feed(strange + VECTORS["cut"]) == [Cut()]
    assert decoder.skipped_total == len(strange)


def test_formatting_commands_keep_their_arguments() -> None:
    items = (escpos.align(1), escpos.emphasis(on=True), escpos.feed(3), escpos.NO_AUTOMATIC_STATUS)
    assert [item.to_bytes().hex(" ") for item in items] == ["1b 61 01", "1b 45 01", "1b 64 03", "1d 61 00"]
    assert Decoder().feed(escpos.to_bytes(items)) == list(items)
    assert Decoder().feed(b"\x1b") == []


def test_we_read_what_python_escpos_writes() -> None:
    printer: Any = Dummy()
    printer.hw("INIT")
    printer.set(align="center", bold=True)
    printer._raw("驿站\n".encode("gb18030"))
    printer.qr("PR|v1|12345678", native=True)
    printer.cut()
    decoder = Decoder()
    items = decoder.feed(printer.output)
    assert decoder.skipped_total == 0
    assert items[0] == INITIALIZE
    assert Text("驿站".encode("gb18030")) in items
    assert Symbol(escpos.QR_STORE, b"0PR|v1|12345678") in items
    assert items[-1] == Cut()
    assert Plain(b"\x1ba", b"\x01") in items


items_strategy = st.one_of(
    st.builds(Text, st.binary(min_size=1, max_size=40).map(lambda data: bytes(32 + byte % 224 for byte in data))),
    st.just(LineFeed()),
    st.builds(StatusRequest, st.integers(1, 4)),
    st.builds(SensorRequest, st.integers(1, 4)),
    st.builds(Cut, st.sampled_from((0, 1, 48, 49))),
    st.builds(Cut, st.sampled_from((65, 66)), st.integers(0, 255)),
    st.integers(1, 8).flatmap(
        lambda width: st.builds(
            Raster,
            st.just(width),
            st.integers(1, 8).flatmap(lambda rows: st.binary(min_size=width * rows, max_size=width * rows)),
            st.integers(0, 3),
        )
    ),
    st.builds(Symbol, st.integers(0, 255), st.binary(max_size=60)),
    st.sampled_from(sorted(escpos._FIXED)).flatmap(
        lambda code: st.builds(
            Plain, st.just(code), st.binary(min_size=escpos._FIXED[code], max_size=escpos._FIXED[code])
        )
    ),
)


@given(st.lists(items_strategy, max_size=12), st.lists(st.integers(1, 30), max_size=10))
def test_however_the_stream_is_cut_the_items_are_found(items: list[Item], cuts: list[int]) -> None:
    stream = escpos.to_bytes(tuple(items))
    decoder, found = Decoder(), list[Item]()
    for size in cuts:
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    found += decoder.feed(stream)
    assert joined(found) == joined(items)
    assert decoder.skipped_total == 0


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_decoders_and_they_keep_less_than_a_command(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(data)
    assert len(decoder._rest) <= len(data)
    answers = AnswerDecoder()
    assert len(answers.feed(data)) + answers.skipped_total == len(data)
    for byte in data[:4]:
        for kind in (RealTime, Sensor):
            with suppress(ParsingError):
                kind.from_byte(byte)


@given(st.builds(Status, *(st.booleans() for _ in Status.__slots__)))
def test_a_state_survives_its_answers(status: Status) -> None:
    read = Status.of({asked: status.answer(asked) for asked in Asked})
    assert read == Status(
        status.offline, status.cover_open, status.paper_near_end or status.paper_end, status.paper_end,
        status.cutter, status.broken, status.pausing,
    )  # fmt: skip
