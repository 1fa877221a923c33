"""The facts of a month, from the doors of jobs, employers and people; the one place that reads for statistics."""

import calendar
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Final
from uuid import UUID

from cloud.employers import service as employers
from cloud.jobs import service as jobs
from cloud.ledgers.exports import bounds
from cloud.ledgers.ratios import Demand, Seekers
from cloud.ledgers.rules import Rules
from cloud.ledgers.sheet import Facts, Words
from cloud.ledgers.wages import Offer, PayRules, day_fen
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.times import market_day

#: Texts of working hours that are read once; a city's posts have some hundreds of them.
_HOURS: Final = lru_cache(maxsize=20_000)(jobs.hours_per_day)
_PERIOD: Final = re.compile(r"20\d{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_MONTHS: Final = 12


def days_of(period: str) -> tuple[date, date]:
    """Return the first and the last day of a month such as `2026-03`; InvalidInputError when it is none."""
    if not _PERIOD.fullmatch(period):
        raise InvalidInputError(f"{period!r} 不是月份，应如 2026-03", {"period": "应如 2026-03"})
    year, month = (int(part) for part in period.split("-"))
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def month_before(period: str) -> str:
    """Return the month before."""
    year, month = (int(part) for part in period.split("-"))
    return f"{year - 1}-{_MONTHS}" if month == 1 else f"{year}-{month - 1:02d}"


def month_of(core: Core) -> str:
    """Return the month of now, in the market."""
    return f"{market_day(core.now()):%Y-%m}"


def words() -> Words:
    """Return the names of codes."""
    return Words(jobs.occupation_groups(), employers.section_names(), jobs.FORMS)


async def facts_of(core: Core, period: str, rules: Rules) -> Facts:
    """Return what a month's sheet is made of; a sheet compares two months by the same rules."""
    first, last = days_of(period)
    start, end = bounds(first, last)
    sections = await employers.sections_of_firms()
    offered = await jobs.offered(first, last, start, end)
    found = await people.seeking(core, first, start, end)
    return Facts(
        period=period,
        demands=_demands(offered, sections),
        people=[Seekers(wishes, count) for wishes, count in found.items()],
        offers=_offers(offered, rules),
        groups=await people.composition(core, first, last, start, end),
        firms=len({one.firm for one in offered}),
        placed=(await people.key_group_placed(first, last)).count,
    )


def _demands(offered: Sequence[jobs.Offered], sections: Mapping[UUID, str]) -> list[Demand]:
    posts: Counter[tuple[str, str]] = Counter()
    vacancies: Counter[tuple[str, str]] = Counter()
    for one in offered:
        key = one.occupation, sections.get(one.firm, "")
        posts[key] += one.posts
        vacancies[key] += one.vacancies
    return [Demand(*key, posts[key], vacancies[key]) for key in posts]


def _offers(offered: Sequence[jobs.Offered], rules: Rules) -> list[Offer]:
    pay = PayRules(Fraction(rules.day_hours), Fraction(str(rules.month_days)))
    posts: Counter[tuple[str, str, int]] = Counter()
    vacancies: Counter[tuple[str, str, int]] = Counter()
    for one in offered:
        fen = day_fen(one.pay_min_fen, one.pay_max_fen, one.pay_unit, _HOURS(one.hours), pay)
        if fen is not None:
            key = one.occupation, one.form, fen
            posts[key] += one.posts
            vacancies[key] += one.vacancies
    return [Offer(*key, posts[key], vacancies[key]) for key in posts]
