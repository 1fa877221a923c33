"""求人倍率: vacancies per jobseeker, by occupation and industry, with what may be ranked. Pure.

ratio = vacancies / jobseekers of the period (岗位空缺与求职人数的比率). A denominator of 0 has no ratio.

Somebody with several wishes counts once in the total and once in every group that one of his wishes is in: sums over
groups may exceed the total. Nobody wishes for an industry: a jobseeker counts in the industries in which the
occupations that he wishes for are offered, in proportion to their vacancies, and 1 in all. A wish for an occupation
that nobody offers is in no industry.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

#: Characters of a code of 职业分类大典 (X-XX-XX-XX) that name the group of each level.
LEVELS: Final[Mapping[str, int]] = {"major": 1, "middle": 4, "minor": 7, "detail": 10}
_HUNDREDTH: Final = Decimal("0.01")
#: People are shared out in millionths: exact sums over thousands of occupations would have endless denominators.
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Demand:
    """Vacancies of one occupation in one industry (section of GB/T 4754, empty when the firm named none)."""

    occupation: str
    industry: str
    posts: int
    vacancies: int


@dataclass(frozen=True, slots=True)
class Seekers:
    """So many people who wish for exactly these occupations; an empty set: for none that is coded."""

    wishes: frozenset[str]
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One group: `ratio` has two decimals and is None where nobody seeks; `ranked` when the sample is large enough."""

    key: str
    vacancies: int
    seekers: Fraction
    ratio: Decimal | None
    ranked: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """From how many people and vacancies on a group is ranked."""

    min_seekers: int
    min_vacancies: int


def ratio_of(vacancies: int, seekers: Fraction | int) -> Decimal | None:
    """Return vacancies per seeker, rounded half up to two decimals; None where nobody seeks."""
    if not seekers:
        return None
    exact = Fraction(vacancies) / seekers
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_HUNDREDTH, ROUND_HALF_UP)


def total(demands: Iterable[Demand], people: Iterable[Seekers], sample: Sample) -> Line:
    """Return the line of the whole market: everybody counts once, whether his wish is coded or not."""
    vacancies = sum(one.vacancies for one in demands)
    return _line("", vacancies, Fraction(sum(one.count for one in people)), sample)


def by_occupation(demands: Iterable[Demand], people: Iterable[Seekers], level: str, sample: Sample) -> Sequence[Line]:
    """Return the groups of one level, by code; each person once in every group that one of his wishes is in."""
    length = LEVELS[level]
    vacancies: Counter[str] = Counter()
    for one in demands:
        vacancies[one.occupation[:length]] += one.vacancies
    seekers: Counter[str] = Counter()
    for group in people:
        for key in {wish[:length] for wish in group.wishes}:
            seekers[key] += group.count
    return [_line(key, vacancies[key], Fraction(seekers[key]), sample) for key in sorted({*vacancies, *seekers})]


def by_industry(demands: Sequence[Demand], people: Iterable[Seekers], sample: Sample) -> Sequence[Line]:
    """Return the sections, by letter; seekers are shared out as the module says."""
    vacancies: Counter[str] = Counter()
    offered: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in demands:
        vacancies[one.industry] += one.vacancies
        offered[one.occupation][one.industry] += one.vacancies
    millionths: Counter[str] = Counter()
    for occupation, weight in _weights(people, offered).items():
        whole = offered[occupation].total()
        for industry, part in offered[occupation].items():
            millionths[industry] += round(weight * _MILLION * Fraction(part, whole))
    return [_line(key, vacancies[key], Fraction(millionths[key], _MILLION), sample) for key in sorted(vacancies)]


def _weights(people: Iterable[Seekers], offered: Mapping[str, Counter[str]]) -> Mapping[str, Fraction]:
    """Return how many people each offered occupation stands for: one person is shared out equally over his."""
    counts: defaultdict[tuple[str, int], int] = defaultdict(int)
    for group in people:
        found = [wish for wish in group.wishes if wish in offered and offered[wish].total()]
        for wish in found:
            counts[wish, len(found)] += group.count
    weights: defaultdict[str, Fraction] = defaultdict(Fraction)
    for (wish, shared), count in counts.items():
        weights[wish] += Fraction(count, shared)
    return weights


def ranking(lines: Iterable[Line], top: int) -> tuple[Sequence[Line], Sequence[Line]]:
    """Return (the highest ratios, the lowest), at most `top` each and no line in both; ties by vacancies, then code."""
    ranked = sorted(
        (one for one in lines if one.ranked and one.ratio is not None),
        key=lambda one: (-(one.ratio or 0), -one.vacancies, one.key),
    )
    high = ranked[: min(top, (len(ranked) + 1) // 2)]
    low = ranked[len(high) :][::-1][:top]
    return high, low


def _line(key: str, vacancies: int, seekers: Fraction, sample: Sample) -> Line:
    ranked = bool(key) and seekers >= sample.min_seekers and vacancies >= sample.min_vacancies
    return Line(key, vacancies, seekers, ratio_of(vacancies, seekers), ranked)
