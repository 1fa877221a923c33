"""Watermark arithmetic against the plainest model there is: a set of numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.marks import MAX_GAPS, MAX_LOST, Mark, merged

STEPS = st.lists(st.tuples(st.booleans(), st.integers(1, 60), st.integers(0, 12)), max_size=40)


@given(STEPS)
def test_a_mark_agrees_with_a_set_of_numbers(steps: list[tuple[bool, int, int]]) -> None:
    mark, consumed, lost = Mark(), set[int](), set[int]()
    for is_lost, first, length in steps:
        numbers = set(range(first, first + length + 1))
        missing = {n for a, b in mark.missing(first, first + length) for n in range(a, b + 1)}
        assert missing == numbers - consumed
        if is_lost:
            lost |= numbers - consumed
            mark.lose(first, first + length)
        else:
            mark.consume(first, first + length)
        consumed |= numbers
    holes = set(range(1, max(consumed, default=0) + 1)) - consumed
    assert mark.highest == max(consumed, default=0)
    assert {n for a, b in mark.gaps for n in range(a, b + 1)} == holes
    assert mark.upto == min(holes, default=mark.highest + 1) - 1
    assert {n for a, b in mark.lost for n in range(a, b + 1)} == lost
    assert mark.gaps == merged(mark.gaps), "gaps are in order and do not touch"


def test_a_jump_that_would_open_one_gap_too_many_finds_no_room() -> None:
    mark = Mark()
    for number in range(MAX_GAPS):
        mark.consume(2 + 2 * number, 2 + 2 * number)
    assert len(mark.gaps) == MAX_GAPS
    assert not mark.has_room(mark.highest + 2)
    assert mark.has_room(mark.highest + 1)
    assert mark.has_room(1)


def test_lost_ranges_beyond_the_bound_are_shown_as_one_wider_range() -> None:
    mark = Mark()
    for number in range(MAX_LOST + 5):
        mark.lose(2 * number + 1, 2 * number + 1)
        mark.consume(2 * number + 2, 2 * number + 2)
    assert len(mark.lost) == MAX_LOST
    assert mark.lost[0][0] == 1


@pytest.mark.parametrize(
    ("ranges", "expected"), [([], []), ([(3, 4), (1, 2)], [(1, 4)]), ([(1, 5), (2, 3), (7, 8)], [(1, 5), (7, 8)])]
)
def test_ranges_that_touch_are_joined(ranges: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert merged(ranges) == expected
