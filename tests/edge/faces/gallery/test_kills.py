"""F24: killed while it enrols and erases, a gallery finds after the restart exactly who is in its file."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.edge.faces.gallery.churn import PEOPLE, SEED
from tests.edge.faces.gallery.people import Crowd, opened

MAX_LINES = 40


def killed(folder: Path, first: int, lines: int) -> list[str]:
    """Run the churn, kill it -9 when it has told so many lines, and return all that it had told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.edge.faces.gallery.churn", str(folder), str(first)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process, process.stdout as told:
        heard = [told.readline() for _ in range(lines)]
        process.kill()
        heard += told.readlines()
    assert process.returncode == -9
    return heard


def apply(change: str, there: set[str]) -> set[str]:
    act, _, person = change.partition(" ")
    return there | {f"p-{person}"} if act == "enrol" else there - {f"p-{person}"}


@pytest.mark.parametrize("kills", [1, pytest.param(60, marks=[pytest.mark.deep, pytest.mark.timeout(600)])])
def test_killed_at_any_moment_it_finds_who_is_in_its_file_and_nobody_who_was_erased(tmp_path: Path, kills: int) -> None:
    luck, crowd = random.Random(kills), Crowd(SEED, PEOPLE)
    there: set[str] = set()
    changes = open_changes = 0
    for _ in range(kills):
        heard = killed(tmp_path, changes, luck.randrange(1, MAX_LINES))
        durable = [line.removeprefix("durable ").strip() for line in heard if line.startswith("durable")]
        begun = [line.removeprefix("begins ").strip() for line in heard if line.startswith("begins")]
        changes += len(begun)
        for change in durable:
            there = apply(change, there)
        # The change under way was made or was not; nothing lies between.
        possible = [there, *(apply(change, there) for change in begun[len(durable) :])]
        kept = opened(tmp_path)
        assert kept.ids() in possible
        open_changes += len(begun) - len(durable)
        there = set(kept.ids())
        assert len(kept) == len(there)
        for number in range(PEOPLE):
            person, found = f"p-{number}", kept.search(crowd.people[number])
            assert (found.person == person) == (person in there)
            assert (kept.verify(person, crowd.people[number]) is None) == (person not in there)
        kept.close()
    assert open_changes > 0 or kills == 1  # of many kills, some come within a change
