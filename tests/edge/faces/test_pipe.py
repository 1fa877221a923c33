"""The pipe to the recogniser: every message both ways, byte by byte, and what is not one."""

import pytest

from edge.faces import pipe
from edge.faces.terms import needs_second
from provisioning.facepack.measured import Fmr

REQUESTS: list[pipe.Request] = [
    pipe.Open(slot="face-1", source="file:/a.mp4", pack="/p", gallery="/g", key_file="/k", state="/s", station="st-01"),
    pipe.Look(ask="a", mode="enrol", person="p-1", consent="c", phone4="1234", birthday="0203"),
    pipe.Stop(ask="a"),
    pipe.Follow(ask="b", rev=3, keep=["p-1"]),
    pipe.Erase(ask="c", persons=["p-1"]),
    pipe.Confirm(ask="d", person="p-1", answer="1234"),
    pipe.Count(ask="e"),
]
REPLIES: list[pipe.Reply] = [
    pipe.Ready(model="m", people=3, fmr=0.01),
    pipe.Failed(what="pack", fault="settings", text="there is no pack"),
    pipe.Told(ask="a", reason="too_far", box=(1, 2, 3, 4)),
    pipe.LookFound(ask="a", outcome="proposed", person="p-1", score=0.7, second=0.1, model="m", gallery=3),
    pipe.Erased(ask="c", persons=["p-1"]),
    pipe.Followed(ask="b", rev=3, count=1, missing=0),
    pipe.Confirmed(ask="d", right=True),
    pipe.Counted(ask="e", people=3),
    pipe.Lag(frames=600, dropped=3, p50_ms=31.0, p95_ms=50.0),
]


@pytest.mark.parametrize("message", REQUESTS)
def test_a_request_survives_the_pipe(message: pipe.Request) -> None:
    (body,) = pipe.Bodies().feed(pipe.to_bytes(message))
    assert pipe.request_of(body) == message


@pytest.mark.parametrize("message", REPLIES)
def test_a_reply_survives_the_pipe(message: pipe.Reply) -> None:
    (body,) = pipe.Bodies().feed(pipe.to_bytes(message))
    assert pipe.reply_of(body) == message


def test_messages_come_out_whole_however_they_come_in() -> None:
    wire = b"".join(pipe.to_bytes(one) for one in REQUESTS)
    bodies = pipe.Bodies()
    found = [pipe.request_of(body) for byte in wire for body in bodies.feed(bytes([byte]))]
    assert found == REQUESTS


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"type": "dance"}', b'{"type": "stop", "ask": 3}', b"\xff"])
def test_what_is_no_message_is_an_error_of_the_pipe(body: bytes) -> None:
    with pytest.raises(pipe.PipeError):
        pipe.request_of(body)
    with pytest.raises(pipe.PipeError):
        pipe.reply_of(body)


def test_nobody_waits_for_a_message_beyond_the_bound() -> None:
    with pytest.raises(pipe.PipeError, match="bytes"):
        list(pipe.Bodies().feed((pipe.MAX_MESSAGE_BYTES + 1).to_bytes(4, "big")))


@pytest.mark.parametrize(
    ("fmr", "people", "needed"),
    [
        (None, 1, False),
        (None, 2, True),
        (Fmr("made", 3_696, ((0.55, 0.004), (0.60, 0.001))), 10, False),
        (Fmr("made", 3_696, ((0.55, 0.004), (0.60, 0.001))), 11, True),
        (Fmr("made", 2_999, ((0.60, 0.000_001),)), 2, True),  # too few pairs: 1 %
        (Fmr("made", 3_696, ((0.70, 0.000_001),)), 2, True),  # nothing was measured at this threshold
    ],
)
def test_a_second_answer_is_needed_where_a_false_proposal_is_to_be_expected(
    fmr: Fmr | None,
    people: int,
    needed: bool,  # noqa: FBT001 - a table
) -> None:
    assert needs_second(fmr, 0.60, people) is needed
