"""ONVIF: the specification's own digest, every kind of answer, what is no answer, and nonsense."""

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import onvif
from protocols.frames.onvif import Information, Match, Refused, StreamProfile, Token
from protocols.frames.rtsp import Credentials
from protocols.frames.xml_tree import parse_xml

#: ONVIF Application Programmer's Guide 1.0 §6.1.1.3: nonce, time, password and the digest that they make.
NONCE = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
CREATED = "2010-09-16T07:50:45Z"
DIGEST = "tuOSpGlFlIXsozq4HFNeeGeFLEI="
TOKEN = Token(Credentials("user", "userpassword"), NONCE, CREATED)


def envelope(body: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


def test_the_digest_is_that_of_the_guide() -> None:
    document = onvif.request(onvif.PROFILES, TOKEN)
    tree = parse_xml(document, max_bytes=onvif.MAX_DOCUMENT_BYTES)
    token = tree.child("Header").child("Security").child("UsernameToken")
    assert [(one.tag, one.text) for one in token.children] == [
        ("Username", "user"), ("Password", DIGEST), ("Nonce", "LKqI6G/AikKCQrN0zqZFlg=="), ("Created", CREATED),
    ]  # fmt: skip
    assert tree.child("Body").child("GetProfiles").children == ()
    assert b"Header" not in onvif.request(onvif.CLOCK)


def test_questions_name_their_profile_whatever_it_is_called() -> None:
    for body, tag in ((onvif.stream_uri("a<b"), "GetStreamUri"), (onvif.snapshot_uri("a<b"), "GetSnapshotUri")):
        asked = parse_xml(onvif.request(body), max_bytes=10_000).child("Body").child(tag)
        assert asked.child("ProfileToken").text == "a<b"
    for body in (onvif.INFORMATION, onvif.CAPABILITIES):
        parse_xml(onvif.request(body), max_bytes=10_000)


def test_a_search_and_its_answers() -> None:
    asked = parse_xml(onvif.probe("0195f3c2-1111-7000-8000-000000000001"), max_bytes=10_000)
    assert asked.child("Header").child("MessageID").text == "uuid:0195f3c2-1111-7000-8000-000000000001"
    match = (
        "<ProbeMatches><ProbeMatch><Types>dn:NetworkVideoTransmitter</Types><Scopes>onvif://www.onvif.org/name/HIK%20DS"
        " onvif://www.onvif.org/hardware/DS-2CD</Scopes><XAddrs>http://10.0.0.64/onvif/device_service https://10.0.0.64/"
        " http://[fe80::1]/onvif/device_service ftp://x http://[</XAddrs></ProbeMatch></ProbeMatches>"
    )
    urls = ("http://10.0.0.64/onvif/device_service", "http://[fe80::1]/onvif/device_service")
    assert onvif.read_match(envelope(match)) == Match(urls, "HIK%20DS", "DS-2CD")
    for other in (b"", b"<x/>", envelope("<Probe/>"), envelope("<ProbeMatch><XAddrs/></ProbeMatch>")):
        with pytest.raises(ParsingError):
            onvif.read_match(other)


def test_answers() -> None:
    clock = onvif.answer(
        envelope(
            "<GetSystemDateAndTimeResponse><UTCDateTime><Time><Hour>7</Hour><Minute>50</Minute><Second>45</Second></Time>"
            "<Date><Year>2010</Year><Month>9</Month><Day>16</Day></Date></UTCDateTime></GetSystemDateAndTimeResponse>"
        ),
        "GetSystemDateAndTimeResponse",
    )
    assert onvif.read_clock(clock) == CREATED == onvif.created(datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC))
    told = onvif.answer(
        envelope("<Other/><Told><Manufacturer>HIK</Manufacturer><Model>DS</Model><FirmwareVersion/></Told>"), "Told"
    )
    assert onvif.read_information(told) == Information("HIK", "DS", "", "")
    media = onvif.answer(envelope("<C><Device><XAddr>http://a/d</XAddr></Device><Media><XAddr>http://10.9.9.9/onvif/Media"
                                  "</XAddr></Media></C>"), "C")  # fmt: skip
    assert onvif.read_media_path(media) == "/onvif/Media"
    assert onvif.read_media_path(onvif.answer(envelope("<C/>"), "C")) == onvif.DEVICE_PATH
    uri = onvif.answer(envelope("<R><MediaUri><Uri>rtsp://10.0.0.64:554/1</Uri></MediaUri></R>"), "R")
    assert onvif.read_uri(uri) == "rtsp://10.0.0.64:554/1"


def profile(token: str, encoding: str, width: str, height: str) -> str:
    return (
        f'<Profiles token="{token}"><VideoEncoderConfiguration><Encoding>{encoding}</Encoding><Resolution>'
        f"<Width>{width}</Width><Height>{height}</Height></Resolution></VideoEncoderConfiguration></Profiles>"
    )


def test_the_smallest_stream_that_shows_enough_is_taken() -> None:
    body = (
        profile("main", "H265", "2560", "1440") + profile("sub", "H264", "640", "360")
        + profile("tiny", "H264", "176", "144") + profile("pictures", "JPEG", "320", "240")
        + profile("odd", "H264", "wide", "9") + "<Profiles/><Else/>"
    )  # fmt: skip
    streams = onvif.read_profiles(onvif.answer(envelope(f"<R>{body}</R>"), "R"))
    assert [one.token for one in streams] == ["main", "sub", "tiny", "pictures"]
    assert onvif.smallest(streams) == StreamProfile("sub", "H264", 640, 360)
    assert onvif.smallest(streams[2:]).token == "tiny"  # noqa: S105 - of a profile
    with pytest.raises(ParsingError, match=r"H\.264"):
        onvif.smallest(streams[3:])


def test_refusals_and_what_is_no_answer() -> None:
    fault = "<Fault><Code><Value>s:Sender</Value><Subcode><Value>ter:{}</Value></Subcode></Code></Fault>"
    for said, is_login in (("NotAuthorized", True), ("ActionNotSupported", False)):
        with pytest.raises(Refused, match=said) as refused:
            onvif.answer(envelope(fault.format(said)), "R")
        assert refused.value.is_login is is_login
    with pytest.raises(Refused, match="a fault"):
        onvif.answer(envelope("<Fault/>"), "R")
    for nothing in (envelope("<Other/>"), b"<html/>", b'<!DOCTYPE a [<!ENTITY x "y">]><a/>'):
        with pytest.raises(ParsingError):
            onvif.answer(nothing, "R")
    with pytest.raises(ParsingError, match="no time"):
        onvif.read_clock(onvif.answer(envelope("<R/>"), "R"))
    with pytest.raises(ParsingError, match="no address"):
        onvif.read_media_path(onvif.answer(envelope("<R><XAddr>http://[x/</XAddr></R>"), "R"))


WORDS = st.sampled_from(
    ["<Body>", "</Body>", "<ProbeMatch>", "<XAddrs>http://[", "</XAddrs>", "<Fault/>", "<R>", "9", "&"]
)


@given(st.lists(WORDS, max_size=12), st.binary(max_size=40))
def test_nonsense_raises_nothing_else(words: list[str], data: bytes) -> None:
    for document in (envelope("".join(words)), "".join(words).encode(), data):
        with suppress(ParsingError):
            onvif.read_match(document)
        with suppress(ParsingError, Refused):
            found = onvif.answer(document, "R")
            onvif.read_profiles(found)
            onvif.read_clock(found)
