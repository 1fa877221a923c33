"""The reader of batches as we write them agrees with the contract's own, and leaves it what it cannot prove."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.reader import Reading, gather, read_batch, read_written
from protocols.errors import BatchRefused
from protocols.venue import events
from protocols.venue.messages import MESSAGES
from protocols.venue.timestamps import format_time, parse_time

STORE = "0195f3c2-0000-7000-8000-00000000000a"
EPOCH = 1772413200123
PROPERTIES = events.Properties("evidence", 5, 7, EPOCH, STORE)
PROBE = "cn.yizhan.probe.sample.taken.v1"
DOOR: dict[str, Any] = {
    "signal": "door", "value": "unlocked", "from": "2026-03-02T01:00:00.000Z", "to": "2026-03-02T01:01:00.000Z",
    "samples": 3,
}  # fmt: skip


def text_of(seq: int, type_: str = PROBE, data: dict[str, Any] | None = None, *, replay: bool = False) -> str:
    """Return an event as an agent writes it: without space, UTF-8 as it is."""
    body = events.event_body(
        event_id=f"0195f3c2-1111-7000-8000-{seq:012x}", station="st-01", slot="probe-1", type_=type_,
        time=parse_time("2026-03-02T01:01:00Z"), epoch=EPOCH, stream="evidence", clock="trusted",
        data={"n": seq, "pad": "零工"} if data is None else data, boot_ms=4_711 if replay else None,
    )  # fmt: skip
    return events.render(json.dumps(body, ensure_ascii=False, separators=(",", ":")), seq, replay=replay)


def written() -> bytes:
    """Return a batch of three events, the second of which is a replay."""
    return events.encode_batch([text_of(seq, replay=seq == 6) for seq in (5, 6, 7)])


def slowly(payload: bytes) -> Reading:
    """Return what the contract's own reader makes of a batch."""
    return gather(events.decode_batch(payload, PROPERTIES, station="st-01", stream="evidence"))


def quickly(payload: bytes, properties: events.Properties = PROPERTIES) -> Reading | None:
    return read_written(payload, properties, "st-01")


def same(one: Reading | None, other: Reading) -> bool:
    """Return whether two readings say the same; the envelopes of two readers are compared member by member."""
    names = ("id", "source", "type", "time", "epoch", "replay", "clock")
    if one is None or [judged[:2] for judged in one.meant] != [judged[:2] for judged in other.meant]:
        return False
    envelopes = [(a.event, b.event) for a, b in zip(one.meant, other.meant, strict=True)]
    return (
        (one.texts, one.times, one.heard, one.bad, one.flags)
        == (other.texts, other.times, other.heard, other.bad, other.flags)
        and [judged.data for judged in one.meant] == [judged.data for judged in other.meant]
        and all(getattr(a, name) == getattr(b, name) for a, b in envelopes for name in names)
    )


def test_a_batch_as_we_write_it_is_read_in_one_step_with_the_same_result() -> None:
    reading = quickly(written())
    assert same(reading, slowly(written()))
    assert reading is not None
    assert [len(reading.texts), reading.meant, reading.bad, reading.flags] == [3, [], {}, {}]
    assert reading.heard == ["/stations/st-01/slots/probe-1", None, "/stations/st-01/slots/probe-1"]


def test_events_that_mean_more_come_with_their_data() -> None:
    texts = [text_of(5), text_of(6, "cn.yizhan.door.signal.interval.v1", DOOR), text_of(7)]
    payload = events.encode_batch(texts)
    reading = quickly(payload)
    assert same(reading, slowly(payload))
    assert reading is not None
    ((seq, text, event, *_rest, data),) = reading.meant
    assert (seq, text, data) == (6, texts[1], MESSAGES["cn.yizhan.door.signal.interval.v1"].model_validate(DOOR))
    assert event is not None
    assert format_time(event.time) == "2026-03-02T01:01:00.000Z"


def test_what_says_how_a_slot_is_does_not_say_that_it_lives() -> None:
    changed = {"health": "stale", "cause": "usb", "text": ""}
    payload = events.encode_batch([text_of(5), text_of(6, "cn.yizhan.probe.slot.changed.v1", changed), text_of(7)])
    reading = quickly(payload)
    assert same(reading, slowly(payload))
    assert reading is not None
    assert reading.heard[1] is None


