"""Token buckets."""

from hypothesis import given
from hypothesis import strategies as st

from cloud.platform import rates
from cloud.platform.rates import MAX_CALLERS, Buckets, Rate


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    buckets = Buckets(Rate(per_s=2, burst=3))
    assert [buckets.take("one", 0.0) for _ in range(4)] == [0, 0, 0, 1]
    assert buckets.take("one", 0.4) == 1
    assert [buckets.take("one", 0.6), buckets.take("one", 0.6)] == [0, 1]
    assert buckets.take("other", 0.6) == 0


@given(st.lists(st.floats(0, 5), max_size=60), st.floats(0.1, 20), st.integers(1, 10))
def test_nobody_gets_more_than_burst_and_rate_allow(pauses: list[float], per_s: float, burst: int) -> None:
    buckets, now, taken = Buckets(Rate(per_s, burst)), 0.0, 0
    for pause in pauses:
        now += pause
        wait_s = buckets.take("one", now)
        taken += not wait_s
        assert taken <= burst + now * per_s + 1e-6
        if wait_s:
            now += wait_s
            taken += 1
            assert buckets.take("one", now) == 0, "who waits as long as he was told is let in"


def test_the_number_of_callers_is_bounded() -> None:
    buckets = Buckets(Rate(1, 1))
    for number in range(MAX_CALLERS + 10):
        buckets.take(str(number), 0.0)
    assert len(buckets._left) == rates.MAX_CALLERS
    assert "0" not in buckets
    assert str(MAX_CALLERS + 9) in buckets
