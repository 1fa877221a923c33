"""A sample can be drawn again, whatever order the frame comes in, and prefers nobody."""

from collections import Counter
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.service.sampling import Respondent, draw, frame_digest

FRAMES = st.lists(
    st.builds(Respondent, st.sampled_from(["person", "firm"]), st.integers(1, 40).map(lambda n: UUID(int=n))),
    max_size=30,
)


@settings(max_examples=50)
@given(FRAMES, st.text(max_size=8), st.integers(0, 50), st.randoms(use_true_random=False))
def test_order_and_repeats_of_the_frame_change_nothing(
    frame: list[Respondent], seed: str, wanted: int, chance: object
) -> None:
    other = [*frame, *frame[:3]]
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert draw(other, seed, wanted) == draw(frame, seed, wanted)
    assert frame_digest(other) == frame_digest(frame)


@settings(max_examples=50)
@given(FRAMES, st.text(max_size=8), st.integers(1, 50))
def test_a_larger_sample_holds_the_smaller_and_nobody_twice(frame: list[Respondent], seed: str, wanted: int) -> None:
    large = draw(frame, seed, wanted)
    assert list(draw(frame, seed, wanted - 1)) == list(large)[: wanted - 1]
    assert len(set(large)) == len(large) == min(wanted, len(set(frame)))


@settings(max_examples=1)
@given(st.just(None))
def test_over_many_seeds_everybody_is_drawn_about_as_often(nothing: None) -> None:
    del nothing
    frame = [Respondent("person", UUID(int=number)) for number in range(40)]
    drawn = Counter(one for seed in range(2_000) for one in draw(frame, str(seed), 10))
    assert set(drawn) == set(frame)
    assert all(400 < count < 600 for count in drawn.values()), "expected 500, standard deviation 19"