@pytest.mark.parametrize(
    ("old", "new", "flags"),
    [
        ("probe.sample.taken", "probe.sample.lost", ("unknown_type",)),
        ('"n":6', '"n":6,"more":{"a":[1,{"b":2.5}]}', ("unknown_field",)),
    ],
)
def test_what_this_version_does_not_know_is_flagged_by_both(old: str, new: str, flags: tuple[str, ...]) -> None:
    payload = written().replace(old.encode(), new.encode())
    reading = quickly(payload)
    assert same(reading, slowly(payload))
    assert reading is not None
    assert reading.flags[1] == flags


#: Batches that the quick reader must leave to the other one, whatever that says of them.
ODD: list[tuple[str, str]] = [
    ("零工", "\\u96f6"),
    ('"n":6', '"n":6,"n":6'),
    ('"n":6', '"n":6,"n" :6'),
    ('"clock":"trusted"', '"clock":"trusted","clock":"trusted"'),
    ('"n":6', '"n":6,"more":[{"a":1,"a":2}]'),
    ('"n":6', '"n":6.0'),
    ('"n":6', '"n":0'),
    ('"n":6', '"n":6,"more":[{"specversion":"1.0"},{"specversion":"1.0"}]'),
    ('"seq":6', '"seq":9'),
    ('"seq":6', '"seq":6.0'),
    ('"stream":"evidence"', '"stream":"ops"'),
    ("slots/probe-1", "slots/Probe"),
    (f'"epoch":{EPOCH}', f'"epoch":{EPOCH + 1}'),
    ("2026-03-02T01:01:00.000Z", "2026-13-02T01:01:00.000Z"),
    ("2026-03-02T01:01:00.000Z", "2026-W10-1T01:01:00.00Z"),
    ("2026-03-02T01:01:00.000Z", "2026-03-02T09:01:00+08:00"),
    ("2026-03-02T01:01:00.000Z", "2026-03-02T01:01:00.0000Z"),
    ("2026-03-02T01:01:00.000Z", "２026-03-02T01:01:00.000Z"),
    ("0195f3c2-1111-7000-8000-000000000006", "0195F3C2-1111-7000-8000-000000000006"),
    ("0195f3c2-1111-7000-8000-000000000006", "0195f3c21-111-7000-8000-000000000006"),
    ("0195f3c2-1111-7000-8000-000000000006", "0195f3c2-1111-7000-8000-0000000000  "),
    ("0195f3c2-1111-7000-8000-000000000006", "0195f3c2-1111-7000-8000-00000000000g"),
    ("0195f3c2-1111-7000-8000-000000000006", "6"),
    ('{"specversion"', ' {"specversion"'),
    ('"replay":true', '"replay":true,"extra":1'),
    ("零工", "x" * 70_000),
]


@pytest.mark.parametrize(("old", "new"), ODD)
def test_whatever_is_not_as_we_write_it_is_left_to_the_contract_s_reader(old: str, new: str) -> None:
    payload = written().replace(old.encode(), new.encode())
    assert payload != written()
    assert quickly(payload) is None
    assert outcome(payload) == slow_outcome(payload)


def outcome(payload: bytes) -> object:
    try:
        return read_batch(payload, PROPERTIES, station="st-01", stream="evidence")
    except BatchRefused as refused:
        return refused.reason


def slow_outcome(payload: bytes) -> object:
    try:
        return slowly(payload)
    except BatchRefused as refused:
        return refused.reason


def test_a_batch_of_another_stream_or_length_is_left_alone() -> None:
    assert quickly(written(), events.Properties("evidence", 5, 6, EPOCH, STORE)) is None
    assert quickly(b"[]") is None
    with pytest.raises(BatchRefused, match="topic says ops"):
        read_batch(written(), PROPERTIES, station="st-01", stream="ops")


@given(st.data())
def test_the_two_readers_agree_on_every_damaged_batch(data: st.DataObject) -> None:
    payload = bytearray(written())
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    reading = quickly(bytes(payload))
    if reading is not None:
        assert same(reading, slowly(bytes(payload)))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=6), _JSON, max_size=4))
def test_the_two_readers_agree_whatever_data_an_unknown_type_has(data: dict[str, Any]) -> None:
    texts = [text_of(5), text_of(6, "cn.yizhan.probe.sample.lost.v1", data), text_of(7)]
    payload = events.encode_batch(texts)
    reading = quickly(payload)
    if reading is not None:
        assert same(reading, slowly(payload))
