"""Strangers before a full gallery, as alike as real people were measured to be: nobody signs in as somebody else.

A stranger is nobody enrolled; he looks three times, as somebody who tries would. A proposal alone is no sign-in: it
takes digits that the person typed at the enrolment and a stranger does not know, and wrong ones end his tries. Who
types anything is right once in 2,500 tries: with 500 strangers one such run in 15 to 30 would have one.
"""

import numpy as np
import pytest

from edge.faces.gallery.index import Index
from edge.faces.gallery.records import Record, with_mean
from edge.faces.terms import DEFAULT_MARGIN, DEFAULT_THRESHOLD, MAX_WRONG_ANSWERS, Check, needs_second
from provisioning.facepack.measured import DEFAULT, fmr_of
from tests.edge.faces.gallery.people import DIFFERENT, MODEL, Crowd

STRANGERS = 500


def enrolled(crowd: Crowd) -> list[Record]:
    """Return everybody of a crowd with digits of his own."""
    digits = np.random.default_rng(1).integers(0, 10_000, len(crowd.people))
    checks = [Check(f"{one:04}", f"{n % 12 + 1:02}{n % 28 + 1:02}") for n, one in enumerate(digits)]
    return [Record(f"p-{n}", MODEL, "c", check, with_mean(crowd.frames(n, 3))) for n, check in enumerate(checks)]


@pytest.mark.parametrize("people", [1_000, 10_000])
def test_no_stranger_signs_in_as_somebody_else(people: int, capsys: pytest.CaptureFixture[str]) -> None:
    records = enrolled(Crowd(11, people))
    known = {record.person: record for record in records}
    index, outside = Index(records, 192, threads=2), Crowd(12, STRANGERS)
    guesses = np.random.default_rng(13)
    proposed = signed_in = 0
    for n in range(STRANGERS):
        for look in outside.frames(n, 3, 0.95):
            found = index.search(look, DEFAULT_THRESHOLD, DEFAULT_MARGIN)
            if found.person is not None:
                proposed += 1
                typed = guesses.choice(10_000, MAX_WRONG_ANSWERS, replace=False)
                signed_in += any(known[found.person].confirms(f"{digits:04}") for digits in typed)
                break
    with capsys.disabled():
        print(f"\n{people} people, {STRANGERS} strangers, 3 looks each: {proposed} proposals, {signed_in} sign-ins")
    assert proposed > 0
    assert signed_in == 0


def test_people_drawn_are_as_alike_as_measured() -> None:
    crowd = Crowd(3, 400)
    pictures = np.stack([crowd.frames(n, 1)[0] for n in range(400)])
    different = (pictures @ pictures.T)[np.triu_indices(400, 1)]
    rate = float((different >= DEFAULT_THRESHOLD).mean())
    assert (different.mean(), different.std()) == pytest.approx(DIFFERENT, abs=0.03)
    assert 0.0003 <= rate <= DEFAULT["rates"][-1]["upper"] * 1.5


def test_from_five_people_on_the_default_pack_needs_the_digits() -> None:
    assert [needs_second(fmr_of(DEFAULT), DEFAULT_THRESHOLD, people) for people in (4, 5)] == [False, True]
