"""Live shows: applicants are counted once by the show's own source; persons go and merge; campaigns add up."""

import io
from uuid import uuid4

import pytest
from PIL import Image

from cloud.fairs import arrivals, campaigns, plans, shows
from cloud.fairs.drafts import CampaignDraft, PublicityDraft, ShowDraft, ShowPostAsked
from cloud.fairs.models import FairArrival
from cloud.fairs.own import export_person, forget_person, move_person
from cloud.fairs.show_models import LiveShow, ShowApplicant
from cloud.fairs.walls import wall_source
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from tests.cloud.clocks import HandClock
from tests.cloud.fairs.sample import BY, STARTS, announced_fair, firm_with_posts

pytestmark = pytest.mark.db


async def planned(core: Core, count: int = 2, **members: object) -> tuple[LiveShow, list[str]]:
    """Return a show of some posts, in the reverse order of their making."""
    _, posts = await firm_with_posts(core, count)
    asked = [ShowPostAsked(post=post, minute=60 - 5 * n) for n, post in enumerate(posts)]
    values = {
        "title": "直播带岗",
        "host": "小李",
        "platform": "抖音",
        "starts_at": STARTS,
        "ends_at": STARTS.replace(hour=3),
    }
    show = await shows.save_show(core, ShowDraft.model_validate(values | {"posts": asked} | members), by=BY)
    return show, [str(post) for post in posts]


async def test_an_applicant_counts_once_and_carries_the_show_s_source(core: Core) -> None:
    show, _ = await planned(core)
    first, second = await shows.posts_of_show(show)
    assert (first.minute, second.minute) == (55, 60)
    one, other = uuid4(), uuid4()
    done = [await shows.apply_at(core, str(show.id), post.post.id, person)
            for post, person in ((first, one), (first, one), (second, one), (first, other))]  # fmt: skip
    assert done == [True, False, True, True]
    assert await shows.applicants_of(show) == 2
    assert [post.applicants for post in await shows.posts_of_show(show)] == [2, 1]
    assert {row.source for row in await ShowApplicant.all()} == {f"qr:live:{show.id}"}
    with pytest.raises(NotFoundError):
        await shows.apply_at(core, str(show.id), uuid4(), one)
    await jobs.close_post(core, str(second.post.id), by=BY)
    with pytest.raises(ConflictError, match="下架"):
        await shows.apply_at(core, str(show.id), second.post.id, other)


async def test_a_show_takes_one_step_after_the_other(core: Core) -> None:
    show, posts = await planned(core)
    with pytest.raises(ConflictError):
        await shows.move_show(core, str(show.id), "ended")
    with pytest.raises(InvalidInputError, match="原因"):
        await shows.move_show(core, str(show.id), "cancelled")
    twice = {"title": "直播", "host": "甲", "platform": "乙", "starts_at": STARTS, "ends_at": STARTS.replace(hour=3),
             "posts": [{"post": posts[0], "minute": 1}, {"post": posts[0], "minute": 2}]}  # fmt: skip
    with pytest.raises(InvalidInputError, match="只能讲一次"):
        await shows.save_show(core, ShowDraft.model_validate(twice), by=BY, show_id=str(show.id))
    await shows.move_show(core, str(show.id), "live")
    with pytest.raises(ConflictError, match="不能再改"):
        await shows.save_show(core, ShowDraft.model_validate(twice | {"posts": []}), by=BY, show_id=str(show.id))


async def test_who_goes_is_still_counted_and_who_is_the_same_came_once(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 1)
    clock.forward(days=12)
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    one, same = uuid4(), uuid4()
    for person in (one, same):
        await arrivals.check_in(core, fair, person, "phone", by="self")
    assert [line["fair"] for line in (await export_person(one))["fairs"]] == ["春季招聘会"]
    await move_person(same, one)
    assert (await arrivals.counters_of(fair)).named == 1
    assert (await forget_person(one))["fair_arrival"] == 1
    assert await FairArrival.filter(person__not_isnull=True).count() == 0
    assert (await arrivals.counters_of(fair)).named == 1


async def test_a_campaign_adds_up_what_was_done_for_it(core: Core, clock: HandClock) -> None:
    order = {"title": "春风行动", "basis": "示范文件", "starts_on": "2026-01-20", "ends_on": "2026-03-31"}
    campaign = await campaigns.save_campaign(core, CampaignDraft.model_validate(order), by=BY)
    fair, _, _ = await announced_fair(core, 2, campaign=campaign.id)
    clock.forward(days=12)
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    await arrivals.count_in(core, fair, 7, by=BY)
    news = {"title": "新闻", "medium": "tv", "published_on": "2026-03-01", "reach": 100, "reach_source": "台里",
            "campaign": str(campaign.id)}  # fmt: skip
    item = await campaigns.add_publicity(core, PublicityDraft.model_validate(news), by=BY)
    buffer = io.BytesIO()
    Image.new("RGB", (3_000, 1_000), "red").save(buffer, "PNG")
    kept = await campaigns.add_picture(core, str(item.id), buffer.getvalue(), "现场")
    with Image.open(io.BytesIO(await campaigns.picture(str(kept.id)))) as drawn:
        assert (drawn.format, max(drawn.size)) == ("JPEG", campaigns.PICTURE_SIDE)
    with pytest.raises(InvalidInputError):
        await campaigns.add_picture(core, str(item.id), b"%PDF-1.7", "")
    found = await campaigns.activities_of(campaign)
    assert (found.people, found.posts, found.reach, len(found.publicity)) == (7, 2, 100, 1)


async def test_what_is_coming_is_on_the_walls_without_a_second_person(core: Core, clock: HandClock) -> None:
    fair, _, _ = await announced_fair(core, 2)
    source = wall_source(core)
    assert await source.items(core.now()) == [], "twelve days before is too early"
    clock.forward(days=6)
    (item,) = await source.items(core.now())
    assert item.data is not None
    assert (item.data["tag"], item.data["text"]) == ("招聘会 · 预告", "1 家单位，2 个岗位，招 12 人")
    assert ["时间", "3月14日 周六 09:00–12:00"] in item.data["facts"]
    await plans.move_fair(core, str(fair.id), "cancelled", by=BY, reason="场地检修")
    assert await source.items(core.now()) == []
