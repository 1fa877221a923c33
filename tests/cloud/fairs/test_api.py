"""Fairs, campaigns and shows over REST, as the staff, a firm and a jobseeker call it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.fairs.models import Fair
from cloud.identity import public
from cloud.platform.core import Core
from protocols.venue.timestamps import format_time
from tests.cloud.fairs.sample import PAPERS, firm_with_posts
from tests.cloud.people.sample import in_by_code
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]

PHONE = "13800000009"


def plan(running: Running, **members: Any) -> dict[str, Any]:
    """Return the plan of a fair that begins now."""
    now = running.core.now()
    times = {"starts_at": format_time(now), "ends_at": format_time(now + timedelta(minutes=1))}
    rest = {"title": "接口招聘会", "venue": "一楼大厅", "expected_people": 300, "booth_count": 5}
    return {**times, **rest, **members}


async def put(running: Running, path: str, body: object) -> dict[str, Any]:
    answer = await running.call("PUT", path, json=body)
    assert answer.status == 200, await answer.text()
    document: dict[str, Any] = await answer.json()
    return document


async def employer(core: Core, firm: UUID) -> dict[str, str]:
    """Return the headers of a firm's owner."""
    made = await employers.add_member(
        core, str(firm), MemberDraft(name="示例甲", phone=PHONE, role="owner"), by="staff:li"
    )
    subject = public.Subject("employer", UUID(made["id"]), firm=firm, role="owner")
    opened = await public.open_session(core, subject, public.Proofs(phone_at=core.now()))
    return {"Authorization": f"Bearer {opened.secret}"}


async def test_a_fair_over_rest(running: Running) -> None:
    core = running.core
    firm, posts = await firm_with_posts(core, 2)
    fair = await running.post("/api/v1/fairs", plan(running), 201)
    place = f"/api/v1/fairs/{fair['id']}"
    refused = await running.post(f"{place}/step", {"to": "open"}, 409)
    assert refused["type"].endswith("fair-state")
    assert (await running.post("/api/v1/fairs", plan(running, ends_at=fair["starts_at"]), 422))["status"] == 422
    for paper in PAPERS:
        await put(running, f"{place}/papers/{paper}", {"reference": "档案柜 3"})
    await Fair.filter(id=fair["id"]).update(state="announced", announced_at=core.now() - timedelta(days=2))
    firm_headers = await employer(core, firm)
    asked = await running.call("POST", f"/api/v1/employer/fairs/{fair['id']}/booth", headers=firm_headers,
                               json={"posts": [str(post) for post in posts]})  # fmt: skip
    assert asked.status == 409, "it has begun: the firm asks at the counter"
    booth = await running.post(f"{place}/booths", {"firm": str(firm), "posts": [str(posts[0])]}, 201)
    assert (booth["number"], [post["title"] for post in booth["posts"]]) == (1, ["分拣员0"])
    opened = await running.post(f"{place}/step", {"to": "open"})
    assert opened["tally"] == {"firms": 1, "asking": 0, "posts": 1, "people_wanted": 6}
    seeker = await in_by_code(core)
    me = {"Authorization": f"Bearer {seeker.secret}"}
    code = (await Fair.get(id=fair["id"])).code
    results = []
    for _ in range(2):
        answer = await running.call("POST", f"/api/v1/seeker/fairs/{code}/arrival", headers=me)
        results.append((await answer.json())["result"])
    assert results == ["first", "again"]
    assert await running.post(f"{place}/arrivals", {"way": "walk_in", "people": 4}) == {"result": "counted"}
    await put(running, f"{place}/booths/{booth['id']}/results", {"resumes": 5, "intentions": 2, "hires": 1})
    counters = await running.get(f"{place}/counters")
    assert (counters["people"], counters["named"], counters["resumes"]) == (5, 1, 5)
    own = await running.call("GET", "/api/v1/employer/fairs", headers=firm_headers)
    assert (await own.json())["items"][0]["booth"]["state"] == "assigned"
    await running.post(f"{place}/step", {"to": "closed"})
    day = fair["starts_at"][:10]
    later = str(core.now().date() + timedelta(days=1))
    period = await running.get(f"/api/v1/fair-period?first={day}&last={later}")
    assert [one["posts"] for one in period["fairs"]] == [1]
    assert (await running.call("GET", f"/api/v1/fair-period?first={later}&last={day}")).status == 422
    outlook = await running.get("/api/v1/fair-outlook")
    assert (outlook["posts_per_fair"], outlook["warn_days"], outlook["short"]) == (50, [7, 3, 1], [])
    assert {one["there"] for one in (await running.get(f"{place}/papers"))["items"]} == {True}


