"""What a text is judged by at a place on a day: pure, from the tables that come with the package."""

from datetime import date
from typing import Final

from cloud.jobs.gate import Standard
from cloud.jobs.lookup import minimum_wages, screening_rules, wage_places
from cloud.jobs.wages import wage_on

#: Where pay is judged when nobody says where (domain: publication gate).
HOME: Final = "镇江市"
#: Digits of a place's code that name its district; the rest names street and community.
_DISTRICT_DIGITS: Final = 6


class NoTableError(ValueError):
    """There is no minimum wage for that place or day; the text says which there are."""


def standard_on(day: date, place: str = HOME) -> Standard:
    """Return rules and minimum wage of a place (name or code) and day; NoTableError when no table has them."""
    if not _has_wages(place.strip()):
        known = "、".join(wage_places().values())
        raise NoTableError(f"no minimum wage is known for the place {place!r}; known: {known} or their codes 3211…")
    wage = wage_on(day, minimum_wages())
    if wage is None:
        raise NoTableError(f"no minimum wage is known for {day}; the table begins on {minimum_wages()[0].start}")
    return Standard(screening_rules(), day, wage)


def post_standard(day: date) -> Standard:
    """Return what a post of the market is judged by; a day that no table of wages has leaves pay to the staff."""
    return Standard(screening_rules(), day, wage_on(day, minimum_wages()))


def _has_wages(place: str) -> bool:
    if place.isdecimal():
        return place[:_DISTRICT_DIGITS].ljust(_DISTRICT_DIGITS, "0") in wage_places()
    stems = {name.removesuffix("市").removesuffix("区") for name in wage_places().values()}
    return any(stem in place for stem in stems)
