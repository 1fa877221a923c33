"""Fairs: no step without its papers, booths for verified firms only, a check-in counts once, too few posts are told."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from cloud.fairs import arrivals, booths, plans, watch
from cloud.fairs.drafts import BoothAsked, BoothResults, BoothStep, OwnBoothAsked
from cloud.fairs.models import FairWarning
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.problems import ProblemError
from tests.cloud.clocks import HandClock
from tests.cloud.fairs.sample import BY, STARTS, announced_fair, draft, firm_with_posts

pytestmark = pytest.mark.db


async def test_a_fair_of_a_thousand_cannot_go_on_without_a_permit(core: Core, clock: HandClock) -> None:
    fair = await plans.create_fair(core, draft(expected_people=1_000), by=BY)
    with pytest.raises(ProblemError) as refused:
        await plans.move_fair(core, str(fair.id), "announced", by=BY)
    assert (refused.value.status, refused.value.members) == (409, {"missing": ["permit"]})
    await plans.file_paper(core, str(fair.id), "permit", "镇公治许〔2026〕7号", by=BY)
    assert (await plans.move_fair(core, str(fair.id), "announced", by=BY)).state == "announced"
    clock.forward(days=12)
    with pytest.raises(ProblemError) as refused:
        await plans.move_fair(core, str(fair.id), "open", by=BY)
    assert refused.value.members == {"missing": ["organisation", "emergency", "security", "exhibitors"]}


async def test_a_fair_that_grows_to_a_thousand_needs_the_permit_to_open(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    await plans.update_fair(core, str(fair.id), draft(expected_people=1_000), by=BY)
    clock.forward(days=12)
    with pytest.raises(ProblemError) as refused:
        await plans.move_fair(core, str(fair.id), "open", by=BY)
    assert refused.value.members == {"missing": ["permit"]}
    await plans.file_paper(core, str(fair.id), "permit", "镇公治许〔2026〕7号", by=BY)
    assert (await plans.move_fair(core, str(fair.id), "open", by=BY)).opened_at == core.now()


async def test_a_fair_opens_on_its_day_only_and_is_announced_before_it(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    with pytest.raises(ConflictError, match="只能当天开场"):
        await plans.move_fair(core, str(fair.id), "open", by=BY)
    with pytest.raises(InvalidInputError, match="原因"):
        await plans.move_fair(core, str(fair.id), "postponed", by=BY)
    later = await plans.move_fair(core, str(fair.id), "postponed", by=BY, reason="场地检修")
    await plans.update_fair(core, str(fair.id), draft(starts_at=STARTS + timedelta(days=1),
                                                     ends_at=STARTS + timedelta(days=1, hours=2)), by=BY)  # fmt: skip
    clock.forward(days=13, hours=1)
    with pytest.raises(ConflictError, match="先改时间"):
        await plans.move_fair(core, str(later.id), "announced", by=BY)
    assert [line.note for line in await plans.history(later)][:2] == ["修改计划", "场地检修"]
    await plans.move_fair(core, str(later.id), "cancelled", by=BY, reason="人手不足")
    with pytest.raises(ConflictError, match="已取消"):
        await plans.move_fair(core, str(later.id), "announced", by=BY)


async def test_a_fair_announced_on_its_own_day_lacks_the_notice(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    await plans.move_fair(core, str(fair.id), "postponed", by=BY, reason="改到当天")
    clock.forward(days=11, hours=23)
    await plans.move_fair(core, str(fair.id), "announced", by=BY)
    clock.forward(hours=1)
    with pytest.raises(ProblemError) as refused:
        await plans.move_fair(core, str(fair.id), "open", by=BY)
    assert refused.value.members == {"missing": ["notice"]}


async def test_a_booth_is_for_a_verified_firm_and_its_own_posts(core: Core) -> None:
    fair, firm, posts = await announced_fair(core, 2)
    other, foreign = await firm_with_posts(core, 2, 1)
    with pytest.raises(InvalidInputError, match="本单位"):
        await booths.ask_booth(core, str(fair.id), other, OwnBoothAsked(posts=posts[:1]), by="employer:x")
    booth = await booths.ask_booth(core, str(fair.id), other, OwnBoothAsked(posts=foreign), by="employer:x")
    with pytest.raises(ConflictError):
        await booths.ask_booth(core, str(fair.id), other, OwnBoothAsked(posts=foreign), by="employer:x")
    with pytest.raises(ConflictError, match="展位号"):
        await booths.decide_booth(core, str(fair.id), str(booth.id), BoothStep(to="assigned", number=1), by=BY)
    given = await booths.decide_booth(core, str(fair.id), str(booth.id), BoothStep(to="assigned"), by=BY)
    assert given.number == 2
    found = (await plans.list_fairs()).items[0][1]
    assert (found.firms, found.posts, found.people_wanted) == (2, 4, 24)
    await booths.withdraw_booth(core, str(fair.id), other, by="employer:x")
    assert (await plans.list_fairs()).items[0][1].posts == 2
    unknown, theirs = await firm_with_posts(core, 1, 2, verified=False)
    with pytest.raises(ConflictError, match="核验"):
        await booths.give_booth(core, str(fair.id), BoothAsked(firm=unknown, posts=theirs), by=BY)
    with pytest.raises(NotFoundError):
        await booths.decide_booth(core, str(fair.id), str(uuid4()), BoothStep(to="declined"), by=BY)
    assert firm != other


async def test_checking_in_twice_counts_once_also_at_the_same_time(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    person = uuid4()
    with pytest.raises(ConflictError, match="不能签到"):
        await arrivals.check_in(core, fair, person, "phone", by="self")
    clock.forward(days=12)
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    first = await arrivals.check_in(core, fair, person, "phone", by="self")
    again = await asyncio.gather(*(arrivals.check_in(core, fair, person, "pass", by=BY) for _ in range(3)))
    assert (first, again) == (True, [False] * 3)
    await arrivals.count_in(core, fair, 12, by=BY)
    counters = await arrivals.counters_of(fair)
    assert (counters.named, counters.walk_in, counters.people) == (1, 12, 13)
    assert [people for _, people in counters.waves] == [13]


async def test_a_pass_opens_for_some_minutes_and_only_if_it_is_ours(core: Core, clock: HandClock) -> None:
    person = uuid4()
    text = arrivals.pass_of(core, person)
    assert arrivals.person_of(core, f" {text} ") == person
    for wrong in (text[:-2] + "AA", "YZ1", "", "YZ1!!!!", text.removeprefix("YZ1")):
        with pytest.raises(InvalidInputError):
            arrivals.person_of(core, wrong)
    clock.forward(minutes=11)
    with pytest.raises(InvalidInputError):
        arrivals.person_of(core, text)


async def test_a_fair_with_49_posts_is_told_of_on_each_day_of_the_rule_and_counted_as_such(
    core: Core, clock: HandClock
) -> None:
    fair, _, posts = await announced_fair(core, 49)
    told = []
    for _ in range(12):  # from twelve days before to the day before
        await watch.watch(core)
        await watch.watch(core)
        told.append([one.days_before for one in (await watch.outlook(core)).short])
        clock.forward(days=1)
    assert told == [[], [], [], [], [], [7], [7], [7], [7], [3], [3], [1]]
    rows = await FairWarning.all().order_by("id")
    assert [(row.days_before, row.posts, row.missing, row.at.day) for row in rows] == [
        (7, 49, 1, 7), (3, 49, 1, 11), (1, 49, 1, 13)]  # fmt: skip
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    await jobs.close_post(core, str(posts[0]), by=BY)
    await booths.set_results(core, str(fair.id), str((await booths.booths_of(fair))[0].row.id),
                             BoothResults(resumes=30, intentions=8, hires=3), by=BY)  # fmt: skip
    closed = await plans.move_fair(core, str(fair.id), "closed", by=BY)
    assert (closed.posts, closed.firms) == (49, 1), "a post that was filled at the fair was there"
    period = await watch.fairs_of_period(date(2026, 3, 1), date(2026, 3, 22))
    assert period.to_object() == [{"date": "2026-03-14", "posts": 49}]
    assert (period.without, period.too_few) == (["2026-W10", "2026-W12"], ["2026-W11"])


async def test_a_fair_that_was_left_open_is_closed_the_next_day(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    clock.forward(days=12)
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    await watch.watch(core)
    assert (await plans.get_fair(str(fair.id))).state == "open"
    clock.forward(days=1)
    assert "自动结束 1 场" in await watch.watch(core)
    assert (await plans.get_fair(str(fair.id))).state == "closed"


async def test_the_weeks_ahead_without_a_fair_are_named(core: Core, clock: HandClock) -> None:
    assert [week.name for week in (await watch.outlook(core)).empty_weeks] == ["2026-W10", "2026-W11"]
    await announced_fair(core, 1)
    assert [week.name for week in (await watch.outlook(core)).empty_weeks] == ["2026-W10"]
    clock.forward(days=7)
    assert [week.name for week in (await watch.outlook(core)).empty_weeks] == ["2026-W12"]
