"""The challenge: who turns as asked passes, nobody else does."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.faces.recogniser.challenge import (
    CHALLENGE_S,
    HOLD_FRAMES,
    MAX_WRONG,
    SIDES,
    STEP_S,
    TURN_FRAMES,
    TURNED_BY,
    Challenge,
    Step,
)

FRAME_S = 0.1
FAR = TURNED_BY + 0.05
LEFT_FIRST: tuple[Step, ...] = SIDES


def challenge(order: tuple[Step, ...] | None = LEFT_FIRST, seed: int = 1) -> Challenge:
    return Challenge(0.0, random.Random(seed), order)


def shown(tried: Challenge, turns: Iterable[float], start_s: float = 0.0) -> Challenge:
    """Show where the nose is, a frame every tenth of a second."""
    for number, turned in enumerate(turns):
        tried.see(turned, start_s + number * FRAME_S)
    return tried


HELD = [0.02] * HOLD_FRAMES
TO_LEFT, TO_RIGHT, BACK = [FAR] * TURN_FRAMES, [-FAR] * TURN_FRAMES, [0.02]


def test_who_holds_still_and_turns_as_asked_passes() -> None:
    tried = challenge()
    assert (tried.asks, tried.done) == ("hold_still", 0)
    assert shown(tried, HELD).asks == "turn_left"
    assert shown(tried, TO_LEFT).asks == "turn_right"
    assert shown(tried, [*BACK, *TO_RIGHT]).state == "passed"
    assert tried.asks == "good"


def test_a_head_on_its_way_back_turns_to_nobodys_wrong_side() -> None:
    tried = shown(challenge(), [*HELD, *TO_LEFT, *TO_LEFT, *TO_LEFT])
    assert (tried.asks, tried.done) == ("turn_right", 2)
    assert shown(tried, [0.15, *BACK, *TO_RIGHT]).state == "passed"


def test_a_head_that_is_held_a_little_aslant_is_measured_from_there() -> None:
    tried = shown(challenge(), [0.1] * HOLD_FRAMES + [FAR] * TURN_FRAMES)
    assert tried.asks == "turn_left"
    assert shown(tried, [FAR + 0.1] * TURN_FRAMES).asks == "turn_right"


def test_the_other_side_than_asked_begins_again_and_ends_it_after_some_times() -> None:
    tried = shown(challenge(), [*HELD, *TO_RIGHT])
    assert (tried.asks, tried.done) == ("hold_still", 0)
    for _ in range(MAX_WRONG):
        shown(tried, [*HELD, *TO_RIGHT])
    assert (tried.state, tried.asks) == ("failed", "not_live")
    assert shown(tried, [*HELD, *TO_LEFT, *BACK, *TO_RIGHT]).state == "failed"


def test_one_frame_is_no_turn() -> None:
    assert shown(challenge(), [*HELD, FAR, 0.0, FAR, 0.0, FAR]).asks == "turn_left"


def test_time_is_bounded_for_a_step_and_for_all() -> None:
    tried = shown(challenge(), HELD)
    tried.see(0.0, STEP_S + 1)
    assert (tried.state, tried.asks) == ("asked", "hold_still")
    tried.see(0.0, CHALLENGE_S + 0.1)
    assert tried.state == "failed"


def test_who_was_not_seen_begins_again_even_after_he_passed() -> None:
    tried = shown(challenge(), [*HELD, *TO_LEFT, *BACK, *TO_RIGHT])
    tried.lost(2.0)
    assert (tried.state, tried.asks) == ("asked", "hold_still")


def test_nobody_knows_the_order_before() -> None:
    first = {shown(challenge(None, seed), HELD).asks for seed in range(20)}
    assert first == {"turn_left", "turn_right"}


@given(st.lists(st.floats(-TURNED_BY / 2.1, TURNED_BY / 2.1), max_size=60), st.integers(0, 9))
def test_what_is_flat_never_passes(turns: list[float], seed: int) -> None:
    assert shown(challenge(None, seed), turns).state == "asked"


@pytest.mark.parametrize("seed", range(4))
def test_a_film_of_both_turns_passes_only_when_it_has_the_order(seed: int) -> None:
    tried = shown(challenge(None, seed), HELD)
    right = tried.asks == "turn_left"
    shown(tried, [*TO_LEFT, *BACK, *TO_RIGHT])
    assert (tried.state == "passed") == right