async def test_a_firm_asks_for_a_booth_over_rest(running: Running) -> None:
    core = running.core
    firm, posts = await firm_with_posts(core, 1)
    starts = core.now() + timedelta(days=3)
    body = plan(running, starts_at=format_time(starts), ends_at=format_time(starts + timedelta(hours=2)))
    fair = await running.post("/api/v1/fairs", body, 201)
    headers = await employer(core, firm)
    path = f"/api/v1/employer/fairs/{fair['id']}/booth"
    hidden = await running.call("POST", path, headers=headers, json={"posts": [str(posts[0])]})
    assert hidden.status == 404, "nobody has announced it"
    await running.post(f"/api/v1/fairs/{fair['id']}/step", {"to": "announced"})
    asked = await running.call("POST", path, headers=headers, json={"posts": [str(posts[0])], "note": "两张桌子"})
    assert (asked.status, (await asked.json())["state"]) == (201, "requested")
    booth = (await running.get(f"/api/v1/fairs/{fair['id']}/booths"))["items"][0]
    step = f"/api/v1/fairs/{fair['id']}/booths/{booth['id']}/step"
    assert (await running.post(step, {"to": "assigned", "number": 4}))["number"] == 4
    assert (await running.call("DELETE", path, headers=headers)).status == 204
    assert (await running.get(f"/api/v1/fairs/{fair['id']}/booths"))["items"][0]["state"] == "withdrawn"


async def test_campaigns_publicity_and_shows_over_rest(running: Running) -> None:
    core = running.core
    _, posts = await firm_with_posts(core, 1)
    dates = {"starts_on": "2026-01-20", "ends_on": "2026-03-31"}
    campaign = await running.post("/api/v1/campaigns", {"title": "春风行动", "basis": "文件", **dates}, 201)
    item = {"title": "新闻", "medium": "tv", "published_on": "2026-02-01", "campaign": campaign["id"]}
    assert (await running.post("/api/v1/publicity", item | {"reach": 9}, 422))["status"] == 422
    await running.post("/api/v1/publicity", item | {"reach": 9, "reach_source": "台里"}, 201)
    assert (await running.post("/api/v1/publicity", item | {"campaign": str(posts[0])}, 422))["status"] == 422
    assert (await running.call("GET", f"/api/v1/fairs?cursor={posts[0]}")).status == 422
    asked = {"topic": "补贴", "place": "counter", "question": "谁能领", "answer": "见文件", "policy": str(posts[0])}
    assert (await running.post("/api/v1/policy-enquiries", asked, 422))["status"] == 422
    assert len((await running.get("/api/v1/publicity"))["items"]) == 1
    assert len((await running.get("/api/v1/campaigns"))["items"]) == 1
    now = core.now()
    body = {"title": "直播一场", "host": "小李", "platform": "抖音", "starts_at": format_time(now),
            "ends_at": format_time(now + timedelta(hours=1)),
            "posts": [{"post": str(posts[0]), "minute": 3}]}  # fmt: skip
    show = await running.post("/api/v1/shows", body, 201)
    assert show["source"] == f"qr:live:{show['id']}"
    place = f"/api/v1/shows/{show['id']}"
    for state in ("live", "ended"):
        await running.post(f"{place}/step", {"to": state})
    done = await put(running, f"{place}/result", {"viewers": 120, "viewers_source": "后台"})
    assert (done["viewers"], done["posts"][0]["minute"]) == (120, 3)
    assert len((await running.get("/api/v1/shows"))["items"]) == 1
