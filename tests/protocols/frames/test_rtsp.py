"""Questions to cameras and their answers: the RFC's own example of Digest, every vector, nonsense."""

import base64
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.rtsp import (
    MAX_HEAD_BYTES,
    Answer,
    AnswerParser,
    Credentials,
    Packet,
    Question,
    StreamParser,
    authorization,
)
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("rtsp")
SAMPLES = {
    "ok": Answer(200, (("cseq", "2"), ("content-type", "application/sdp"))),
    "digest": Answer(401, (("cseq", "1"), ("www-authenticate", 'Digest realm="GStreamer RTSP Server", nonce="4b1c"'))),
    "both": Answer(
        401,
        (
            ("www-authenticate", 'Digest realm="IP Camera", nonce="a1", qop="auth", opaque="o1"'),
            ("www-authenticate", 'Basic realm="IP Camera"'),
        ),
    ),
}
LI = Credentials("admin", "Hik@12345")
#: RFC 2617 §3.5.
MUFASA = Credentials("Mufasa", "Circle Of Life")
TOLD = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)


def test_every_vector_has_its_sample() -> None:
    assert VECTORS.keys() == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_is_read_at_once_byte_by_byte_and_with_what_follows(name: str) -> None:
    head = VECTORS[name]
    assert AnswerParser().feed(head + b"v=0\r\n\r\n") == SAMPLES[name]
    parser = AnswerParser()
    assert [parser.feed(bytes([byte])) for byte in head[:-1]] == [None] * (len(head) - 1)
    assert parser.feed(head[-1:]) == SAMPLES[name]


@pytest.mark.parametrize(
    "head", [b"SSH-2.0-x\r\n\r\n", b"\r\n\r\n", b"RTSP/1.0 OK\r\n\r\n", b"x" * (MAX_HEAD_BYTES + 1)]
)
def test_anything_else_is_no_answer(head: bytes) -> None:
    with pytest.raises(ParsingError):
        AnswerParser().feed(head)


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_nonsense_raises_nothing_else(pieces: list[bytes]) -> None:
    parser = AnswerParser()
    with suppress(ParsingError):
        for piece in pieces:
            parser.feed(piece)


def test_questions() -> None:
    describe = Question("DESCRIBE", "rtsp://10.0.0.64:554/Streaming/Channels/101")
    assert describe.to_bytes() == (
        b"DESCRIBE rtsp://10.0.0.64:554/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    )
    get = Question("GET", "http://10.0.0.7:80/video?x=1", 2, "Basic eA==")
    assert get.to_bytes() == (
        b"GET /video?x=1 HTTP/1.1\r\nHost: 10.0.0.7:80\r\nConnection: close\r\nAuthorization: Basic eA==\r\n\r\n"
    )


def test_digest_is_that_of_the_rfc() -> None:
    asked = Question("GET", "http://www.nowhere.org/dir/index.html")
    header = authorization([TOLD], asked, MUFASA, "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert 'uri="/dir/index.html"' in header
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b"' in header


def test_digest_without_qop_is_of_the_whole_url() -> None:
    asked = Question("DESCRIBE", "rtsp://10.0.0.64:554/1")
    header = authorization(SAMPLES["digest"].challenges(), asked, LI, "x")
    assert header.startswith('Digest username="admin", realm="GStreamer RTSP Server", nonce="4b1c", uri="rtsp://')
    assert "qop" not in header


def test_digest_wins_basic_follows_and_nothing_else_is_known() -> None:
    asked = Question("DESCRIBE", "rtsp://10.0.0.64:554/1")
    assert authorization(SAMPLES["both"].challenges(), asked, LI, "x").startswith("Digest ")
    basic = authorization(["Negotiate", 'Basic realm="x"'], asked, LI, "x")
    assert base64.b64decode(basic.removeprefix("Basic ")) == b"admin:Hik@12345"
    assert authorization(["Negotiate"], asked, LI, "x") == ""
    assert authorization([], asked, LI, "x") == ""


SESSION: Final = (
    b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nv=0\n" + b"$\x00\x00\x05hello" + b"$\x01\x00\x00"
    + b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 7;timeout=60\r\n\r\n"
)  # fmt: skip


def test_a_session_is_answers_and_packets_in_any_pieces() -> None:
    whole = StreamParser().feed(SESSION)
    assert [type(one) for one in whole] == [Answer, Packet, Packet, Answer]
    answer, packet = whole[0], whole[1]
    assert isinstance(answer, Answer)
    assert (answer.body, answer.header("cseq"), answer.header("session")) == (b"v=0\n", "3", "")
    assert packet == Packet(0, b"hello")
    for size in (1, 2, 7):
        parser = StreamParser()
        pieces = [SESSION[at : at + size] for at in range(0, len(SESSION), size)]
        assert [one for piece in pieces for one in parser.feed(piece)] == whole


@pytest.mark.parametrize(
    "data",
    [b"SSH-2.0-OpenSSH_9\r\n\r\n", b"x" * MAX_HEAD_BYTES, b"RTSP/1.0 200 OK\r\nContent-Length: -4\r\n\r\n",
     b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_session_is_said(data: bytes) -> None:
    with pytest.raises(ParsingError):
        StreamParser().feed(data)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_a_session_of_nonsense_raises_nothing_else(pieces: list[bytes]) -> None:
    parser = StreamParser()
    with suppress(ParsingError):
        for piece in [SESSION, *pieces]:
            parser.feed(piece)


def test_requests_of_a_session() -> None:
    setup = Question("SETUP", "rtsp://10.0.0.64:554/1/trackID=1", 3, "", (("Session", "7"),))
    assert setup.to_bytes() == b"SETUP rtsp://10.0.0.64:554/1/trackID=1 RTSP/1.0\r\nCSeq: 3\r\nSession: 7\r\n\r\n"
