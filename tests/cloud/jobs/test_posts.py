"""Posts through REST: draft, gate, publication, closing; and what of it stands on the walls."""

import asyncio
from typing import Any

import pytest

from cloud.fleet.service import apply_site
from cloud.jobs.content import Walls
from cloud.jobs.models import WallContent
from cloud.jobs.posts import TRANSITIONS
from cloud.platform.core import Core
from cloud.platform.models import DomainEvent
from protocols.venue.content import Envelope, Manifest
from provisioning.signing import content_key, public_text
from provisioning.site import parse_site
from provisioning.trust import open_envelope
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.running import SITE, Running
from tests.cloud.station import Station, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def new_firm(running: Running) -> str:
    firm = await running.post("/api/v1/firms", FIRM, 201)
    await running.post(f"/api/v1/firms/{firm['id']}/verify")
    return str(firm["id"])


async def new_post(running: Running, firm: str, **members: Any) -> str:
    return str((await running.post("/api/v1/posts", post(firm, **members), 201))["id"])


async def test_a_lawful_post_is_published_and_closed_and_says_so_in_its_history(running: Running) -> None:
    post_id = await new_post(running, await new_firm(running))
    draft = await running.get(f"/api/v1/posts/{post_id}")
    assert (draft["state"], draft["occupation_name"], draft["screening"]) == ("draft", "快件处理员", None)
    published = await running.post(f"/api/v1/posts/{post_id}/publish")
    assert (published["state"], published["screening"]) == ("published", {"verdict": "ok", "findings": []})
    closed = await running.post(f"/api/v1/posts/{post_id}/close")
    assert closed["state"] == "closed"
    events = await DomainEvent.filter(key=post_id).order_by("id")
    assert [event.topic for event in events] == ["post.published", "post.closed"]


async def test_an_unlawful_post_is_blocked_with_the_law_and_may_be_mended(running: Running) -> None:
    firm = await new_firm(running)
    post_id = await new_post(running, firm, title="分拣员（限男）", requirements="入职交押金200元")
    problem = await running.post(f"/api/v1/posts/{post_id}/publish", status=422)
    assert problem["type"] == "urn:yizhan:problem:screening-blocked"
    assert {one["rule"] for one in problem["findings"]} >= {"sex", "fee"}
    assert (await running.get(f"/api/v1/posts/{post_id}"))["state"] == "blocked"
    mended = await running.call("PUT", f"/api/v1/posts/{post_id}", json=post(firm))
    assert mended.status == 200
    assert (await running.post(f"/api/v1/posts/{post_id}/publish"))["state"] == "published"


async def test_pay_below_the_minimum_wage_is_blocked(running: Running) -> None:
    pay = {"min_fen": 200_000, "max_fen": 300_000, "unit": "month", "method": "月结"}
    post_id = await new_post(running, await new_firm(running), pay=pay, form="full_time")
    problem = await running.post(f"/api/v1/posts/{post_id}/publish", status=422)
    assert [one["rule"] for one in problem["findings"]] == ["minimum_wage"]


async def test_a_doubtful_post_waits_for_a_person_who_gives_a_reason(running: Running) -> None:
    post_id = await new_post(running, await new_firm(running), requirements="35岁以下，能搬运")
    waiting = await running.post(f"/api/v1/posts/{post_id}/publish", status=202)
    assert (waiting["state"], waiting["screening"]["verdict"]) == ("in_review", "review")
    await running.post(f"/api/v1/posts/{post_id}/review", {"publish": True}, 422)
    decided = await running.post(f"/api/v1/posts/{post_id}/review", {"publish": True, "note": "高温作业岗"})
    assert decided["state"] == "published"


async def test_only_a_verified_firm_publishes_and_only_once(running: Running) -> None:
    firm = await running.post("/api/v1/firms", FIRM, 201)
    post_id = await new_post(running, firm["id"])
    problem = await running.post(f"/api/v1/posts/{post_id}/publish", status=409)
    assert problem["type"] == "urn:yizhan:problem:firm-not-verified"
    await running.post(f"/api/v1/firms/{firm['id']}/verify")
    await running.post(f"/api/v1/posts/{post_id}/publish")
    for action in ("publish", "review"):
        problem = await running.post(f"/api/v1/posts/{post_id}/{action}", {"publish": True, "note": "x"}, 409)
        assert problem["type"] == "urn:yizhan:problem:post-state"


async def test_a_post_whose_time_is_over_is_not_published(running: Running) -> None:
    post_id = await new_post(running, await new_firm(running), valid_from="2025-01-01", valid_to="2025-02-01")
    problem = await running.post(f"/api/v1/posts/{post_id}/publish", status=422)
    assert set(problem["fields"]) == {"valid_to"}


async def test_lists_go_on_where_they_stopped_and_filter(running: Running) -> None:
    firm = await new_firm(running)
    ids = [await new_post(running, firm, title=f"保洁 {number}") for number in range(5)]
    await running.post(f"/api/v1/posts/{ids[0]}/publish")
    first = await running.get("/api/v1/posts?limit=3")
    rest = await running.get(f"/api/v1/posts?limit=3&cursor={first['next']}")
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert [one["id"] for one in (await running.get("/api/v1/posts?state=published"))["items"]] == [ids[0]]
    assert [one["id"] for one in (await running.get("/api/v1/posts?text=保洁 3"))["items"]] == [ids[3]]
    assert (await running.call("GET", "/api/v1/posts?state=lost")).status == 422


async def test_a_published_post_stands_on_the_wall_and_a_closed_one_is_gone(running: Running, broker: Broker) -> None:
    await running.apply()
    keys = {"content-1": public_text(content_key(running.core.secret))}

    def shown(station: Station) -> Manifest | None:
        envelope = station.newest("content/wall")
        return open_envelope(Envelope.from_object(envelope), keys) if envelope else None

    async with station_at(broker.url) as station:
        await until(lambda: shown(station) is not None, "an empty wall is content too")
        post_id = await new_post(running, await new_firm(running))
        await running.post(f"/api/v1/posts/{post_id}/publish")
        await until(lambda: [one.id for one in getattr(shown(station), "items", [])] == [post_id], "it is shown")
        manifest = shown(station)
        assert manifest is not None
        assert (manifest.station, manifest.channel, manifest.rev) == ("st-01", "wall", 2)
        assert (manifest.items[0].data or {})["pay"] == "180–220 元/天"
        await running.post(f"/api/v1/posts/{post_id}/close")
        await until(lambda: getattr(shown(station), "items", None) == [], "it is gone")
        assert getattr(shown(station), "rev", 0) == 3
    async with station_at(broker.url) as later:
        await until(lambda: getattr(shown(later), "rev", 0) == 3, "the newest one is retained")


async def test_an_unchanged_wall_keeps_its_revision(running: Running) -> None:
    await running.apply()
    await until(WallContent.exists, "content is made")
    await running.apply()
    await asyncio.sleep(0.1)
    assert (await WallContent.get()).rev == 1


async def test_walls_that_are_built_at_the_same_time_get_one_revision(core: Core) -> None:
    await apply_site(core, parse_site(SITE))
    published: list[str] = []

    async def publish(topic: str, payload: bytes) -> None:
        published.append(f"{topic} {len(payload)}")

    walls = Walls(core, publish)
    await asyncio.gather(*(walls.refresh() for _ in range(5)))
    assert (await WallContent.get()).rev == 1
    assert len(published) == 1


def test_nothing_leaves_the_state_closed() -> None:
    assert TRANSITIONS["closed"] == frozenset()
    assert all(target in TRANSITIONS for targets in TRANSITIONS.values() for target in targets)
