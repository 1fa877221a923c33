"""The search finds who is nearest, whatever the bytes say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.faces.gallery.index import Index, to_bytes
from edge.faces.gallery.records import Record, with_mean
from edge.faces.gallery.rotation import rotation_of
from tests.edge.faces.gallery.people import CHECK, MODEL, Crowd


def records(crowd: Crowd, frames: int = 3) -> list[Record]:
    return [
        Record(f"p-{n:05}", MODEL, "c", CHECK, with_mean(crowd.frames(n, frames))) for n in range(len(crowd.people))
    ]


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), people=st.integers(2, 40), threads=st.sampled_from([1, 2]))
def test_it_is_the_largest_of_all_products_and_the_next_persons(seed: int, people: int, threads: int) -> None:
    crowd = Crowd(seed, people, 32)
    kept = records(crowd)
    asked = crowd.frames(seed % people, 1, 0.8)[0]
    found = Index(kept, 32, threads).search(asked, -1, 0)
    best = sorted(((float((one.rows @ asked).max()), one.person) for one in kept), reverse=True)
    assert found.person == best[0][1]
    assert (found.score, found.second) == pytest.approx((best[0][0], best[1][0]), abs=1e-6)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), dimension=st.sampled_from([8, 64, 192]))
def test_what_bytes_say_is_within_the_bound(seed: int, dimension: int) -> None:
    crowd = Crowd(seed, 20, dimension)
    kept, asked = to_bytes(crowd.people), to_bytes(crowd.frames(0, 1)[0][None, :])
    about = (kept.whole.astype(np.float64) @ asked.whole[0].astype(np.float64)) * kept.scale * asked.scale[0]
    true = crowd.people.astype(np.float64) @ crowd.frames(0, 1)[0]
    assert true.shape == about.shape
    wide = kept.off + (1 + kept.off) * asked.off[0] + 1e-4
    asked_row = asked.whole[0] * asked.scale[0]
    assert (np.abs(about - crowd.people @ asked_row.astype(np.float32)) <= wide).all()


def test_nobody_near_enough_is_unknown_and_so_is_one_of_two_who_look_alike() -> None:
    crowd = Crowd(1, 20)
    kept = records(crowd)
    assert Index(kept, 192).search(-crowd.people[0], 0.6, 0.05).person is None
    twin = Record("p-twin", MODEL, "c", CHECK, kept[3].rows)
    found = Index([*kept, twin], 192).search(crowd.people[3], 0.6, 0.05)
    assert (found.person, found.score) == (None, found.second)


def test_of_one_person_there_is_no_second_and_of_none_nothing() -> None:
    crowd = Crowd(1, 1)
    found = Index(records(crowd), 192).search(crowd.people[0], 0.6, 0.05)
    assert (found.person, found.second) == ("p-00000", -1.0)
    assert Index([], 192).search(crowd.people[0], 0.6, 0.05).person is None
    assert Index([], 192).verify("p-00000", crowd.people[0]) is None


def test_a_turn_keeps_cosines_and_another_turn_is_another_world() -> None:
    crowd = Crowd(5, 50)
    turned = crowd.people @ rotation_of(b"k" * 32, b"1" * 16, 192)
    assert np.allclose(turned @ turned.T, crowd.people @ crowd.people.T, atol=1e-5)
    other = crowd.people @ rotation_of(b"k" * 32, b"2" * 16, 192)
    assert np.abs(np.sum(turned * other, axis=1)).max() < 0.4
    assert np.array_equal(turned, crowd.people @ rotation_of(b"k" * 32, b"1" * 16, 192))
