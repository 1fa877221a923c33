"""Topics, ids and times: built and parsed in one place, both ways."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from protocols.errors import DocumentError, TopicError
from protocols.venue import topics
from protocols.venue.ids import RESERVED, Id, check_id, check_slot
from protocols.venue.timestamps import Timestamp, format_time, parse_time

BOTH_WAYS = [
    (topics.CORE_STATE, topics.Topic("core_state")),
    (topics.station_topic("st-01", "presence"), topics.Topic("presence", "st-01")),
    (topics.station_topic("st-01", "birth"), topics.Topic("birth", "st-01")),
    (topics.station_topic("st-01", "ack"), topics.Topic("ack", "st-01")),
    (topics.station_topic("st-01", "resend"), topics.Topic("resend", "st-01")),
    (topics.station_topic("st-01", "rebirth"), topics.Topic("rebirth", "st-01")),
    (topics.station_topic("st-01", "gallery"), topics.Topic("gallery", "st-01")),
    (topics.up("st-01", "evidence"), topics.Topic("up", "st-01", "evidence")),
    (topics.live("st-01", "wall"), topics.Topic("live", "st-01", "wall")),
    (topics.twin("st-01", "desired"), topics.Topic("twin_desired", "st-01")),
    (topics.twin("st-01", "reported"), topics.Topic("twin_reported", "st-01")),
    (topics.command("st-01", "agent", "digest"), topics.Topic("command", "st-01", "agent", "digest")),
    (topics.reply("st-01", "main"), topics.Topic("reply", "st-01", "main")),
    (topics.content("st-01", "wall"), topics.Topic("content", "st-01", "wall")),
]


@pytest.mark.parametrize(("text", "topic"), BOTH_WAYS)
def test_a_built_topic_parses_back(text: str, topic: topics.Topic) -> None:
    assert text.startswith("yz/1/")
    assert topics.parse_topic(text) == topic


@pytest.mark.parametrize(
    "text",
    [
        "", "yz/2/st-01/birth", "yz/1", "yz/1/st-01", "yz/1/ST-01/birth", "yz/1/st-01/up/gossip", "yz/1/st-01/up",
        "yz/1/core/birth", "yz/1/st-01/agent/live", "yz/1/st-01/wall/cmd/Blackout", "yz/1/st-01/twin/wanted",
        "yz/1/st-01/birth/", "yz/1/+/birth", "yz/1/st-01/reply/core", "yz/1/" + "a" * 300,
    ],
)  # fmt: skip
def test_anything_else_is_not_a_topic(text: str) -> None:
    with pytest.raises(TopicError):
        topics.parse_topic(text)


@given(st.text(alphabet="yz1/abc-+#core", max_size=40))
def test_no_text_crashes_the_topic_parser(text: str) -> None:
    try:
        topics.parse_topic("yz/1/" + text)
    except TopicError as error:
        assert str(error)


def test_a_station_subscribes_to_what_the_contract_lists() -> None:
    assert topics.edge_filters("st-01") == (
        "yz/1/core/state", "yz/1/st-01/ack", "yz/1/st-01/resend", "yz/1/st-01/rebirth", "yz/1/st-01/twin/desired",
        "yz/1/st-01/+/cmd/+", "yz/1/st-01/content/+", "yz/1/st-01/gallery",
    )  # fmt: skip


@pytest.mark.parametrize("good", ["a", "0", "st-01", "a" * 32])
def test_ids_of_the_pattern_are_taken(good: str) -> None:
    assert check_id(good) == good
    assert TypeAdapter(Id).validate_python(good) == good


@pytest.mark.parametrize("bad", ["", "-a", "A", "a_b", "a" * 33, "a/b", "门", "a\n", *sorted(RESERVED)])
def test_other_ids_are_refused_not_folded(bad: str) -> None:
    with pytest.raises(DocumentError):
        check_id(bad)
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(bad)


def test_the_station_itself_is_a_slot_but_no_id() -> None:
    assert check_slot("agent") == "agent"
    assert check_slot("door-1") == "door-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T01:00:00Z", datetime(2026, 3, 2, 1, tzinfo=UTC)),
        ("2026-03-02t09:00:00.5+08:00", datetime(2026, 3, 2, 1, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T01:00:00.123456789z", datetime(2026, 3, 2, 1, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-03-01T20:30:00-04:30", datetime(2026, 3, 2, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_any_offset_and_0_to_9_decimals(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T01:00:00", "2026-03-02", "2026-02-30T01:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T01:00:60Z",
        "2026-03-02T01:00:00+24:00", "2026-03-02T01:00:00+08:60", "2026-03-02T01:00:00.1234567890Z",
        "0001-01-01T00:00:00+01:00", "２026-03-02T01:00:00Z", "2026-03-02T01:00:00Z\n",
    ],
)  # fmt: skip
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_time(text)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_time_reads_back_to_the_millisecond(moment: datetime) -> None:
    back = parse_time(format_time(moment))
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)


def test_times_are_written_in_utc_with_three_decimals() -> None:
    beijing = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
    assert format_time(beijing) == "2026-03-02T01:00:00.000Z"
    with pytest.raises(DocumentError, match="no offset"):
        format_time(datetime(2026, 3, 2))  # noqa: DTZ001


def test_models_take_texts_and_aware_datetimes_only() -> None:
    adapter = TypeAdapter(Timestamp)
    assert adapter.validate_python(datetime(2026, 3, 2, tzinfo=UTC)).tzinfo == UTC
    with pytest.raises(ValidationError):
        adapter.validate_python(datetime(2026, 3, 2))  # noqa: DTZ001
