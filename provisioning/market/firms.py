"""Firms of the market."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from provisioning.market.numbers import AREAS, MAX_FIRMS, credit_code, landline, spread
from provisioning.market.words import Bag, dice, industries, industry_bag, pick, surnames, words

_KIND: Final = 1
#: Firms that posts have just been made for.
_REMEMBERED: Final = 4_096
#: Employees, as far as a market sees them: most are small.
_SIZES: Final = Bag([("1-9", 40), ("10-49", 38), ("50-299", 18), ("300+", 4)])


@dataclass(frozen=True, slots=True)
class Firm:
    """An employer; `industry` is letter and 大类 of GB/T 4754-2017, `size` a band of employees."""

    number: int
    uscc: str
    name: str
    industry: str
    size: str
    contact_name: str
    contact_phone: str

    def draft(self) -> dict[str, Any]:
        """Return the body of POST /api/v1/firms."""
        return {"uscc": self.uscc, "name": self.name, "contact": self.contact()}

    def contact(self) -> dict[str, str]:
        """Return whom to call."""
        return {"name": self.contact_name, "phone": self.contact_phone}


@lru_cache(_REMEMBERED)
def make_firm(seed: int, number: int) -> Firm:
    """Return the `number`-th firm; ValueError beyond MAX_FIRMS, where codes would repeat."""
    if not 0 <= number < MAX_FIRMS:
        raise ValueError(f"a market has at most {MAX_FIRMS} firms")
    die = dice(seed, _KIND, number)
    industry = industry_bag().draw(die)
    place = spread(number, seed, MAX_FIRMS)
    surname = surnames().draw(die)
    return Firm(
        number=number,
        uscc=credit_code(pick(die, AREAS), place),
        name=_name(number, seed, pick(die, industries()[industry]), die.random()),
        industry=industry,
        size=_SIZES.draw(die),
        contact_name=surname + pick(die, ("经理", "主管", "女士", "先生", "老师")),
        contact_phone=landline(place),
    )


def _name(number: int, seed: int, business: str, chance: float) -> str:
    table = words()["firm"]
    first, second, third = table["first"], table["second"], table["third"]
    own = spread(number, seed, len(first) * len(second) * len(third))
    mark = third[own % len(third)], second[own // len(third) % len(second)], first[own // len(third) // len(second)]
    places, endings = table["places"], table["endings"]
    ending = endings[int(chance * 997) % len(endings)]
    return f"{places[int(chance * len(places))]}{mark[2]}{mark[1]}{mark[0]}{business}{ending}"
