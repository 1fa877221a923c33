"""Where an agent's starts and the core's part (ADR 0008)."""

import pytest

from protocols.venue.lineage import Common, Fork, StartMark, parting
from protocols.venue.vocabulary import STREAMS

BOOTS = [f"0195f3c2-0000-7000-8000-00000000000{n}" for n in range(1, 6)]
STRANGER = "0195f3c2-0000-7000-8000-0000000000ff"


def starts(*lasts: int) -> list[StartMark]:
    """Return starts that began after these seqs of evidence."""
    return [StartMark(boot=BOOTS[n], evidence=last, ops=0, telemetry=0) for n, last in enumerate(lasts)]


def test_the_first_start_of_a_store_parts_from_nobody() -> None:
    assert parting(starts(0), None, set(), {"evidence": 9}) is None


def test_a_start_that_the_core_has_answered_goes_on_whatever_it_has_sent() -> None:
    assert parting(starts(0, 5), BOOTS[1], set(BOOTS[:2]), {"evidence": 99}) is None


@pytest.mark.parametrize("unheard", [(5,), (5, 8), (5, 8, 8)], ids=len)
def test_starts_that_nobody_heard_of_go_on_with_the_line(unheard: tuple[int, ...]) -> None:
    assert parting(starts(0, *unheard), BOOTS[0], {BOOTS[0]}, {"evidence": 5}) is None


def test_the_line_parts_behind_its_newest_start_when_the_core_has_more_of_it_than_the_copy() -> None:
    lineage = starts(0, 5, 30)
    assert parting(lineage, BOOTS[0], {BOOTS[0]}, {"evidence": 6}) == lineage[1]


def test_one_stream_that_went_on_is_enough() -> None:
    lineage = starts(0, 5)
    assert parting(lineage, BOOTS[0], {BOOTS[0]}, {"evidence": 5, "telemetry": 1}) == lineage[1]


def test_the_line_parts_behind_the_newest_start_that_both_know() -> None:
    lineage = starts(0, 5, 8, 12)
    assert parting(lineage, STRANGER, {BOOTS[0], BOOTS[1]}, {"evidence": 40}) == lineage[2]


def test_the_oldest_listed_start_is_common_though_the_core_does_not_know_it() -> None:
    lineage = starts(0, 5, 8)
    assert parting(lineage, STRANGER, set(), {"evidence": 1}) == lineage[1]


def test_a_core_that_never_heard_of_starts_is_taken_at_its_watermarks() -> None:
    lineage = starts(0, 5)
    assert parting(lineage, None, set(), {"evidence": 5}) is None
    assert parting(lineage, None, set(), {"evidence": 6}) == lineage[1]


def test_a_fork_says_of_each_stream_how_far_both_have_the_same() -> None:
    shared = {name: Common(upto=upto, missing=[]) for upto, name in enumerate(STREAMS)}
    fork = Fork(newest=STRANGER, listed=1, **shared)
    assert [fork.common(stream).upto for stream in STREAMS] == [0, 1, 2]
