"""日均工资: what posts offer, brought to a day of eight hours; median and quartiles over vacancies. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

#: Shares of the quartiles.
_QUARTILES: Final = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


@dataclass(frozen=True, slots=True)
class Offer:
    """Posts with the same pay: `day_fen` is the middle of what they offer per day of eight hours."""

    occupation: str
    form: str
    day_fen: int
    posts: int
    vacancies: int


@dataclass(frozen=True, slots=True)
class Wage:
    """What half of the vacancies of a group offer, in fen a day; None below the sample."""

    key: str
    posts: int
    vacancies: int
    low_fen: int | None
    median_fen: int | None
    high_fen: int | None


def wage_of(key: str, offers: Iterable[Offer], min_vacancies: int) -> Wage:
    """Return median and quartiles of a group; every vacancy counts once."""
    found = sorted(offers, key=lambda one: one.day_fen)
    posts, vacancies = sum(one.posts for one in found), sum(one.vacancies for one in found)
    if vacancies < min_vacancies or not vacancies:
        return Wage(key, posts, vacancies, None, None, None)
    low, median, high = (quantile(found, share, vacancies) for share in _QUARTILES)
    return Wage(key, posts, vacancies, low, median, high)


def quantile(ordered: Sequence[Offer], share: Fraction, vacancies: int) -> int:
    """Return the least pay that at least `share` of the vacancies do not exceed (nearest rank)."""
    reached = 0
    for one in ordered:
        reached += one.vacancies
        if reached >= share * vacancies:
            return one.day_fen
    raise ValueError("no offers")


def wages_by(offers: Iterable[Offer], groups: Mapping[Offer, str], min_vacancies: int) -> Sequence[Wage]:
    """Return the wages of every group, by key."""
    parts: dict[str, list[Offer]] = {}
    for one in offers:
        parts.setdefault(groups[one], []).append(one)
    return [wage_of(key, parts[key], min_vacancies) for key in sorted(parts)]
