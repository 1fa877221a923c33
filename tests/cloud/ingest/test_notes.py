"""Whatever a broker may bring is taken apart or refused, and never ends the reader (F18)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.client import Received
from cloud.ingest.notes import Batch, Refusal, Report, take_apart
from cloud.ingest.service import STRIDE
from protocols.venue.events import CONTENT_TYPE, Properties
from protocols.venue.presence import Presence
from tests.cloud.station import AT, STORE, make_batch, make_birth

TOPICS = [
    "presence",
    "birth",
    "up/evidence",
    "up/ops",
    "twin/reported",
    "door-1/live",
    "door-1/cmd/echo",
    "ack",
    "none",
]
PAIRS = tuple(Properties("evidence", 1, 2, 1, STORE).to_pairs())


def received(topic: str, payload: bytes, pairs: tuple[tuple[str, str], ...] = PAIRS) -> Received:
    return Received(f"yz/1/st-01/{topic}", payload, retained=False, content_type=CONTENT_TYPE, user_properties=pairs)


@given(
    st.sampled_from(TOPICS),
    st.one_of(
        st.binary(max_size=60), st.recursive(st.none(), lambda inner: st.lists(inner, max_size=3)).map(json.dumps)
    ),
    st.lists(
        st.tuples(st.sampled_from(["stream", "from", "to", "epoch", "store", "x"]), st.text(max_size=8)), max_size=6
    ),
)
def test_no_message_ends_the_reader(topic: str, payload: bytes | str, pairs: list[tuple[str, str]]) -> None:
    raw = payload if isinstance(payload, bytes) else payload.encode()
    note = take_apart(received(topic, raw, tuple(pairs)))
    assert note is None or isinstance(note, Batch | Refusal | Report)


def test_a_batch_keeps_its_events_and_its_bytes() -> None:
    payload = make_batch([1, 2])
    note = take_apart(received("up/evidence", payload))
    assert isinstance(note, Batch)
    assert len(note.reading.texts) == 2
    assert note.payload == payload


@pytest.mark.parametrize(
    ("payload", "pairs", "reason"),
    [
        (b"[{]", PAIRS, "not_json"),
        (make_batch([1]), PAIRS, "bad_properties"),
        (make_batch([1]), (), "bad_properties"),
        (b"[" + b" " * 300_000 + b"]", PAIRS, "too_large"),
        (make_batch([1, 2]), tuple(Properties("ops", 1, 2, 1, STORE).to_pairs()), "wrong_stream"),
        (make_batch([STRIDE]), tuple(Properties("evidence", STRIDE, STRIDE, 1, STORE).to_pairs()), "bad_properties"),
    ],
)
def test_a_batch_that_cannot_be_taken_says_why(payload: bytes, pairs: tuple[tuple[str, str], ...], reason: str) -> None:
    note = take_apart(received("up/evidence", payload, pairs))
    assert isinstance(note, Refusal)
    assert note.reason == reason


def test_another_content_type_is_refused_and_none_is_borne() -> None:
    plain = Received("yz/1/st-01/up/evidence", make_batch([1, 2]), False, None, PAIRS)
    assert isinstance(take_apart(plain), Batch)
    other = Received("yz/1/st-01/up/evidence", make_batch([1, 2]), False, "text/plain", PAIRS)
    assert isinstance(take_apart(other), Refusal)


def test_documents_are_read_as_what_their_topic_says() -> None:
    presence = {"online": True, "epoch": 1, "conn": 1, "at": AT, "reason": "start"}
    note = take_apart(received("presence", json.dumps(presence).encode()))
    assert isinstance(note, Report)
    assert isinstance(note.document, Presence)
    assert isinstance(take_apart(received("birth", json.dumps(make_birth()).encode())), Report)
    assert isinstance(take_apart(received("birth", b"{}")), Refusal)
    live = {"at": AT, "health": "good", "values": {"open": True}}
    note = take_apart(received("door-1/live", json.dumps(live).encode()))
    assert isinstance(note, Report)
    assert note.slot == "door-1"
    assert isinstance(take_apart(received("door-1/live", json.dumps({**live, "pad": "x" * 5000}).encode())), Refusal)
    assert take_apart(Received("other/topic", b"", False, None, ())) is None
