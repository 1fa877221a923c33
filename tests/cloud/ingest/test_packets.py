"""MQTT packets cut from the stream and PUBLISH read: as the library writes them, and whatever bytes come."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties, VariableByteIntegers

from cloud.ingest.packets import PUBLISH, PacketError, Publish, confirmed_id, cut, puback, read_publish, retained

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def packed(properties: Properties, topic: str, payload: bytes, packet_id: int, *, retain: bool = False) -> bytes:
    """Return a PUBLISH with the property section that the library writes."""
    name = topic.encode()
    body = struct.pack("!H", len(name)) + name + (struct.pack("!H", packet_id) if packet_id else b"")
    body += properties.pack() + payload  # type: ignore[no-untyped-call]
    head = PUBLISH | (2 if packet_id else 0) | (1 if retain else 0)
    return bytes([head]) + VariableByteIntegers.encode(len(body)) + body  # type: ignore[no-untyped-call,no-any-return]


def publish_properties() -> Properties:
    return Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]


def read_all(stream: bytes) -> list[Publish]:
    return [read_publish(stream, *place) for place in cut(stream)]


@given(
    st.lists(
        st.tuples(
            TEXTS.filter(bool), st.binary(max_size=300), st.integers(0, 65_535), st.booleans(),
            st.none() | TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=4), st.booleans(),
        ),
        max_size=4,
    ),
    st.binary(max_size=1),
)  # fmt: skip
def test_what_the_library_writes_is_read_as_it_was_meant(
    messages: list[tuple[str, bytes, int, bool, str | None, list[tuple[str, str]], bool]], beginning: bytes
) -> None:
    stream = b""
    for topic, payload, packet_id, retain, content_type, pairs, more in messages:
        properties = publish_properties()
        if content_type is not None:
            properties.ContentType = content_type
        if pairs:
            properties.UserProperty = pairs
        if more:
            properties.PayloadFormatIndicator = 1
            properties.MessageExpiryInterval = 300
            properties.ResponseTopic = "yz/1/st-01/reply/core"
            properties.CorrelationData = b"\0\1"
            properties.SubscriptionIdentifier = 300
        stream += packed(properties, topic, payload, packet_id, retain=retain)
    assert read_all(stream + beginning) == [
        Publish(topic, payload, packet_id, retain, content_type, pairs)
        for topic, payload, packet_id, retain, content_type, pairs, _more in messages
    ]


def test_a_packet_that_has_not_come_whole_waits() -> None:
    whole = packed(publish_properties(), "yz/1/st-01/birth", b"x" * 200, 7)
    for size in range(len(whole)):
        assert list(cut(whole[:size])) == []
    assert list(cut(whole + whole[:1])) == [(0, 3, len(whole))]


def test_a_length_of_five_bytes_ends_the_connection() -> None:
    with pytest.raises(PacketError, match="4 bytes"):
        list(cut(b"\x30\x80\x80\x80\x80\x01" + bytes(10)))


def test_a_text_that_is_not_utf8_is_read_as_one_that_fits_nothing() -> None:
    whole = packed(publish_properties(), "yz/1/st-01/birth", b"", 7).replace(b"birth", b"\xff\xfe\xfd\xfc\xfb")
    assert read_all(whole)[0].topic == "yz/1/st-01/\ufffd\ufffd\ufffd\ufffd\ufffd"


@pytest.mark.parametrize(
    "packet",
    [
        b"\x30\x00",
        b"\x30\x01\x00",
        b"\x30\x03\x00\x00\x00",
        b"\x30\x04\x00\x09ab",
        b"\x32\x04\x00\x01a\x00",
        b"\x34\x06\x00\x01a\x00\x01\x00",
        b"\x30\x05\x00\x01a\x01\x7f",
        b"\x30\x05\x00\x01a\x05\x03",
        b"\x30\x08\x00\x01a\x04\x03\x00\x05b",
        b"\x30\x06\x00\x01a\x01\x01\x01",
        b"\x30\x07\x00\x01a\x80\x80\x80\x80",
        b"\x30\x09\x00\x01a\x05\x26\x00\x01b\x00",
    ],
)
def test_a_malformed_publish_ends_the_connection(packet: bytes) -> None:
    with pytest.raises(PacketError):
        read_all(packet)


@given(st.binary(max_size=80))
def test_no_bytes_do_anything_but_end_the_connection(stream: bytes) -> None:
    try:
        for start, body, end in cut(stream):
            assert 0 <= start < body <= end <= len(stream)
            read_publish(stream, start, body, end)
    except PacketError:
        return


@given(st.data())
def test_a_damaged_publish_is_read_or_refused(data: st.DataObject) -> None:
    properties = publish_properties()
    properties.ContentType = "application/json"
    properties.UserProperty = [("stream", "ops"), ("from", "1")]
    stream = bytearray(packed(properties, "yz/1/st-01/up/ops", b"[]", 7))
    stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_all(bytes(stream))
    except PacketError:
        return


@given(TEXTS.filter(bool), st.binary(max_size=40_000), st.integers(1, 65_535))
def test_a_retained_document_is_read_back(topic: str, payload: bytes, packet_id: int) -> None:
    written = retained(topic, payload, packet_id)
    assert read_all(written) == [Publish(topic, payload, packet_id, True, None, [])]
    assert written == packed(publish_properties(), topic, payload, packet_id, retain=True)
    assert confirmed_id(puback(packet_id) + written, 2) == packet_id


def test_a_puback_says_which_message_is_dealt_with() -> None:
    assert puback(0x1234) == b"\x40\x02\x12\x34"
