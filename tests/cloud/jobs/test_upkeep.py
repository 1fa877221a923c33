"""Posts over time: confirmed or lapsed, filled, expired on the market's day; each with a line of history."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.employers import service as employers
from cloud.jobs import service as jobs
from cloud.jobs.lookup import freshness_on
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from cloud.platform.models import DomainEvent
from cloud.platform.notify.models import Notification
from cloud.platform.times import market_day
from tests.cloud.clocks import HandClock
from tests.cloud.employers.sample import STAFF, live_post, state_of, verified_firm

pytestmark = pytest.mark.db


async def test_a_post_ends_by_itself_when_the_markets_day_is_over(core: Core, clock: HandClock) -> None:
    post_id = await live_post(core, await verified_firm(core))
    clock._now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    await jobs.close_expired(core)
    assert await state_of(post_id) == "published"
    clock.forward(minutes=1)
    await jobs.close_expired(core)
    assert await state_of(post_id) == "closed"
    last = (await jobs.post_history(post_id))[-1]
    assert (last["by"], last["note"]) == ("system", "有效期已过")
    assert await DomainEvent.filter(topic="post.closed", key=post_id).count() == 1
    await jobs.close_expired(core)
    assert await DomainEvent.filter(topic="post.closed", key=post_id).count() == 1


async def test_a_firm_is_asked_once_and_silence_takes_the_post_down(core: Core, clock: HandClock) -> None:
    firm = await verified_firm(core)
    silent, spoken = await live_post(core, firm), await live_post(core, firm, title="仍在招")
    terms = freshness_on(market_day(core.now()))
    clock.forward(days=terms.ask_after_days - 1)
    await employers.ask_posts(core)
    assert not await Notification.filter(template="post-confirm").count()
    clock.forward(days=1)
    for _ in range(2):
        await employers.ask_posts(core)
    assert await Notification.filter(template="post-confirm").count() == 2
    await jobs.confirm_post(core, spoken, by="employer:x")
    clock.forward(days=terms.lapse_after_days)
    await employers.ask_posts(core)
    assert await state_of(silent) == "published"
    clock.forward(days=1)
    await employers.ask_posts(core)
    assert (await state_of(silent), await state_of(spoken)) == ("closed", "published")
    assert [line["note"] for line in await jobs.post_history(silent)][-2:] == [
        "询问是否仍在招聘",
        "到期未确认是否仍在招聘",
    ]


async def test_the_last_place_takes_the_post_down_and_none_is_given_twice(core: Core) -> None:
    post_id = await live_post(core, await verified_firm(core), headcount=3)
    found = await jobs.fill_post(core, post_id, 2, by=STAFF, note="面试两人")
    assert (found["filled"], found["state"]) == (2, "published")
    with pytest.raises(ConflictError):
        await jobs.fill_post(core, post_id, 2, by=STAFF)
    assert (await jobs.fill_post(core, post_id, -1, by=STAFF))["filled"] == 1
    done = await jobs.fill_post(core, post_id, 2, by=STAFF)
    assert (done["filled"], done["state"]) == (3, "closed")
    assert (await jobs.post_history(post_id))[-1]["note"] == "已招满"
    with pytest.raises(ConflictError):
        await jobs.confirm_post(core, post_id, by=STAFF)


async def test_live_posts_are_found_by_words_place_form_and_unit(core: Core, clock: HandClock) -> None:
    firm = await verified_firm(core)
    ids = [await live_post(core, firm, title=f"保洁{number}") for number in range(3)]
    other = await live_post(
        core, firm, title="焊工", place={"district": "丹阳市", "address": "开发区"}, form="full_time"
    )
    first, following = await jobs.list_live(core.now(), limit=2)
    rest, end = await jobs.list_live(core.now(), cursor=following, limit=2)
    assert [one["id"] for one in first + rest] == [other, *reversed(ids)]
    assert end is None
    assert [one["id"] for one in (await jobs.list_live(core.now(), q="焊"))[0]] == [other]
    assert [one["id"] for one in (await jobs.list_live(core.now(), district="丹阳市", form="full_time"))[0]] == [other]
    assert not (await jobs.list_live(core.now(), unit="hour"))[0]
    assert await jobs.live_districts(core.now()) == ["丹阳市", "润州区"]
    clock.forward(days=400)
    assert (await jobs.list_live(core.now()))[0] == []
    assert not await jobs.is_live(other, core.now())


async def test_scans_are_counted_by_source_and_say_nothing_of_who(core: Core) -> None:
    post_id = await live_post(core, await verified_firm(core))
    for source in ("wall:market", "wall:market", "flyer:0302"):
        assert await jobs.count_scan(core, source, post_id)
    assert await jobs.count_scan(core, "station:st-01", None)
    for made_up in ("", "wall", "wall:", "bus:1", "wall:a/b", "wall:" + "x" * 41):
        assert not await jobs.count_scan(core, made_up, post_id)
    today = market_day(core.now())
    assert await jobs.scans_of(today, today, post_id) == [
        {"kind": "wall", "place": "market", "count": 2},
        {"kind": "flyer", "place": "0302", "count": 1},
    ]
    assert len(await jobs.scans_of(today, today)) == 3
    assert await jobs.scans_of(today + timedelta(days=1), today + timedelta(days=1)) == []
    assert jobs.source_in({"yz_source": "qr:wall:market"}) == "qr:wall:market"
    assert jobs.source_in({"yz_source": "qr:<script>"}) == ""
