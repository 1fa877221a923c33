"""Batches as bytes: what is taken apart, what is refused whole, and that nothing crashes the reader (D12, D13)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import BatchRefused, DocumentError, EventTooLarge
from protocols.venue import events
from protocols.venue.timestamps import parse_time

STORE = "0195f3c2-0000-7000-8000-00000000000a"
PROPERTIES = events.Properties("evidence", 5, 7, 1772413200123, STORE)


def body(n: int) -> str:
    event = events.event_body(
        event_id=f"0195f3c2-1111-7000-8000-{n:012x}",
        station="st-01",
        slot="probe-1",
        type_="cn.yizhan.probe.sample.taken.v1",
        time=parse_time("2026-03-02T01:01:00Z"),
        epoch=1772413200123,
        stream="evidence",
        clock="trusted",
        data={"n": n, "pad": "零工"},
    )
    return json.dumps(event, ensure_ascii=False)


def batch(first: int = 5, count: int = 3) -> bytes:
    return events.encode_batch([events.render(body(n), n, replay=n == first) for n in range(first, first + count)])


def decode(payload: bytes, properties: events.Properties = PROPERTIES, stream: str = "evidence") -> list[events.Judged]:
    return events.decode_batch(payload, properties, station="st-01", stream=stream)


def test_a_batch_comes_back_as_it_was_sent() -> None:
    judged = decode(batch())
    assert [one.seq for one in judged] == [5, 6, 7]
    assert [one.event.replay for one in judged if one.event] == [True, False, False]
    assert ("[" + ",".join(one.text for one in judged) + "]").encode() == batch()


def test_white_space_between_events_does_not_matter() -> None:
    spaced = b" [\n" + batch()[1:-1].replace(b'},{"specversion"', b'}\t,\r\n {"specversion"') + b" ]\n"
    assert [one.reason for one in decode(spaced)] == [None, None, None]


def test_one_bad_event_leaves_the_others_alone() -> None:
    good = [events.render(body(n), n, replay=False) for n in (5, 6, 7)]
    judged = decode(events.encode_batch([good[0], '"no event"', good[2]]))
    assert [(one.seq, one.reason) for one in judged] == [(5, None), (6, "schema"), (7, None)]


def test_untrusted_events_carry_the_time_since_boot() -> None:
    event = events.event_body(
        event_id=f"0195f3c2-1111-7000-8000-{5:012x}", station="st-01", slot="agent", type_="x", epoch=1,
        time=parse_time("2026-03-02T01:01:00Z"), stream="ops", clock="untrusted", data={}, boot_ms=90,
    )  # fmt: skip
    assert event["boot_ms"] == 90
    assert event["source"] == "/stations/st-01/slots/agent"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"{}", "not_json"),
        (batch()[:-1], "not_json"),
        (batch() + b"x", "not_json"),
        (batch().replace(b"},{", b"};{"), "not_json"),
        (b"\xef\xbb\xbf" + batch(), "not_json"),
        (batch().replace("零".encode(), b"\xff\xfe"), "not_json"),
        (b'[{"a":1,"a":2},2,3]', "not_json"),
        (b"[NaN,2,3]", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[1" + b"0" * 5000 + b",2,3]", "not_json"),
        (b"[]", "bad_properties"),
        (batch(count=2), "bad_properties"),
        (b"[" + b" " * events.MAX_BATCH_BYTES + b"]", "too_large"),
    ],
)
def test_a_payload_that_cannot_be_taken_apart_is_refused_whole(payload: bytes, reason: str) -> None:
    with pytest.raises(BatchRefused) as refused:
        decode(payload)
    assert refused.value.reason == reason


def test_the_stream_of_the_topic_and_of_the_properties_must_agree() -> None:
    with pytest.raises(BatchRefused) as refused:
        decode(batch(), stream="ops")
    assert refused.value.reason == "wrong_stream"


def test_properties_survive_the_wire() -> None:
    assert events.Properties.from_pairs(PROPERTIES.to_pairs()) == PROPERTIES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stream", "gossip"),
        ("from", "0"),
        ("from", "٣"),
        ("from", "-1"),
        ("to", "4"),
        ("to", "505"),
        ("epoch", ""),
        ("store", "st-01"),
        ("store", None),
    ],
)
def test_bad_properties_refuse_the_batch(name: str, value: str | None) -> None:
    pairs = [(key, value if key == name else given) for key, given in PROPERTIES.to_pairs()]
    with pytest.raises(BatchRefused) as refused:
        events.Properties.from_pairs([(key, one) for key, one in pairs if one is not None])
    assert refused.value.reason == "bad_properties"


def test_a_doubled_property_refuses_the_batch() -> None:
    with pytest.raises(BatchRefused, match="twice"):
        events.Properties.from_pairs([*PROPERTIES.to_pairs(), ("from", "5")])


def test_an_event_above_the_limit_never_enters_the_outbox() -> None:
    assert events.check_size(body(1)) == body(1)
    with pytest.raises(EventTooLarge) as refused:
        events.check_size("零" * 22_000)
    assert refused.value.size_bytes == 66_000


def test_sources_name_slots_of_their_own_station_only() -> None:
    assert events.slot_of("/stations/st-01/slots/agent", "st-01") == "agent"
    assert events.slot_of("/stations/st-01/slots/door-1", "st-01") == "door-1"
    assert events.slot_of("/stations/st-01/slots/core", "st-01") is None
    assert events.slot_of("/stations/st-010/slots/door-1", "st-01") is None
    with pytest.raises(DocumentError):
        events.source_of("st-01", "Door")


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(payload: bytes) -> None:
    try:
        judged = decode(payload)
    except BatchRefused:
        return
    assert len(judged) == 3


@given(st.data())
def test_a_flipped_byte_is_an_event_or_a_refusal_never_a_crash(data: st.DataObject) -> None:
    payload = bytearray(batch())
    payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        judged = decode(bytes(payload))
    except BatchRefused as refused:
        assert refused.reason in {"not_json", "bad_properties"}
        return
    assert [one.seq for one in judged] == [5, 6, 7]
