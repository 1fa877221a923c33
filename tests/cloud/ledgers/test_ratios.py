"""求人倍率 against a second computation that goes person by person; rankings; wages against a list of every vacancy."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ledgers.ratios import (
    LEVELS,
    Demand,
    Line,
    Sample,
    Seekers,
    by_industry,
    by_occupation,
    ranking,
    ratio_of,
    total,
)
from cloud.ledgers.wages import Offer, PayRules, day_fen, wage_of

SAMPLE = Sample(min_seekers=5, min_vacancies=5)
CODES = ("4-02-07-08", "4-02-07-09", "4-02-06-02", "4-09-08-01", "6-30-05-01")
PAY = PayRules(Fraction(8), Fraction("21.75"))

codes = st.sampled_from(CODES)
demands = st.lists(
    st.builds(Demand, codes, st.sampled_from(("", "C", "F", "G")), st.integers(1, 3), st.integers(0, 40)), max_size=12
)
people = st.lists(st.builds(Seekers, st.frozensets(codes, max_size=4), st.integers(1, 6)), max_size=12)
offers = st.lists(
    st.builds(Offer, codes, st.just("temporary"), st.integers(1, 400), st.just(1), st.integers(1, 6)), max_size=15
)


def one_by_one(groups: list[Seekers]) -> list[frozenset[str]]:
    """Return every person by himself."""
    return [group.wishes for group in groups for _ in range(group.count)]


def exact(vacancies: int, seekers: Fraction) -> Decimal | None:
    """Round half up in whole hundredths, without decimals of the library."""
    if seekers == 0:
        return None
    hundredths = (2 * 100 * vacancies * seekers.denominator + seekers.numerator) // (2 * seekers.numerator)
    return Decimal(hundredths) / 100


@given(demands, people, st.sampled_from(sorted(LEVELS)))
def test_occupations_agree_with_a_count_of_persons(offered: list[Demand], seeking: list[Seekers], level: str) -> None:
    length = LEVELS[level]
    persons = one_by_one(seeking)
    keys = {one.occupation[:length] for one in offered} | {wish[:length] for wishes in persons for wish in wishes}
    found = {line.key: line for line in by_occupation(offered, seeking, level, SAMPLE)}
    assert set(found) == keys
    for key in keys:
        wanted = sum(any(wish.startswith(key) for wish in wishes) for wishes in persons)
        open_now = sum(one.vacancies for one in offered if one.occupation.startswith(key))
        assert (found[key].vacancies, found[key].seekers) == (open_now, Fraction(wanted))
        assert found[key].ratio == exact(open_now, Fraction(wanted))
        assert found[key].ranked == (wanted >= 5 and open_now >= 5)
    whole = total(offered, seeking, SAMPLE)
    assert (whole.vacancies, whole.seekers) == (sum(one.vacancies for one in offered), Fraction(len(persons)))


@given(demands, people)
def test_industries_agree_with_sharing_out_each_person(offered: list[Demand], seeking: list[Seekers]) -> None:
    shares: dict[str, Fraction] = {one.industry: Fraction(0) for one in offered}
    placed_people = 0
    for wishes in one_by_one(seeking):
        served = [wish for wish in wishes if sum(one.vacancies for one in offered if one.occupation == wish)]
        placed_people += bool(served)
        for wish in served:
            whole = sum(one.vacancies for one in offered if one.occupation == wish)
            for one in offered:
                if one.occupation == wish:
                    shares[one.industry] += Fraction(one.vacancies, whole * len(served))
    found = by_industry(offered, seeking, SAMPLE)
    assert {line.key for line in found} == set(shares)
    near = Fraction(len(CODES), 1_000_000)
    assert all(abs(line.seekers - shares[line.key]) <= near for line in found)
    counted = sum((line.seekers for line in found), Fraction(0))
    assert abs(counted - placed_people) <= near * len(shares)
    for line in found:
        assert line.vacancies == sum(one.vacancies for one in offered if one.industry == line.key)
        assert line.ratio == exact(line.vacancies, line.seekers)


lines = st.lists(
    st.builds(
        Line, st.text("ABCDEFG", min_size=1, max_size=3), st.integers(0, 50), st.builds(Fraction, st.integers(0, 20)),
        st.one_of(st.none(), st.decimals(0, 9, places=2)), st.booleans(),
    ),
    unique_by=lambda one: one.key,
)  # fmt: skip


@given(lines, st.integers(1, 6))
def test_a_ranking_holds_the_ends_and_nobody_twice(found: list[Line], top: int) -> None:
    high, low = ranking(found, top)
    able = [one for one in found if one.ranked and one.ratio is not None]
    assert len(high) <= top
    assert len(low) <= top
    assert not {one.key for one in high} & {one.key for one in low}
    assert all(one in able for one in [*high, *low])
    assert len(high) + len(low) == min(len(able), 2 * top)
    if high:
        assert high[0].ratio == max(one.ratio for one in able if one.ratio is not None)
    if low:
        assert low[0].ratio == min(one.ratio for one in able if one.ratio is not None)


def test_nobody_who_seeks_has_no_ratio() -> None:
    assert ratio_of(7, 0) is None
    assert ratio_of(0, 3) == Decimal("0.00")
    assert ratio_of(1, 8) == Decimal("0.13")  # 0.125, half up
    assert ratio_of(468, 357) == Decimal("1.31")


@given(offers)
def test_quartiles_agree_with_a_list_of_every_vacancy(found: list[Offer]) -> None:
    every = sorted(one.day_fen for one in found for _ in range(one.vacancies))
    wage = wage_of("x", found, 1)
    assert wage.vacancies == len(every)
    if not every:
        assert wage.median_fen is None
        return
    for got, quarter in ((wage.low_fen, 1), (wage.median_fen, 2), (wage.high_fen, 3)):
        assert got == every[-(-quarter * len(every) // 4) - 1]
    assert wage_of("x", found, len(every) + 1).median_fen is None


@pytest.mark.parametrize(
    ("low", "high", "unit", "hours", "fen"),
    [
        (2_500, 2_500, "hour", 4, 20_000),
        (18_000, 22_000, "day", 8, 20_000),
        (10_000, 10_000, "day", 4, 20_000),
        (435_000, 435_000, "month", 8, 20_000),
        (435_000, 435_000, "month", 10, 16_000),
        (100, 200, "piece", 8, None),
    ],
)
def test_pay_is_brought_to_a_day_of_eight_hours(low: int, high: int, unit: str, hours: float, fen: Any) -> None:
    assert day_fen(low, high, unit, hours, PAY) == fen


@given(demands)
def test_what_is_counted_does_not_hang_on_the_order(offered: list[Demand]) -> None:
    seeking = [Seekers(frozenset(CODES[:2]), 7)]
    assert by_industry(offered, seeking, SAMPLE) == by_industry(offered[::-1], seeking, SAMPLE)
    assert Counter(by_occupation(offered, seeking, "middle", SAMPLE)) == Counter(
        by_occupation(offered[::-1], seeking, "middle", SAMPLE)
    )
