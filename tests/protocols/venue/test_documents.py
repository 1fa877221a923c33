"""Control documents: each sample both ways; what is not valid says where; what is unknown is ignored (D1)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DocumentError
from protocols.venue import commands, content, delivery, presence, queue, strict_json, twin
from protocols.venue.document import Document

DATA = Path(__file__).parents[2] / "data" / "documents"
MODELS: dict[str, type[Document]] = {
    "presence.json": presence.Presence,
    "presence.will.json": presence.Presence,
    "core_state.json": presence.CoreState,
    "rebirth.json": presence.Rebirth,
    "birth.json": presence.Birth,
    "reported.json": twin.Reported,
    "reported.unknown_slot.json": twin.Reported,
    "desired.json": twin.Desired,
    "ack.json": delivery.Ack,
    "resend.json": delivery.Resend,
    "board.json": queue.Board,
    "manifest.json": content.Manifest,
    "envelope.json": content.Envelope,
    "command.json": commands.Command,
    "reply.received.json": commands.Reply,
    "reply.progress.json": commands.Reply,
    "reply.done.json": commands.Reply,
    "reply.rejected.json": commands.Reply,
}


def test_every_sample_has_its_model() -> None:
    assert {path.name for path in DATA.glob("*.json")} == set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_document_comes_back_as_it_was_read(name: str) -> None:
    payload = (DATA / name).read_bytes()
    document = MODELS[name].from_bytes(payload)
    assert json.loads(document.to_bytes()) == json.loads(payload)
    assert document.to_object() == json.loads(payload)
    assert MODELS[name].from_bytes(document.to_bytes()) == document


@pytest.mark.parametrize("name", sorted(MODELS))
def test_members_of_a_later_version_are_ignored(name: str) -> None:
    plain = json.loads((DATA / name).read_bytes())
    assert MODELS[name].from_object({**plain, "later": 1}).to_object() == plain


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_mandatory_member_is_missed_by_name(name: str) -> None:
    plain = json.loads((DATA / name).read_bytes())
    for field_name, field in MODELS[name].model_fields.items():
        member = field.alias or field_name
        if not field.is_required():
            continue
        with pytest.raises(DocumentError, match=member):
            MODELS[name].from_object({key: value for key, value in plain.items() if key != member})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_document_cut_anywhere_is_refused_with_a_sentence(name: str) -> None:
    payload = (DATA / name).read_bytes().strip()
    for end in range(len(payload)):
        with pytest.raises(DocumentError):
            MODELS[name].from_bytes(payload[:end])


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"[]", "a JSON object was expected"),
        (b"{} {}", "text after the document"),
        (b'{"online":true,"online":false}', "'online' appears twice"),
        (b'{"epoch":Infinity}', "Infinity is not a JSON number"),
        (b"\xff", "not UTF-8"),
        (b" " * (strict_json.MAX_DOCUMENT_BYTES + 1), "above the limit"),
        (b'{"online":1,"epoch":1,"at":"2026-03-02T01:00:00Z"}', "online"),
        (b'{"online":true,"epoch":1.0,"at":"2026-03-02T01:00:00Z"}', "epoch"),
        (b'{"online":true,"epoch":-1,"at":"2026-03-02T01:00:00Z"}', "epoch"),
        (b'{"online":true,"epoch":1,"at":1772413100000}', "at"),
    ],
)
def test_what_is_not_a_core_state_says_why(payload: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        presence.CoreState.from_bytes(payload)


def test_an_empty_array_has_no_parts() -> None:
    assert list(strict_json.split_array(" [ ] ")) == []


def test_a_later_connection_of_the_same_epoch_supersedes_the_earlier_will() -> None:
    will = presence.Presence.from_bytes((DATA / "presence.will.json").read_bytes())
    assert presence.supersedes(will, None)
    assert presence.supersedes(will, (will.epoch, 1))
    assert not presence.supersedes(will, (will.epoch, 2))
    assert not presence.supersedes(will, (will.epoch + 1, 1))
    assert presence.supersedes(will, (will.epoch - 1, 9))


def test_an_absent_stream_is_acked_at_zero() -> None:
    ack = delivery.Ack.from_bytes((DATA / "ack.json").read_bytes())
    assert [ack.upto("evidence"), ack.upto("ops"), ack.upto("telemetry")] == [119, 0, 0]


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 5_001)])
def test_a_resend_holds_at_least_one_and_at_most_5000(first: int, last: int) -> None:
    plain = json.loads((DATA / "resend.json").read_bytes())
    with pytest.raises(DocumentError, match="must hold 1-5000 seqs"):
        delivery.Resend.from_object({**plain, "from": first, "to": last})


def test_the_content_hash_changes_with_items_and_revision() -> None:
    manifest = content.Manifest.from_bytes((DATA / "manifest.json").read_bytes())
    other_rev = manifest.model_copy(update={"rev": 13})
    fewer = manifest.model_copy(update={"items": manifest.items[:1]})
    assert len({manifest.content_hash, other_rev.content_hash, fewer.content_hash}) == 3
    assert manifest.content_hash == manifest.model_copy().content_hash


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_document(payload: bytes) -> None:
    try:
        presence.CoreState.from_bytes(payload)
    except DocumentError as error:
        assert str(error)
