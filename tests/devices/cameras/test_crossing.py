"""Who crosses a line, by the feet: walkers whose boxes tremble and are missed now and then, and those who do not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cameras.counting import Counter, counting_of
from devices.cameras.crossing import LOST_S, Box, Line, inside, people_in
from devices.errors import DeviceRefused

ASPECT = 16 / 9
STEP_S = 0.5
#: Across the picture; downwards is in.
ACROSS = ((0.2, 0.5), (0.8, 0.5))


def box_at(x: float, y: float, tall: float = 0.3) -> Box:
    """Return the box of somebody whose feet are there."""
    return x - tall / 8, y - tall, x + tall / 8, y


def walk(line: Line, *ways: list[tuple[float, float] | None]) -> tuple[int, int]:
    """Let people walk, one place each a picture, None: not seen; return (in, out)."""
    for number in range(max(map(len, ways))):
        places = [way[number] for way in ways if number < len(way)]
        line.see([box_at(*place) for place in places if place], number * STEP_S, ASPECT)
    return line.entered, line.left


def way(begin: tuple[float, float], end: tuple[float, float], steps: int) -> list[tuple[float, float] | None]:
    """Return places on a way."""
    shares = [number / (steps - 1) for number in range(steps)]
    return [(begin[0] + (end[0] - begin[0]) * s, begin[1] + (end[1] - begin[1]) * s) for s in shares]


def test_in_and_out_and_both_at_once() -> None:
    down, up = way((0.4, 0.3), (0.4, 0.9), 8), way((0.6, 0.9), (0.6, 0.35), 8)
    assert walk(Line(*ACROSS), down) == (1, 0)
    assert walk(Line(*ACROSS), up) == (0, 1)
    assert walk(Line(*ACROSS), down, up) == (1, 1)
    assert walk(Line(ACROSS[1], ACROSS[0]), down) == (0, 1)  # the line the other way round


def test_who_passes_its_end_stands_on_it_or_turns_back_is_not_counted() -> None:
    assert walk(Line(*ACROSS), way((0.1, 0.3), (0.1, 0.9), 8)) == (0, 0)
    trembling: list[tuple[float, float] | None] = [(0.5, 0.5 + 0.02 * (-1) ** number) for number in range(20)]
    assert walk(Line(*ACROSS), trembling) == (0, 0)
    assert walk(Line(*ACROSS), way((0.5, 0.3), (0.5, 0.5), 5) + way((0.5, 0.5), (0.5, 0.3), 5)) == (0, 0)
    assert walk(Line(*ACROSS), way((0.5, 0.3), (0.5, 0.7), 5) + way((0.5, 0.7), (0.5, 0.3), 5)) == (1, 1)


def test_who_is_not_seen_for_a_moment_is_the_same_and_after_long_another() -> None:
    seen = way((0.5, 0.3), (0.5, 0.8), 9)
    seen[4] = None  # on the line itself
    assert walk(Line(*ACROSS), seen) == (1, 0)
    gone: list[tuple[float, float] | None] = [None] * int(LOST_S / STEP_S + 1)
    assert walk(Line(*ACROSS), [*seen[:4], *gone, *seen[5:]]) == (0, 0)


@given(
    seed=st.integers(0, 10_000),
    starts=st.lists(st.tuples(st.integers(0, 14), st.booleans()), min_size=1, max_size=4),
)
def test_walkers_apart_are_counted_each_once_however_boxes_tremble(seed: int, starts: list[tuple[int, bool]]) -> None:
    """Lanes 0.9 of a height apart, each with one walker; boxes tremble by 3 %, one of ten is missed."""
    dice = random.Random(seed)
    ways: list[list[tuple[float, float] | None]] = []
    for lane, (late, down) in enumerate(starts):
        x = 0.26 + 0.15 * lane
        path = way((x, 0.34), (x, 0.9), 9) if down else way((x, 0.9), (x, 0.34), 9)
        seen = [None if number % 3 == 2 and dice.random() < 0.3 else place for number, place in enumerate(path)]
        shaken = [p and (p[0] + dice.gauss(0, 0.005), p[1] + dice.gauss(0, 0.01)) for p in seen]
        ways.append([*[None] * late, *shaken])
    entered = sum(down for _, down in starts)
    assert walk(Line(*ACROSS), *ways) == (entered, len(starts) - entered)


def test_a_region_holds_the_feet() -> None:
    region = ((0.2, 0.4), (0.8, 0.4), (0.8, 1.0), (0.2, 1.0))
    assert inside((0.5, 0.5), region)
    assert not inside((0.1, 0.5), region)
    boxes = [box_at(0.5, 0.6), box_at(0.5, 1.0), box_at(0.5, 0.39), box_at(0.1, 0.7)]
    assert (people_in(boxes, region), people_in(boxes, ()), people_in([], region)) == (2, 4, 0)


def test_one_picture_that_misses_somebody_changes_no_number_and_blind_is_not_empty() -> None:
    counter = Counter(counting_of({"region": "0,0 1,0 1,1 0,1"}))
    assert counter.people is None
    for number, boxes in enumerate([[box_at(0.5, 0.5)]] * 3 + [[]] + [[box_at(0.5, 0.5)]]):
        counter.see(boxes, float(number), ASPECT)
        assert counter.people == 1
    assert counter.crossed is None
    counter.blind()
    assert counter.people is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"line": "0.1,0.1"}, "two ends"), ({"line": "0.1,0.1 0.1,0.1"}, "two ends"), ({"line": "a b"}, "corner|float"),
        ({"region": "0,0 1,0 1,1; 0,0 1,0 1,1"}, "one region"), ({"region": "0,0 1,1"}, "corners"),
        ({"detector": "../x"}, "detector"), ({"masks": "0,0 2,0 1,1"}, "corner"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str], why: str) -> None:
    with pytest.raises(DeviceRefused, match=why):
        counting_of(wrong)
    both = counting_of({"line": "0,0.5 1,0.5", "region": "0,0 1,0 1,1"})
    assert (both.by, counting_of({"line": "0,0.5 1,0.5"}).by, counting_of({}).by) == ("region", "lines", "region")
