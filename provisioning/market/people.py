"""People of the market: who they are, what they can and what they look for."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from provisioning.market.numbers import (
    AREAS,
    DAYS,
    ELSEWHERE,
    FIRST_ORDER,
    MAX_PEOPLE,
    ORDERS,
    id_number,
    mobile,
    spread,
)
from provisioning.market.words import Bag, dice, pick, places, surnames, trades, words

_KIND: Final = 3
#: Years of age on the market's first day -> weight of the band; who is younger than 16 comes too and is turned away.
_AGES: Final = Bag(
    [((14, 15), 0.5), ((16, 17), 1.5), ((18, 24), 17), ((25, 34), 24), ((35, 44), 23), ((45, 54), 23), ((55, 65), 11)]
)
_LOCAL_SHARE: Final = 0.7
#: A certificate of the trade that he looks for is held by this share.
_CERTIFIED: Final = 0.55


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for, in his words; the least pay in fen per unit, `occupation` what a reader would code."""

    text: str
    occupation: str
    form: str
    district: str
    min_fen: int
    unit: str


@dataclass(frozen=True, slots=True)
class Person:
    """A jobseeker; `groups` are the names of the groups that he can prove to belong to."""

    number: int
    name: str
    id_number: str
    sex: str
    birth: date
    phone: str
    district: str
    street: str
    address: str
    education: str
    skills: tuple[str, ...]
    certificates: tuple[str, ...]
    wishes: tuple[Wish, ...]
    groups: tuple[str, ...]
    channel: str
    registered: date

    def card(self) -> dict[str, Any]:
        """Return what the reader of a kiosk takes from the card."""
        return {"name": self.name, "id_number": self.id_number, "address": self.address}


def make_person(seed: int, number: int, first: date) -> Person:
    """Return the `number`-th person of a market whose year begins on `first`; ValueError beyond MAX_PEOPLE."""
    if not 0 <= number < MAX_PEOPLE:
        raise ValueError(f"a market tells at most {MAX_PEOPLE} people apart")
    die = dice(seed, _KIND, number)
    own = spread(number, seed, MAX_PEOPLE)
    birth = _birth(die, own % DAYS, first)
    order = FIRST_ORDER + 2 * (own // DAYS % ORDERS) + (die.random() < 0.55)  # noqa: PLR2004 - the share of men
    sex = "male" if order % 2 else "female"
    area = own // DAYS // ORDERS
    at_home = die.random() < _LOCAL_SHARE
    district, street = pick(die, places())
    wished = [trades().draw(die) for _ in range(1 + (die.random() < 0.4))]  # noqa: PLR2004 - the share with two wishes
    held = {paper for trade in wished for paper in trade.certificates if die.random() < _CERTIFIED}
    return Person(
        number=number,
        name=surnames().draw(die) + pick(die, words()["given"][sex]),
        id_number=id_number(AREAS[area] if at_home else ELSEWHERE[area], birth, order),
        sex=sex,
        birth=birth,
        phone=mobile(own),
        district=district,
        street=street,
        address=f"{district}{street}{1 + own % 90}号{1 + own % 19}幢{101 + own % 5}室",
        education=pick(die, words()["person"]["education"]),
        skills=tuple(dict.fromkeys(skill for trade in wished for skill in trade.skills)),
        certificates=tuple(sorted(held)),
        wishes=tuple(_wish(die, trade, district) for trade in wished),
        groups=_groups(die),
        channel=pick(die, words()["person"]["channels"]),
        registered=first + timedelta(days=int(die.random() * DAYS)),
    )


def _birth(die: random.Random, day: int, first: date) -> date:
    """Return a birth date of the drawn age, on the `day`-th day of a year without a leap day."""
    youngest, oldest = _AGES.draw(die)
    on = date(2001, 1, 1) + timedelta(days=day)
    had = (on.month, on.day) <= (first.month, first.day)
    return on.replace(year=first.year - die.randint(youngest, oldest) - (not had))


def _wish(die: random.Random, trade: Any, district: str) -> Wish:
    unit = pick(die, tuple(trade.pay))
    least, most = trade.pay[unit]
    text = pick(die, words()["person"]["wishes"]["patterns"]).format(title=pick(die, trade.titles))
    forms = {"month": "full_time", "hour": "part_time"}
    return Wish(text, trade.occupation, forms.get(unit, "temporary"), district, (least + most) // 200 * 100, unit)


def _groups(die: random.Random) -> tuple[str, ...]:
    shares: dict[str, int] = words()["person"]["groups"]
    return tuple(name for name, share in shares.items() if die.random() * 1_000 < share)
