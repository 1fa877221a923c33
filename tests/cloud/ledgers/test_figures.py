"""The facts of a month against a walk over every row, on both databases, with every edge of the period."""

from collections import Counter
from datetime import date, timedelta

import pytest

from cloud.employers.models import FirmCase
from cloud.jobs.models import Post
from cloud.ledgers.figures import days_of, facts_of, month_before
from cloud.ledgers.ratios import Demand
from cloud.ledgers.rules import rules_on
from cloud.people import service as people
from cloud.people.placements.models import Placement, PlacementFollowUp
from cloud.people.registration.models import JobWish, Profile
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.times import market_day
from tests.cloud.ledgers import market

pytestmark = pytest.mark.db

PERIOD = "2026-02"
RULES = rules_on(date(2026, 2, 28))
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)


async def is_up(post: Post) -> bool:
    """Return whether a post was up on some day of the month, said day by day."""
    assert post.published_at is not None
    days = [FIRST + timedelta(days=n) for n in range(28)]
    closed = market_day(post.closed_at) if post.closed_at else date.max
    began = max(post.valid_from, market_day(post.published_at))
    return (
        any(began <= day <= post.valid_to for day in days) and closed >= FIRST and market_day(post.published_at) <= LAST
    )


async def seeks(profile: Profile) -> bool:
    """Return whether somebody sought in the month."""
    if profile.registered_at is None or market_day(profile.registered_at) > LAST:
        return False
    if profile.willing is False and profile.willing_at is not None and market_day(profile.willing_at) < FIRST:
        return False
    async for row in Placement.filter(person_id=profile.person_id, state="proved", started_on__lt=FIRST):
        if not await PlacementFollowUp.exists(placement_id=row.id, state="ended"):
            return False
    return True


async def test_the_facts_are_those_of_a_walk_over_every_row(core: Core) -> None:
    await market.fill(FIRST)
    facts = await facts_of(core, PERIOD, RULES)
    sections = {case.firm: case.industry[:1] for case in await FirmCase.all()}
    vacancies: Counter[tuple[str, str]] = Counter()
    posts: Counter[tuple[str, str]] = Counter()
    firms = set()
    for post in await Post.all():
        if await is_up(post):
            key = post.occupation, sections[post.firm_id]  # type: ignore[index]
            vacancies[key] += post.headcount
            posts[key] += 1
            firms.add(post.firm_id)
    assert set(facts.demands) == {Demand(*key, posts[key], vacancies[key]) for key in posts}
    assert facts.firms == len(firms)
    wishes: Counter[frozenset[str]] = Counter()
    for profile in await Profile.all():
        if await seeks(profile):
            wishes[frozenset(w.occupation for w in await JobWish.filter(profile_id=profile.id) if w.occupation)] += 1
    assert {one.wishes: one.count for one in facts.people} == wishes
    assert len(posts) > 5
    assert len(wishes) > 5
    assert facts.groups["性别"] == {"女": wishes.total()}
    assert facts.groups["年龄"] == {"35–44 岁": wishes.total()}
    assert sum(one.vacancies for one in facts.offers) == vacancies.total()
    assert facts.placed == (await people.key_group_placed(FIRST, LAST)).count


@pytest.mark.parametrize(
    ("published", "columns", "counts"),
    [
        (date(2026, 2, 28), {}, True),
        (date(2026, 3, 1), {}, False),
        (date(2026, 1, 12), {}, True),  # valid to the first of February
        (date(2026, 1, 11), {}, False),  # to the last of January
        (date(2026, 1, 20), {"closed_at": market.moment(date(2026, 1, 31))}, False),
        (date(2026, 1, 20), {"closed_at": market.moment(FIRST)}, True),
    ],
)
async def test_a_post_counts_when_it_was_up_on_a_day_of_the_month(
    core: Core, published: date, columns: dict[str, object], *, counts: bool
) -> None:
    firm = await market.add_firm(1, "G54", FIRST)
    await market.add_post(firm, market.CODES[0], published, **columns)
    facts = await facts_of(core, PERIOD, RULES)
    assert facts.demands == ([Demand(market.CODES[0], "G", 1, 3)] if counts else [])
    assert [one.day_fen for one in facts.offers] == ([20_000] if counts else [])


async def test_the_hash_of_facts_hangs_on_them_and_on_nothing_else(core: Core) -> None:
    await market.fill(FIRST, posts=6, people=6)
    first, second = await facts_of(core, PERIOD, RULES), await facts_of(core, PERIOD, RULES)
    assert first.sha256 == second.sha256
    await market.add_seeker(FIRST, [market.CODES[0]])
    assert (await facts_of(core, PERIOD, RULES)).sha256 != first.sha256


@pytest.mark.parametrize("period", ["2026-13", "2026-0", "1999-01", "2026-02-01", "二〇二六", ""])
def test_what_is_no_month_is_refused(period: str) -> None:
    with pytest.raises(InvalidInputError, match="月份"):
        days_of(period)


def test_months_follow_each_other() -> None:
    assert (month_before("2026-03"), month_before("2026-01")) == ("2026-02", "2025-12")
    assert days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
