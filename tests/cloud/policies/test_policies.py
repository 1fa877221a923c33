"""Policies: a second person for walls, one version in force, an end by itself, what each wall proved."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.identity.approvals import decide, list_approvals
from cloud.ingest.handlers import Arrived, load_handlers
from cloud.jobs import service as jobs
from cloud.jobs.models import WallContent
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError
from cloud.policies import displays, enquiries, register, required
from cloud.policies.drafts import EnquiryDraft
from cloud.policies.models import Policy, PolicyDisplay
from cloud.policies.walls import wall_source
from protocols.venue.content import Manifest
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from protocols.venue.timestamps import format_time
from provisioning.site import parse_site
from tests.cloud.clocks import HandClock
from tests.cloud.identity.people import person
from tests.cloud.policies.sample import text
from tests.cloud.running import SITE

pytestmark = pytest.mark.db
TODAY = date(2026, 3, 2)
BY = "staff:li"


async def published(core: Core, **members: Any) -> Policy:
    """Publish a text that goes to a wall: one asks, another one approves."""
    row = await register.save_policy(core, text(**members), by=BY)
    return await approve(core, row)


async def approve(core: Core, row: Policy) -> Policy:
    names = ("asks", "decides")
    people = [
        (await identity.log_in(core, name, "correct horse battery")).principal
        if await known(name)
        else await person(core, name, "manager")
        for name in names
    ]
    await register.publish_policy(core, str(row.id), people[0], reason="新政策")
    await decide(core, str((await list_approvals(core, "waiting"))[0].id), people[1], approve=True)
    return await register.get_policy(str(row.id))


async def known(name: str) -> bool:
    return name in {account.name for account in await identity.list_accounts()}


async def walls(core: Core) -> tuple[jobs.Walls, list[tuple[str, bytes]]]:
    """Return the walls of a site with one wall, and what they publish."""
    await fleet.apply_site(core, parse_site(SITE))
    sent: list[tuple[str, bytes]] = []

    async def publish(topic: str, payload: bytes) -> None:
        sent.append((topic, payload))

    return jobs.Walls(core, publish, [wall_source(core)]), sent


async def shown(core: Core) -> Manifest:
    del core
    return Manifest.from_bytes((await WallContent.get(channel="wall")).manifest.encode())


async def test_words_of_one_s_own_on_a_wall_need_a_second_person(core: Core) -> None:
    row = await register.save_policy(core, text(), by=BY)
    first, second = await person(core, "first", "manager"), await person(core, "second", "manager")
    asked = await register.publish_policy(core, str(row.id), first, reason="新政策")
    assert (asked.state, await register.is_waiting(core, row)) == ("draft", True)
    approval = str((await list_approvals(core, "waiting"))[0].id)
    with pytest.raises(ProblemError):
        await decide(core, approval, first, approve=True)
    await register.save_policy(core, text(summary="随便改的话"), by=BY, policy_id=str(row.id))
    with pytest.raises(ConflictError, match="又改过"):
        await decide(core, approval, second, approve=True)
    await decide(core, approval, second, approve=False)
    await register.publish_policy(core, str(row.id), first, reason="改好了")
    await decide(core, str((await list_approvals(core, "waiting"))[0].id), second, approve=True)
    live = await register.live_one(str(row.id), TODAY)
    assert live is not None
    assert (live.version, live.text.summary) == (1, "随便改的话")


async def test_without_a_wall_one_person_publishes_and_each_version_is_kept(core: Core) -> None:
    row = await register.save_policy(core, text(channels=["phone"]), by=BY)
    manager = await person(core, "first", "manager")
    await register.publish_policy(core, str(row.id), manager, reason="")
    await register.save_policy(core, text(channels=["phone"], title="新标题"), by=BY, policy_id=str(row.id))
    live = await register.live_one(str(row.id), TODAY)
    assert live is not None
    assert live.text.title == "灵活就业社保补贴", "what is being written is not shown"
    await register.publish_policy(core, str(row.id), manager, reason="")
    live = await register.live_one(str(row.id), TODAY)
    assert live is not None
    assert (live.version, live.text.title) == (2, "新标题")
    assert [one.version for one in await register.versions_of(row)] == [2, 1]
    assert await register.live_on("wall", TODAY, 10) == []
    await register.end_policy(core, str(row.id), "提前撤下")
    assert await register.live_one(str(row.id), TODAY) is None
    with pytest.raises(ConflictError):
        await register.end_policy(core, str(row.id), "再撤")


async def test_a_policy_comes_onto_the_walls_and_leaves_at_its_end_with_its_proof(core: Core, clock: HandClock) -> None:
    wall, sent = await walls(core)
    row = await published(core)
    await wall.refresh()
    manifest = await shown(core)
    (item,) = manifest.items
    assert (item.kind, item.valid_to) == ("notice", datetime.fromisoformat("2026-03-21T00:00:00+08:00"))
    assert item.data is not None
    assert (item.data["tag"], item.data["title"]) == ("就业政策", "灵活就业社保补贴")
    assert ["有效期", "2026-03-01 至 2026-03-20"] in item.data["facts"]
    assert sent
    handlers = load_handlers()
    levels = [displays.best_level((await displays.displays_of([row.id]))[row.id])]
    for name, data in (
        ("content.applied", {"channel": "wall", "rev": manifest.rev, "items": 1, "missing": 0}),
        ("display.proved", {"level": "rendered", "content": manifest.content_hash, "rev": manifest.rev, "frames": 3}),
        ("display.proved", {"level": "rendered", "content": "x", "rev": manifest.rev - 1, "frames": 3}),
    ):
        after = await handlers[name](core, [arrived(core, name, data)])
        if after is not None:
            await after()
        levels.append(displays.best_level((await displays.displays_of([row.id]))[row.id]))
    assert levels == ["sent", "delivered", "rendered", "rendered"]
    assert (await PolicyDisplay.get(policy=row.id)).proofs == 2
    clock.forward(days=19)
    await wall.refresh()
    assert (await shown(core)).items == []
    assert await register.end_expired(core) == "到期 1 条"
    (one,) = (await displays.displays_of([row.id]))[row.id]
    assert (one.level, one.shown, one.gone_at) == ("rendered", True, core.now())
    assert (await register.get_policy(str(row.id))).state == "ended"


def arrived(core: Core, name: str, data: dict[str, Any]) -> Arrived:
    """Return an event as the writer hands it over."""
    kind = "wall" if name == "display.proved" else "agent"
    values = {
        "specversion": "1.0",
        "id": "0195f3c2-1111-7000-8000-000000000076",
        "source": f"/stations/st-01/slots/{kind}",
        "type": f"cn.yizhan.{kind}.{name}.v1",
        "time": format_time(core.now()),
        "datacontenttype": "application/json",
        "epoch": 1,
        "stream": "evidence",
        "seq": 1,
        "replay": False,
        "clock": "trusted",
        "data": data,
    }
    envelope = Event.model_validate(values)
    return Arrived("st-01", "wall", "s", envelope, MESSAGES[envelope.type].model_validate(data))


async def test_a_text_that_changes_is_another_item_of_the_wall(core: Core) -> None:
    wall, _ = await walls(core)
    row = await published(core)
    await wall.refresh()
    before = await shown(core)
    await register.save_policy(core, text(summary="标准提高到四分之三。"), by=BY, policy_id=str(row.id))
    await approve(core, row)
    await wall.refresh()
    after = await shown(core)
    assert before.content_hash != after.content_hash
    assert [(one.version, one.gone_at is None) for one in (await displays.displays_of([row.id]))[row.id]] == [
        (2, True), (1, False)]  # fmt: skip


async def test_public_items_that_are_missing_are_named(core: Core) -> None:
    assert await required.missing_items(TODAY) == ["rules", "hotline", "complaint"]
    members: dict[str, Any] = {"kind": "public_item", "item": "hotline", "valid_to": None, "channels": ["phone"]}
    row = await register.save_policy(core, text(**members), by=BY)
    await register.publish_policy(core, str(row.id), await person(core, "first", "manager"), reason="")
    assert await required.missing_items(TODAY) == ["rules", "complaint"]
    assert [one.channels for one in await required.standings(TODAY)] == [[], ["phone"], []]
    assert await required.missing_items(TODAY - timedelta(days=2)) == ["rules", "hotline", "complaint"]
    with pytest.raises(InvalidInputError):
        await register.save_policy(core, text(kind="public_item", item="nothing"), by=BY)


@pytest.mark.parametrize(
    "members",
    [{"valid_to": "2026-02-01"}, {"channels": []}, {"channels": ["wall", "wall"]}, {"kind": "public_item"},
     {"item": "rules"}, {"document": ""}, {"source_url": "javascript:alert(1)"}, {"valid_to": "2199-01-01"},
     {"summary": "长" * 141}],
)  # fmt: skip
def test_a_text_that_does_not_fit_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        text(**members)


async def test_what_people_ask_is_counted_by_policy_without_a_name(core: Core, clock: HandClock) -> None:
    row = await register.save_policy(core, text(), by=BY)
    for policy in (row.id, None):
        asked = {
            "policy": policy,
            "topic": "社保补贴",
            "place": "counter",
            "question": "谁能申请",
            "answer": "就业困难人员",
        }
        await enquiries.record_enquiry(core, EnquiryDraft.model_validate(asked), by=BY)
        clock.forward(hours=23)
    assert await enquiries.enquiries_about([row.id]) == {row.id: 1}
    assert await enquiries.count_enquiries(TODAY, TODAY) == 1
    assert [one.topic for one in (await enquiries.list_enquiries(None, 1))[0]] == ["社保补贴"]
