"""The margin of error against a second implementation, and a root found without the formula."""

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from cloud.service.margin import ENOUGH, Share, wilson

Z = float(norm.ppf(0.975))


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int]:
    count = draw(st.integers(1, 3_000))
    return draw(st.integers(0, count)), count


@settings(max_examples=100)
@given(samples())
def test_it_agrees_with_scipy(sample: tuple[int, int]) -> None:
    satisfied, respondents = sample
    other = binomtest(satisfied, respondents).proportion_ci(0.95, method="wilson")
    found = wilson(satisfied, respondents)
    assert found.low == pytest.approx(other.low, abs=1e-12)
    assert found.high == pytest.approx(other.high, abs=1e-12)


@settings(max_examples=60)
@given(samples())
def test_its_ends_are_where_the_score_test_begins_to_refuse(sample: tuple[int, int]) -> None:
    """Bisect |k/n - p| = z sqrt(p(1-p)/n), the definition, on either side of the share."""
    satisfied, respondents = sample
    share = satisfied / respondents

    def accepted(p: float) -> bool:
        return abs(share - p) <= Z * sqrt(p * (1 - p) / respondents)

    def edge(outside: float) -> float:
        inside = share
        for _ in range(80):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if accepted(middle) else (inside, middle)
        return inside

    found = wilson(satisfied, respondents)
    assert found.low == pytest.approx(edge(0.0) if satisfied else 0.0, abs=1e-9)
    assert found.high == pytest.approx(edge(1.0) if satisfied < respondents else 1.0, abs=1e-9)


@given(samples())
def test_it_holds_the_share_and_more_respondents_make_it_narrower(sample: tuple[int, int]) -> None:
    satisfied, respondents = sample
    found, tenfold = wilson(satisfied, respondents), wilson(10 * satisfied, 10 * respondents)
    assert 0 <= found.low <= satisfied / respondents <= found.high <= 1
    assert tenfold.margin < found.margin


def test_nobody_asked_means_everything_is_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high, Share(0, 0).value) == (0.0, 1.0, None)


@pytest.mark.parametrize(("satisfied", "respondents"), [(-1, 5), (6, 5), (1, 0)])
def test_nonsense_is_refused(satisfied: int, respondents: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(satisfied, respondents)


def test_forty_nine_certify_nothing() -> None:
    assert (Share(49, ENOUGH - 1).enough, Share(49, ENOUGH).enough) == (False, True)
