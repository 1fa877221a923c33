"""The line language of the simulated devices."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.simline import (
    MAX_LINE_BYTES,
    Answer,
    Ask,
    LineDecoder,
    Message,
    Notice,
    Report,
    Taken,
    from_bytes,
    to_bytes,
)

SAMPLES: list[tuple[Message, bytes]] = [
    (Ask(1, "get"), b'{"ask":1,"name":"get","args":{}}\n'),
    (Ask(2, "blackout", {"on": True}), b'{"ask":2,"name":"blackout","args":{"on":true}}\n'),
    (Answer(2, ok=False, body={"text": "没纸"}), '{"answer":2,"ok":false,"body":{"text":"没纸"}}\n'.encode()),
    (
        Report({"door": "locked"}, {"door": "locked"}),
        b'{"values":{"door":"locked"},"signals":{"door":"locked"}}\n',
    ),
    (
        Notice(7, "count.changed", {"in_total": 1}),
        b'{"notice":7,"name":"count.changed","data":{"in_total":1}}\n',
    ),
    (Taken(7), b'{"taken":7}\n'),
]
GARBAGE = b'\x00\xff {"ask":\n[]\n{}\n'


@pytest.mark.parametrize(("message", "line"), SAMPLES)
def test_a_message_is_its_line_both_ways(message: Message, line: bytes) -> None:
    assert to_bytes(message) == line
    assert from_bytes(line) == message
    assert from_bytes(line.rstrip()) == message


@pytest.mark.parametrize(("message", "line"), SAMPLES)
def test_a_message_is_found_byte_by_byte_between_garbage(message: Message, line: bytes) -> None:
    decoder = LineDecoder()
    found = [m for byte in GARBAGE + line + GARBAGE for m in decoder.feed(bytes((byte,)))]
    assert found == [message]
    assert decoder.dropped_total == 6


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"1",
        b"{}",
        b"[]",
        b"nonsense",
        b"\xff",
        b'{"ask":true,"name":"get","args":{}}',
        b'{"ask":1,"name":"get"}',
        b'{"ask":1,"name":"get","args":{},"more":1}',
        b'{"answer":1,"ok":1,"body":{}}',
        b'{"stolen":7}',
        b"[" * 5000,
        b'{"taken":' + b"1" * MAX_LINE_BYTES + b"}",
    ],
)
def test_what_is_no_message_is_a_parsing_error(line: bytes) -> None:
    with pytest.raises(ParsingError):
        from_bytes(line)


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    decoder = LineDecoder()
    for _ in range(10):
        assert decoder.feed(b"x" * MAX_LINE_BYTES) == []
        assert len(decoder._rest) <= MAX_LINE_BYTES
    assert decoder.feed(b'x\n{"taken":7}\n') == [Taken(7)]
    assert decoder.dropped_total == 1


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_decoder(data: bytes) -> None:
    LineDecoder().feed(data + b"\n")


words = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=4
)


@given(st.builds(Notice, st.integers(), st.text(max_size=20), words), st.integers(1, 20))
def test_however_the_stream_is_cut_the_message_is_found(message: Notice, size: int) -> None:
    stream = to_bytes(message) * 2
    decoder = LineDecoder()
    found = [m for at in range(0, len(stream), size) for m in decoder.feed(stream[at : at + size])]
    assert found == [message, message]
    assert json.loads(to_bytes(message))["name"] == message.name
