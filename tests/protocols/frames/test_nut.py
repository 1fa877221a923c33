"""NUT's lines: every reply both ways, byte by byte between garbage, and whatever bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.nut import (
    MAX_LINE_BYTES,
    MAX_WORDS,
    Begin,
    End,
    Err,
    LineDecoder,
    Ok,
    Reply,
    Request,
    Text,
    Ups,
    Variable,
    flags_of,
    number_of,
    reply_from_line,
    request_from_line,
)
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("nut")
VERSION = "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/"
REPLIES: dict[str, Reply] = {
    "list_ups_begin": Begin(("UPS",)),
    "ups": Ups("venueups", "venue UPS"),
    "list_ups_end": End(("UPS",)),
    "var_status": Variable("venueups", "ups.status", "OL"),
    "ok": Ok(),
    "access_denied": Err("ACCESS-DENIED"),
}
MORE: list[tuple[Reply, bytes]] = [
    (Variable("u", "ups.model", 'C1K "SIM" \\ 2'), b'VAR u ups.model "C1K \\"SIM\\" \\\\ 2"\n'),
    (Variable("u", "ups.mfr", ""), b'VAR u ups.mfr ""\n'),
    (Variable("u", "ups.mfr", "山特"), 'VAR u ups.mfr "山特"\n'.encode()),
    (Begin(("VAR", "venueups")), b"BEGIN LIST VAR venueups\n"),
    (End(("VAR", "venueups")), b"END LIST VAR venueups\n"),
    (Ok("Goodbye"), b"OK Goodbye\n"),
    (Text(VERSION), VERSION.encode() + b"\n"),
    (Text(""), b"\n"),
]
REQUESTS = [
    (Request(("VER",)), b"VER\n"),
    (Request(("LIST", "UPS")), b"LIST UPS\n"),
    (Request(("LIST", "VAR", "venueups")), b"LIST VAR venueups\n"),
    (Request(("GET", "VAR", "venueups", "ups.status")), b"GET VAR venueups ups.status\n"),
    (Request(("USERNAME", "mon")), b"USERNAME mon\n"),
    (Request(("PASSWORD", 'a b"c\\')), b'PASSWORD "a b\\"c\\\\"\n'),
    (Request(("PASSWORD", "")), b'PASSWORD ""\n'),
]
GARBAGE = b"\xff\xfe\r\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\n\n"


def test_every_vector_has_its_reply() -> None:
    assert REPLIES.keys() == VECTORS.keys()


@pytest.mark.parametrize(("reply", "line"), [*((REPLIES[name], VECTORS[name]) for name in REPLIES), *MORE])
def test_a_reply_is_its_line_both_ways_and_found_between_garbage(reply: Reply, line: bytes) -> None:
    assert reply.to_bytes() == line
    assert reply_from_line(line.removesuffix(b"\n")) == reply
    decoder = LineDecoder()
    found = [one for byte in GARBAGE + line + GARBAGE for one in decoder.feed(bytes((byte,)))]
    assert found == [b"\xff\xfe", b"", line.removesuffix(b"\n"), b"\xff\xfe", b""]
    assert decoder.dropped_total == 2


@pytest.mark.parametrize(("request_", "line"), REQUESTS)
def test_a_request_is_its_line_both_ways(request_: Request, line: bytes) -> None:
    assert request_.to_bytes() == line
    assert request_from_line(line.removesuffix(b"\n")) == request_


@pytest.mark.parametrize(
    "line",
    [
        b"VAR u ups.status", b'VAR u ups.status "OL', b'VAR u ups.status "OL\\', b"UPS u", b"BEGIN LIST", b"END UPS",
        b"ERR", b"VAR " + b"x " * MAX_WORDS, b"\xff", b"VER\x00",
    ],
)  # fmt: skip
def test_a_broken_reply_is_refused(line: bytes) -> None:
    with pytest.raises(ParsingError):
        reply_from_line(line)


def test_an_empty_request_is_refused() -> None:
    with pytest.raises(ParsingError, match="empty"):
        request_from_line(b"  ")


def test_a_line_in_one_piece_that_is_too_long_is_dropped_and_the_next_one_found() -> None:
    decoder = LineDecoder()
    assert decoder.feed(b"x" * (MAX_LINE_BYTES + 1) + b"\r\nOK\r\n") == [b"OK"]
    assert decoder.dropped_total == 1


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_reply_or_a_parsing_error(line: bytes) -> None:
    for read in (reply_from_line, request_from_line):
        try:
            found = read(line)
        except ParsingError:
            continue
        assert found.to_bytes().endswith(b"\n")


@given(st.binary(max_size=3 * MAX_LINE_BYTES), st.data())
def test_the_decoder_is_bounded_and_does_not_care_how_bytes_are_cut(stream: bytes, data: st.DataObject) -> None:
    whole, pieces = LineDecoder(), LineDecoder()
    at = data.draw(st.integers(0, len(stream)))
    assert pieces.feed(stream[:at]) + pieces.feed(stream[at:]) == whole.feed(stream)
    assert pieces.dropped_total == whole.dropped_total


def test_the_flags_of_a_status() -> None:
    assert flags_of("OB LB DISCHRG") == {"OB", "LB", "DISCHRG"}
    assert flags_of("") == frozenset()
    for status in ("OL ;", "A" * 17, " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2)):
        with pytest.raises(ParsingError):
            flags_of(status)


def test_a_number_of_a_variable() -> None:
    variables = {"battery.charge": "12", "input.voltage": "228.4", "a": "x", "b": "nan", "c": "inf", "d": "1e12"}
    assert (number_of(variables, "battery.charge"), number_of(variables, "input.voltage")) == (12, 228.4)
    assert [number_of(variables, name) for name in ("a", "b", "c", "d", "e")] == [None] * 5
