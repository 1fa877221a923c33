"""What scanners send: GM65 commands and answers, payloads, and the events of a keyboard."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.evdev import (
    ENTER,
    EVENT_BYTES,
    KEY,
    KEYPAD_ENTER,
    KEYS,
    LEFT_SHIFT,
    PRESSED,
    RELEASED,
    REPEATED,
    REPORT,
    RIGHT_SHIFT,
    SYN,
    SYN_DROPPED,
    InputEvent,
    keys_of,
)
from protocols.frames.evdev import Decoder as KeyDecoder
from protocols.frames.gm65 import (
    ASK_BAUD,
    ASK_HARDWARE,
    DONE,
    MAX_ANSWER_BYTES,
    SAVE,
    SET_9600,
    TRIGGER,
    Answer,
    Command,
    CommandDecoder,
    CommandType,
    Decoder,
)
from protocols.frames.scans import MAX_PAYLOAD_BYTES, LineCollector, judge
from protocols.rules.presented import BadScan, Scan
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("gm65")
COMMANDS = {"trigger": TRIGGER, "save": SAVE, "ask_baud": ASK_BAUD, "set_9600": SET_9600}
GARBAGE = bytes.fromhex("00 7e 7e 02 00 01 7e 01 02")


def test_every_vector_has_its_sample() -> None:
    assert VECTORS.keys() == COMMANDS.keys() | {"done"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_its_bytes_both_ways_and_found_byte_by_byte(name: str) -> None:
    assert COMMANDS[name].to_bytes() == VECTORS[name]
    assert Command.from_bytes(VECTORS[name]) == COMMANDS[name]
    decoder = CommandDecoder()
    found = [one for byte in GARBAGE + VECTORS[name] + GARBAGE for one in decoder.feed(bytes((byte,)))]
    assert found == [COMMANDS[name]]
    assert decoder.skipped_total >= len(GARBAGE)


def test_an_answer_is_its_bytes_both_ways() -> None:
    assert DONE.to_bytes() == VECTORS["done"]
    assert Answer.from_bytes(VECTORS["done"]) == DONE
    unchecked = VECTORS["done"][:-2] + b"\xab\xcd"
    assert Answer.from_bytes(unchecked) == DONE


def test_an_answer_in_the_middle_of_a_payload_leaves_it_whole() -> None:
    payload = "https://example.org/p/岗位".encode()
    for cut in range(len(payload) + 1):
        stream = payload[:cut] + VECTORS["done"] + payload[cut:] + b"\r\n" + Answer(b"\x64").to_bytes()
        decoder = Decoder()
        found = [one for byte in stream for one in decoder.feed(bytes((byte,)))]
        assert found == [DONE, Scan(payload.decode()), Answer(b"\x64")]


@pytest.mark.parametrize(
    "noise", ["02", "02 00", "02 01", "02 00 00 11", "02 00 00 01 00 33 32", "7f", "00 ff", "02 02"]
)
def test_what_only_looks_like_an_answer_spoils_no_more_than_its_payload(noise: str) -> None:
    decoder = Decoder()
    decoder.feed(bytes.fromhex(noise) + b"x\r")
    decoder.reset()
    assert decoder.feed(b"good\r" + VECTORS["done"] + b"more\n") == [Scan("good"), DONE, Scan("more")]


@pytest.mark.parametrize(
    "text",
    ["", "7e 00 08", "7e 01 08 01 00 02 01 ab cd", "7e 00 08 01 00 02 01 ab ce", "7e 00 05 01 00 02 01 ab cd",
     "7e 00 08 02 00 02 01 ab cd"],
)  # fmt: skip
def test_a_broken_command_is_a_parsing_error(text: str) -> None:
    with pytest.raises(ParsingError):
        Command.from_bytes(bytes.fromhex(text))
    assert CommandDecoder().feed(bytes.fromhex(text) + VECTORS["save"] * 30)[-1] == SAVE


@pytest.mark.parametrize("text", ["", "02 00 00", "02 00 00 01 00 33 32", "02 00 01 01 00 33 31", "02 00 00 ff"])
def test_a_broken_answer_is_a_parsing_error(text: str) -> None:
    with pytest.raises(ParsingError):
        Answer.from_bytes(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("payload", "judged"),
    [
        ("岗位 A-1".encode(), Scan("岗位 A-1")),
        ("岗位".encode("gb18030"), Scan("岗位")),
        ("全角　空格".encode(), Scan("全角　空格")),
        (b"x" * MAX_PAYLOAD_BYTES, Scan("x" * MAX_PAYLOAD_BYTES)),
        (b"x" * (MAX_PAYLOAD_BYTES + 1), BadScan("too_long")),
        (b"\xff\xff", BadScan("not_text")),
        (b"a\x00b", BadScan("control")),
        (b"a\x1b[2Jb", BadScan("control")),
        ("a\u202eb".encode(), BadScan("control")),
        ("a\u2028b".encode(), BadScan("control")),
        ("a\ue000b".encode(), BadScan("control")),
    ],
)
def test_a_payload_is_judged_before_anybody_reads_it(payload: bytes, judged: Scan | BadScan) -> None:
    assert judge(payload) == judged


def test_an_endless_payload_is_told_once_and_fills_no_memory() -> None:
    lines = LineCollector()
    for _ in range(5):
        assert lines.feed(b"x" * MAX_PAYLOAD_BYTES) == []
        assert len(lines._rest) <= MAX_PAYLOAD_BYTES
    assert lines.feed(b"x\r\nok\r\n\r") == [BadScan("too_long"), Scan("ok")]


def test_nothing_of_a_code_shows() -> None:
    assert f"{Scan('YZ1secret')}" == "Scan()"


TYPED = "HTTPS://a.b/p?s=wall:m_1&x=~!@#$%^*()+{}|:\"<>[]\\;',.`-= 0"


def test_a_text_is_typed_and_read_again_however_its_events_are_cut() -> None:
    stream = keys_of(TYPED)
    for size in (1, 7, EVENT_BYTES, 1000):
        decoder = KeyDecoder()
        found = [one for at in range(0, len(stream), size) for one in decoder.feed(stream[at : at + size])]
        assert found == [Scan(TYPED)]


def test_an_event_is_its_bytes_both_ways() -> None:
    event = InputEvent(KEY, 30, PRESSED, 1_772_413_200, 123_456)
    data = bytes.fromhex("10e1a4690000000040e201000000000001001e0001000000")
    assert event.to_bytes() == data
    assert InputEvent.from_bytes(data) == event


@pytest.mark.parametrize(
    "data",
    [
        b"",
        InputEvent(KEY, 30, 3).to_bytes(),
        InputEvent(0x20, 30, 0).to_bytes(),
        InputEvent(KEY, 0x300, 0).to_bytes(),
        InputEvent(KEY, 30, 1, -1).to_bytes(),
        InputEvent(KEY, 30, 1, 0, 1_000_000).to_bytes(),
    ],
)
def test_what_is_no_event_is_a_parsing_error(data: bytes) -> None:
    with pytest.raises(ParsingError):
        InputEvent.from_bytes(data)


def test_a_stream_out_of_step_finds_back() -> None:
    decoder = KeyDecoder()
    assert decoder.feed(b"\xff" * 11 + keys_of("A1")) == [Scan("A1")]
    assert decoder.skipped_total == 11


def press(*codes: int, value: int = PRESSED) -> bytes:
    return b"".join(InputEvent(KEY, code, value).to_bytes() for code in codes)


def test_both_shifts_the_keypad_and_repeats() -> None:
    decoder = KeyDecoder()
    assert decoder.feed(press(71, 83, 80, KEYPAD_ENTER)) == [Scan("7.2")]
    assert decoder.feed(press(RIGHT_SHIFT, 30) + press(RIGHT_SHIFT, value=RELEASED) + press(30, ENTER)) == [Scan("Aa")]
    assert decoder.feed(press(LEFT_SHIFT) + press(LEFT_SHIFT, value=REPEATED) + press(30)) == []
    assert decoder.feed(press(LEFT_SHIFT, value=RELEASED) + press(30, value=REPEATED) + press(ENTER)) == [Scan("A")]
    assert decoder.feed(press(ENTER)) == []


def test_a_foreign_key_lost_events_or_an_endless_line_spoil_one_payload() -> None:
    lost = InputEvent(SYN, SYN_DROPPED, 0).to_bytes()
    for spoiled, why in ((press(30, 1), "not_text"), (press(30) + lost, "not_text"),
                         (press(30) * (MAX_PAYLOAD_BYTES + 1), "too_long")):  # fmt: skip
        decoder = KeyDecoder()
        assert decoder.feed(spoiled + REPORT.to_bytes() + press(ENTER)) == [BadScan(why)]  # type: ignore[arg-type]
        assert decoder.feed(keys_of("ok")) == [Scan("ok")]
        decoder.feed(spoiled)
        decoder.reset()
        assert decoder.feed(keys_of("ok")) == [Scan("ok")]


def test_no_key_makes_every_letter() -> None:
    with pytest.raises(ParsingError):
        keys_of("岗")


@given(st.text(sorted({sign for pair in KEYS.values() for sign in pair}), min_size=1, max_size=40), st.integers(1, 60))
def test_every_typed_text_is_read(text: str, size: int) -> None:
    stream, decoder = keys_of(text), KeyDecoder()
    assert [one for at in range(0, len(stream), size) for one in decoder.feed(stream[at : at + size])] == [Scan(text)]


@given(st.integers(0, 0xFFFF), st.binary(max_size=255), st.sampled_from(CommandType), st.booleans())
def test_every_command_survives(address: int, data: bytes, kind: CommandType, checked: bool) -> None:  # noqa: FBT001
    command = Command(kind, address, data, checked=checked)
    if not checked or command.to_bytes()[-2:] != b"\xab\xcd":
        assert Command.from_bytes(command.to_bytes()) == command
        assert CommandDecoder().feed(command.to_bytes()) == [command]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=50),
    st.binary(max_size=MAX_ANSWER_BYTES), st.integers(0, 50), st.integers(1, 9),
)  # fmt: skip
def test_every_payload_survives_an_answer_in_its_middle(text: str, data: bytes, cut: int, size: int) -> None:
    payload, answer = text.encode(), Answer(data)
    stream = payload[:cut] + answer.to_bytes() + payload[cut:] + b"\r"
    decoder = Decoder()
    found = [one for at in range(0, len(stream), size) for one in decoder.feed(stream[at : at + size])]
    assert found == [answer, Scan(text)]


@given(st.lists(st.binary(max_size=80) | st.sampled_from((b"\x02\x00\x00", b"\x7e\x00", b"\r")), max_size=20))
def test_no_bytes_crash_a_decoder_and_they_keep_little(pieces: list[bytes]) -> None:
    decoder, commands, keys = Decoder(), CommandDecoder(), KeyDecoder()
    for piece in pieces:
        for one in decoder.feed(piece):
            assert not isinstance(one, Scan) or len(one.text) <= MAX_PAYLOAD_BYTES
        commands.feed(piece)
        keys.feed(piece)
        assert len(decoder._rest) < MAX_ANSWER_BYTES + 6
        assert len(commands._rest) < 263
        assert len(keys._rest) < EVENT_BYTES
        for parse in (Answer.from_bytes, Command.from_bytes, InputEvent.from_bytes):
            with suppress(ParsingError):
                parse(piece)
    assert ASK_HARDWARE.to_bytes()[:2] == b"\x7e\x00"
