"""Huidu packets, datagrams and documents: the vendor's layout and what its client was seen to send."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import huidu, huidu_xml
from protocols.frames.huidu import (
    MAX_DOCUMENT_BYTES,
    MAX_PACKET_BYTES,
    PIECE_BYTES,
    AnswerPiece,
    AskPiece,
    Assembler,
    Decoder,
    Failure,
    FileBegin,
    FileBytes,
    FileDone,
    FileEnd,
    FileReady,
    Found,
    Hello,
    Order,
    Packet,
    Ping,
    Pong,
    Search,
    Welcome,
    datagram_from_bytes,
    from_bytes,
    pieces,
)
from protocols.frames.huidu_xml import NO_GUID, Answer, Call, TextProgram, brightness, no_program
from protocols.frames.xml_tree import Element
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("huidu")
SAMPLES: dict[str, Packet] = {
    "hello": Hello(),
    "welcome": Welcome(),
    "occupied": Failure(4),
    "ask": AskPiece(4, 0, b"<a/>"),
    "answer": AnswerPiece(4, 2, b"/>"),
    "ping": Ping(),
    "pong": Pong(),
    "file_begin": FileBegin(b"900150983cd24fb0d6963f7d28e17f72", 3, 0, b"a.png"),
    "file_ready": FileReady(0, 2),
    "file_bytes": FileBytes(b"abc"),
    "file_end": FileEnd(),
    "file_done": FileDone(0),
}
UDP_VECTORS = vectors("huidu_udp")
DATAGRAMS: dict[str, huidu.Datagram] = {
    "search": Search(),
    "found": Found(b"C16-D00-A01234", 7),
    "order": Order(b"C16-D00-A01234", b"<a/>"),
}
#: A command that is none, a length below a header, one above the limit, and a welcome that is too short.
GARBAGE = bytes.fromhex("00 08 00 01 21 02 00 01 20 ff ff 03 20 06 00 02 20 01 02 ff")
CARD = Element("version", {"value": "1000000"})


def test_every_vector_has_its_sample() -> None:
    assert SAMPLES.keys() == VECTORS.keys()
    assert DATAGRAMS.keys() == UDP_VECTORS.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_packet_is_its_bytes_both_ways(name: str) -> None:
    assert SAMPLES[name].to_bytes() == VECTORS[name]
    assert from_bytes(VECTORS[name]) == SAMPLES[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_packet_is_found_byte_by_byte_between_garbage(name: str) -> None:
    decoder = Decoder()
    found = [one for byte in GARBAGE + VECTORS[name] + GARBAGE for one in decoder.feed(bytes((byte,)))]
    assert found == [SAMPLES[name]]
    assert decoder.skipped_total >= len(GARBAGE)


@pytest.mark.parametrize("name", DATAGRAMS)
def test_a_datagram_is_its_bytes_both_ways(name: str) -> None:
    assert DATAGRAMS[name].to_bytes() == UDP_VECTORS[name]
    assert datagram_from_bytes(UDP_VECTORS[name]) == DATAGRAMS[name]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("08 00", "2 bytes"),
        ("08 00 01 20 05 00 00", "whole packet"),
        ("04 00 07 20", "whole packet"),
        ("05 00 01 20 05", "1 bytes"),
        ("05 00 5f 00 00", "1 bytes"),
        ("0b 00 03 20 04 00 00 00 00 00 00", "7 bytes"),
        ("10 00 03 20 04 00 00 00 01 00 00 00 3c 61 2f 3e", "4 bytes at 1 of 4"),
        ("0c 00 03 20 01 00 04 00 00 00 00 00", "0 bytes at 0 of 262145"),
        (VECTORS["file_begin"][:-1].hex().replace("35", "34", 1), "its only NUL"),
        ((b"\x36" + VECTORS["file_begin"][1:] + b"\0").hex(), "its only NUL"),
    ],
)
def test_a_broken_packet_is_a_parsing_error_that_says_why(text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        from_bytes(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("05 00 00 01 01", "5 bytes"),
        ("06 00 00 01 01 10", "version 01000006"),
        ("08 00 01 10 05 00 00 01", "version 10010008"),  # a length first, as a client of somebody else sends it
        ("05 00 00 01 01 10 00", "command 1001 with 1"),
        ("05 00 00 01 02 10 00", "1 bytes"),
        ("05 00 00 01 03 20 00", "command 2003 with 1"),
    ],
)
def test_a_broken_datagram_is_a_parsing_error_that_says_why(text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        datagram_from_bytes(bytes.fromhex(text))


def test_a_document_travels_in_pieces() -> None:
    document = bytes(range(256)) * 80
    sent = pieces(document)
    assert [len(one.data) for one in sent] == [PIECE_BYTES, PIECE_BYTES, len(document) - 2 * PIECE_BYTES]
    assert all(len(one.to_bytes()) <= MAX_PACKET_BYTES for one in sent)
    assembler = Assembler()
    for _ in range(2):
        assert [assembler.add(one) for one in sent] == [None, None, document]
    assembler.add(sent[0])
    assert [assembler.add(one) for one in sent] == [None, None, document]  # begun anew
    with pytest.raises(ParsingError, match="8000 after 0"):
        assembler.add(sent[1])


FIRST = (
    b'<?xml version="1.0" encoding="utf-8"?>\r\n<sdk guid="##GUID">\r\n  <in method="GetIFVersion">\r\n'
    b'    <version value="1000000"/>\r\n  </in>\r\n</sdk>'
)
GUIDS = ("p-1", "a-1", "t-1")
TEXT = TextProgram("今日客流 128", 512, 256, GUIDS, 1795457757718)
#: Method -> (our body, what the vendor's client was seen to send in it, blanks between tags left out).
BODIES: dict[str, tuple[tuple[Element, ...], str]] = {
    "SetLuminancePloy": (
        brightness(60),
        '<mode value="default"/><default value="60"/><ploy></ploy><sensor min="1" max="100" time="10"/>',
    ),
    "OpenScreen": ((), ""),
    "CloseScreen": ((), ""),
    "SetSwitchTime": (
        (
            Element("open", {"enable": "true"}),
            Element("ploy", {"enable": "true"}, (Element("item", {"enable": "true", "start": "a", "end": "b"}),)),
        ),
        '<open enable="true"/><ploy enable="true"><item enable="true" start="a" end="b"/></ploy>',
    ),
    "SetTimeInfo": (
        (
            Element("timezone", {"value": "(UTC+08:00)Beijing"}),
            Element("summer", {"enable": "false"}),
            Element("sync", {"value": "none"}),
            Element("time", {"value": "2017-09-06 08:11:06"}),
        ),
        (
            '<timezone value="(UTC+08:00)Beijing"/><summer enable="false"/><sync value="none"/>'
            '<time value="2017-09-06 08:11:06"/>'
        ),
    ),
    "AddProgram": (
        (TEXT.screen(),),
        (
            '<screen timeStamps="1795457757718"><program type="normal" id="0" guid="p-1" name="TextProgram">'
            '<playControl count="1" disabled="false"/><area guid="a-1" name="" alpha="255">'
            '<rectangle x="0" y="0" width="512" height="256"/><resources><text guid="t-1" name="" singleLine="false">'
            '<style align="center" valign="middle"/><string>今日客流 128</string>'
            '<font name="Arial" size="12" color="#ff0000" bold="false" italic="false" underline="false"/>'
            '<effect in="0" inSpeed="4" out="0" outSpeed="4" duration="30"/></text></resources></area>'
            "</program></screen>"
        ),
    ),
}


def test_the_first_call_of_a_session_is_its_bytes_both_ways() -> None:
    call = Call(NO_GUID, "GetIFVersion", (CARD,))
    assert call.to_bytes() == FIRST
    assert huidu_xml.from_bytes(FIRST) == call


@pytest.mark.parametrize("method", BODIES)
def test_a_call_is_what_the_vendors_client_sends_both_ways(method: str) -> None:
    body, seen = BODIES[method]
    call = Call("g", method, body)
    tight = re.sub(r">\r\n *<", "><", call.to_bytes().decode())
    assert tight == (f'<?xml version="1.0" encoding="utf-8"?><sdk guid="g"><in method="{method}">{seen}</in></sdk>')
    assert huidu_xml.from_bytes(call.to_bytes()) == huidu_xml.from_bytes(tight.encode()) == call


def test_an_answer_is_read_both_ways() -> None:
    answer = Answer("g", "GetIFVersion", "kSuccess", (CARD,))
    assert huidu_xml.from_bytes(answer.to_bytes()) == answer
    assert huidu_xml.from_bytes(b'<sdk guid="g"><out method="GetIFVersion" result="kSuccess">'
                                b'<version value="1000000"/></out></sdk>') == answer  # fmt: skip
    assert no_program(1).children == ()


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "no XML"),
        (b"\xff", "no XML"),
        (b"<a/>", "<a> of 0"),
        (b'<sdk guid="g"/>', "<sdk> of 0"),
        (b'<sdk guid="g"><on/></sdk>', "<on> neither"),
        (b'<sdk><in method="m"/></sdk>', "<sdk> has no guid"),
        (b'<sdk guid="g"><out method="m"/></sdk>', "<out> has no result"),
        (b"<!DOCTYPE a><a/>", "declarations"),
        (b"<a>" * 17 + b"</a>" * 17, "deep"),
        (b" " * (MAX_DOCUMENT_BYTES + 1), "262145 bytes"),
        (b'<?xml version="1.0" encoding="no-such"?><sdk guid="g"/>', "<sdk> of 0"),
    ],
)
def test_what_is_no_document_is_a_parsing_error_that_says_why(document: bytes, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        huidu_xml.from_bytes(document)


def test_a_missing_child_is_a_parsing_error() -> None:
    outer = Element("a", {}, (Element("b"), Element("c")))
    assert outer.child("c").tag == "c"
    with pytest.raises(ParsingError, match="no <d>"):
        outer.child("d")


small = st.binary(max_size=40)
name = st.binary(min_size=1, max_size=20).map(lambda b: b.replace(b"\0", b"x"))
packets: st.SearchStrategy[Packet] = st.one_of(
    st.builds(Hello, st.integers(0, 2**32 - 1)),
    st.builds(Welcome, st.integers(0, 2**32 - 1), st.integers(0, 0xFFFF)),
    st.builds(Failure, st.integers(0, 0xFFFF)),
    st.builds(lambda data, at: AskPiece(at + len(data), at, data), small, st.integers(0, 1000)),
    st.builds(lambda data, at: AnswerPiece(at + len(data), at, data), small, st.integers(0, 1000)),
    st.sampled_from((Ping(), Pong(), FileEnd())),
    st.builds(FileBegin, st.just(b"f" * 32), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**15), 2**15 - 1), name),
    st.builds(FileReady, st.integers(-(2**15), 2**15 - 1), st.integers(-(2**63), 2**63 - 1)),
    st.builds(FileBytes, small),
    st.builds(FileDone, st.integers(-(2**15), 2**15 - 1)),
)


@given(packets, st.integers(1, 30))
def test_however_the_stream_is_cut_the_packet_is_found(packet: Packet, size: int) -> None:
    stream = packet.to_bytes() * 2
    decoder = Decoder()
    assert [p for at in range(0, len(stream), size) for p in decoder.feed(stream[at : at + size])] == [packet] * 2


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_crash_a_parser(data: bytes, size: int) -> None:
    decoder = Decoder()
    for at in range(0, len(data), size):
        decoder.feed(data[at : at + size])
        assert len(decoder._rest) <= MAX_PACKET_BYTES
    for parse in (from_bytes, datagram_from_bytes, huidu_xml.from_bytes):
        try:
            parse(data)
        except ParsingError:
            continue


@given(st.text(max_size=50), st.text(max_size=20))
def test_any_text_can_be_shown_and_is_read_back(text: str, guid: str) -> None:
    call = Call(guid, "AddProgram", (TextProgram(text, 1, 1, GUIDS, 0).screen(),))
    found = huidu_xml.from_bytes(call.to_bytes())
    kept = huidu_xml._IMPOSSIBLE.sub("", text)
    assert isinstance(found, Call)
    assert found.guid == huidu_xml._IMPOSSIBLE.sub("", guid)
    area = found.body[0].child("program").child("area")
    assert area.child("resources").child("text").child("string").text == kept
