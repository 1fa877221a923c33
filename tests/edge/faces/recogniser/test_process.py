"""The whole process with the built pack before a film: somebody enrols and signs in, a stranger does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.simulators.face_video import Scene, make
from edge.faces.pipe import (
    Confirm,
    Confirmed,
    Count,
    Counted,
    Erase,
    Erased,
    Failed,
    Follow,
    Followed,
    Look,
    LookFound,
    Open,
    Ready,
    Stop,
    Told,
)
from edge.faces.recogniser.process import EXIT_OPEN, EXIT_PIPE
from edge.sign import load_key
from tests.edge.faces.recogniser.recogniser import Running
from tests.pictures import holds_picture

FPS = 8.0
FILM = [
    Scene("a", "comes", 0.5), Scene("a", "still", 0.9), Scene("a", "left", 1.0), Scene("a", "still", 0.3),
    Scene("a", "right", 1.0), Scene("a", "still", 2.4), Scene("a", "nobody", 0.4), Scene("stranger", "still", 1.4),
]  # fmt: skip
#: One film of these scenes lasts about eight seconds.
ASKED = 12


def opening(folder: Path, pack: Path, source: str) -> Open:
    return Open(
        slot="face-1", source=source, pack=str(pack), gallery=str(folder / "faces.gallery"),
        key_file=str(folder / "faces.key"), state=str(folder / "state"), station="st-01",
    )  # fmt: skip


@pytest.fixture(scope="module")
def process(face_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("recogniser")
    (folder / "state").mkdir()
    load_key(folder / "state")
    film = make(folder / "film.mp4", FILM, FPS)
    running = Running(opening(folder, face_pack, f"file:{film}"))
    try:
        yield running
    finally:
        code, told = running.end()
        assert code == 0, told


@pytest.mark.timeout(120)
def test_somebody_enrols_signs_in_and_is_forgotten_and_a_stranger_stays_one(process: Running) -> None:
    ready = process.until(Ready, Failed)
    assert (ready.people, ready.liveness, ready.fmr) == (0, "challenge", pytest.approx(0.00238))
    enrolled, reasons = looked(process, Look(ask="e", mode="enrol", person="p-a", consent="c-1", phone4="1234"))
    assert (enrolled.outcome, enrolled.person, enrolled.live, enrolled.frames) == ("enrolled", "p-a", "challenge", 5)
    assert {"hold_still", "turn_left", "turn_right"} <= reasons
    outcomes = {}
    for number in range(ASKED):
        found, _ = looked(process, Look(ask=f"s{number}", mode="sign_in", challenge=False))
        outcomes[found.outcome, found.person] = found
        if len(outcomes) == 2:
            break
    assert outcomes.keys() == {("proposed", "p-a"), ("unknown", "")}
    assert outcomes["proposed", "p-a"].score >= 0.6
    assert outcomes["unknown", ""].score <= 0.4
    assert process.ask(Erase(ask="x", persons=["p-a", "p-b"])) == Erased(ask="x", persons=["p-a", "p-b"])
    assert process.ask(Count(ask="n")) == Counted(ask="n", people=0)
    found, _ = looked(process, Look(ask="v", mode="verify", person="p-a", challenge=False))
    assert (found.outcome, found.person) == ("unknown", "")
    assert not holds_picture(bytes(process.said))
    assert max(map(len, bytes(process.said).split(b"{"))) < 1_000  # words, no embedding


def looked(process: Running, look: Look) -> tuple[LookFound, set[str]]:
    """Return how a look ended, and what the person was told."""
    process.send(look)
    reasons: set[str] = set()
    while isinstance(reply := process.until(Told, LookFound, Failed), Told):
        reasons.add(reply.reason)
    assert isinstance(reply, LookFound), reply
    return reply, reasons


def test_only_who_was_found_can_confirm_and_a_list_is_answered(process: Running) -> None:
    assert process.ask(Confirm(ask="c", person="p-z", answer="1234")) == Confirmed(ask="c", right=False)
    process.send(Follow(ask="f", rev=4, keep=["p-1"], last=False))
    answer = process.ask(Follow(ask="f", rev=4, keep=["p-2"]))
    assert answer == Followed(ask="f", rev=4, count=0, missing=2)


def test_one_look_at_a_time_until_it_is_stopped(process: Running) -> None:
    process.send(Look(ask="one", mode="sign_in"))
    refused = process.ask(Look(ask="two", mode="sign_in"))
    assert (refused.what, refused.fault) == ("request", "busy")
    process.send(Stop(ask="two"))
    assert process.ask(Stop(ask="one")).outcome == "gave_up"


def test_what_is_no_request_ends_the_process_with_a_word() -> None:
    running = Running()
    running.write(b"\x00\x00\x00\x05hello")
    code, told = running.end()
    assert code == EXIT_PIPE
    assert told.startswith("no message of this pipe")
    assert "Traceback" not in told


def test_a_pack_that_is_not_there_is_said_and_ends_the_process(tmp_path: Path) -> None:
    running = Running(opening(tmp_path, tmp_path / "pack", "file:/film.mp4"))
    failed = running.until(Failed)
    assert (failed.what, failed.fault) == ("pack", "settings")
    assert "build-pack" in failed.text
    assert running.end()[0] == EXIT_OPEN
