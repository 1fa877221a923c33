"""日均工资: what posts offer, brought to a day of eight hours; median and quartiles over vacancies. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

#: Shares of the quartiles.
_QUARTILES: Final = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


@dataclass(frozen=True, slots=True)
class PayRules:
    """Hours of the day that wages are brought to, and paid days of a month."""

    day_hours: Fraction
    month_days: Fraction


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


def day_fen(low_fen: int, high_fen: int, unit: str, hours_per_day: float, rules: PayRules) -> int | None:
    """Return the middle of a pay per day of `rules.day_hours`, rounded to fen; None for piece rates.

    A month is divided by its paid days (21.75), then like a day by the hours that the post states.
    """
    middle = Fraction(low_fen + high_fen, 2)
    hours = Fraction(str(hours_per_day))
    match unit:
        case "hour":
            per_hour = middle
        case "day":
            per_hour = middle / hours
        case "month":
            per_hour = middle / rules.month_days / hours
        case _:
            return None
    return round(per_hour * rules.day_hours)
