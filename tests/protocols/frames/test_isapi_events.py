"""ISAPI events and the endless stream they come in."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.isapi_access import Record
from protocols.frames.isapi_events import (
    BOUNDARY,
    MAX_EVENT_BYTES,
    MAX_PART_HEAD_BYTES,
    Alert,
    AlertStream,
    Counting,
    Inside,
    counting_alert,
    inside_alert,
    part,
    picture_part,
    record_alert,
)
from tests.protocols.frames.isapi_samples import NINE, PUSHED, TEN

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) + b"<{\r\n\r\n--\xff\xd9"
GARBAGE = b"\r\n--MIME_bound--\x00\xff{<a>\r\n\r\n"
ACCESS = record_alert(Record(123, NINE, 5, 75, "staff-7"))
OURS = [
    ACCESS,
    record_alert(Record(1, NINE, 5, 76, "", "checkOut")),
    counting_alert(Counting("realTime", 70, 75, TEN, TEN)),
    counting_alert(Counting("timeRange", 7, 5, NINE, TEN, "2", again=True)),
    inside_alert(NINE, Inside((("1", 4), ("2", 0)))),
    Alert("VMD", NINE, "inactive"),
]
#: Where devices write the attendance although it is off.
UNDEFINED = record_alert(Record(123, NINE, 5, 75, "staff-7", "undefined"))


@pytest.mark.parametrize("name", PUSHED)
def test_what_devices_push_says_what_it_says(name: str) -> None:
    data, alert = PUSHED[name]
    assert Alert.from_bytes(data) == alert
    if name != "access":
        return
    again = Alert.from_bytes(alert.to_bytes())
    assert again == alert


@pytest.mark.parametrize("alert", OURS)
def test_an_event_is_the_same_after_it_was_written(alert: Alert) -> None:
    expected = UNDEFINED if alert is ACCESS else alert
    assert Alert.from_bytes(alert.to_bytes()) == expected
    assert Alert.from_bytes(alert.to_bytes("urn:psialliance-org")) == expected


@pytest.mark.parametrize("name", PUSHED)
def test_an_event_is_found_byte_by_byte_between_garbage_and_pictures(name: str) -> None:
    data, alert = PUSHED[name]
    stream = AlertStream()
    sent = GARBAGE + picture_part(JPEG) + part(data) + picture_part(JPEG) + GARBAGE + part(data) + picture_part(JPEG)
    found = [one for byte in sent for one in stream.feed(bytes((byte,)))]
    assert found == [alert, alert]
    assert (stream.pictures_total, stream.broken_total) == (3, 0)
    assert len(stream._rest) < len(BOUNDARY) + 2  # of a picture nothing is kept, not even the last one


def test_an_event_is_told_before_anything_follows_it() -> None:
    for alert in OURS:
        document = alert.to_bytes()
        assert AlertStream().feed(part(document)[:-2]) == [Alert.from_bytes(document)]


def test_lengths_are_not_believed_and_lines_may_end_in_a_line_feed() -> None:
    document = ACCESS.to_bytes()
    head = b"--MIME_boundary\nContent-Type: application/json\nContent-Length: 9\n\n"
    picture = b"--MIME_boundary\nContent-Type: image/jpeg\nContent-Length: 999999\n\n{" + JPEG
    assert AlertStream().feed(head + document + b"\n" + picture + head + document) == [UNDEFINED] * 2


def test_a_boundary_of_another_name_is_taken() -> None:
    assert AlertStream("b0").feed(part(ACCESS.to_bytes(), "b0")) == [UNDEFINED]


@pytest.mark.parametrize(
    ("broken", "counted"),
    [
        (part(b"{" + b'"a":1,' * MAX_EVENT_BYTES), 1),
        (part(b'{"a":{}'), 1),
        (part(b'{"a":1}'), 1),
        (part(b"<EventNotificationAlert></EventNotificationAlert>"), 1),
        (part(b'{"a":' * 2_000 + b"}"), 1),
        (b"--MIME_boundary\r\n" + b"x" * (MAX_PART_HEAD_BYTES + 10) + b"\r\n\r\n{}", 0),
        (b"--MIME_boundary\r\nContent-Type: x\r\n\r\n" + b" " * 500, 0),
        (b"--MIME_boundary\r\nContent-Type: x\r\n\r\n", 0),
    ],
)
def test_a_broken_part_costs_only_itself(broken: bytes, counted: int) -> None:
    stream = AlertStream()
    assert stream.feed(broken) == []
    assert stream.feed(part(ACCESS.to_bytes()) * 2)[-1:] == [UNDEFINED]
    assert stream.broken_total == counted


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b'{"eventType":"VMD"}', "dateTime"),
        (b'{"eventType":"AccessControllerEvent","dateTime":"2026-03-02T09:00:00Z"}', "no AccessControllerEvent"),
        (PUSHED["realTime"][0].replace(b"realTime", b"perDay"), "statisticalMethods"),
        (PUSHED["timeRange"][0].replace(b"T10:00:00", b"T08:00:00"), "ends before"),
        (PUSHED["regions in JSON"][0].replace(b"humanCount", b"catCount"), "0 regions"),
        (PUSHED["regions in JSON"][0].replace(b"CountingList", b"OtherList"), "0 regions"),
        (PUSHED["regions in JSON"][0].replace(b"9}", b'"many"}'), "no number"),
        (PUSHED["regions in JSON"][0].replace(b'{"DataList":[{"humanCount":9}]}', b"1,[2]"), "0 regions"),
        (PUSHED["regions in JSON"][0].replace(b'[{"DataList":[{"humanCount":9}]}]', b'{"a":1}'), "0 regions"),
    ],
)
def test_what_is_no_event_is_a_parsing_error(document: bytes, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        Alert.from_bytes(document)


def test_the_people_of_all_regions_are_counted() -> None:
    assert Inside((("1", 4), ("2", 1))).people == 5


@given(st.lists(st.sampled_from(OURS), max_size=5), st.lists(st.integers(1, 400), max_size=20), st.binary(max_size=60))
def test_however_the_stream_is_cut_every_event_is_found(alerts: list[Alert], cuts: list[int], noise: bytes) -> None:
    sent = noise + b"".join(part(one.to_bytes()) + picture_part(JPEG) for one in alerts)
    stream, found = AlertStream(), []
    for size in cuts:
        found += stream.feed(sent[:size])
        sent = sent[size:]
    found += stream.feed(sent)
    assert found == [UNDEFINED if one is ACCESS else one for one in alerts]


@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from([part(b"{"), b"--MIME_boundary", b"\r\n\r\n", b"<", b"}"])).map(b"".join)
)
def test_no_bytes_crash_the_stream(data: bytes) -> None:
    stream = AlertStream()
    stream.feed(data)
    assert len(stream._rest) <= MAX_EVENT_BYTES + len(data)
    with suppress(ParsingError):
        Alert.from_bytes(data)
