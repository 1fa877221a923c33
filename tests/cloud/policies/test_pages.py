"""Policies through the whole application: pages, REST, what the public reads on a phone and at a kiosk."""

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData

from cloud.identity import public
from cloud.platform.times import market_day
from cloud.policies.models import Policy, PolicyFile
from tests.cloud.policies.sample import text
from tests.cloud.running import Running
from tests.cloud.web.test_shell import sign_in

pytestmark = [pytest.mark.broker, pytest.mark.db]


def form(running: Running, **members: Any) -> dict[str, Any]:
    """Return what the editor sends for a text that is in force today."""
    today = market_day(running.core.now())
    values = text(valid_from=str(today), valid_to=str(today + timedelta(days=9))).model_dump(mode="json")
    channels = dict.fromkeys(values.pop("channels"), "yes")
    return values | channels | {"csrf": "", "source_url": ""} | members


async def test_a_policy_is_written_published_read_and_taken_down(running: Running) -> None:
    csrf = await sign_in(running, "manager")
    listed = await (await running.call("GET", "/policies")).text()
    assert listed.count("缺少，点此补上") == 3
    bad = await running.call("POST", "/policies", data=form(running, csrf=csrf, document="", title=""))
    assert (bad.status, "请填写" in await bad.text()) == (422, True)
    sent = form(running, csrf=csrf, wall="")
    made = await running.call("POST", "/policies", data=sent, allow_redirects=False)
    place = made.headers["Location"]
    assert "草稿" in await (await running.call("GET", place)).text()
    public_place = f"/news/{place.rpartition('/')[2]}"
    assert (await running.call("GET", public_place)).status == 404
    await running.call("POST", f"{place}/publish", data={"csrf": csrf})
    assert "就业困难人员" in await (await running.call("GET", public_place)).text()
    assert "灵活就业社保补贴" in await (await running.call("GET", "/news?kind=policy")).text()
    assert "灵活就业社保补贴" in await (await running.call("GET", f"{place}/edit")).text()
    asked = {"csrf": csrf, "topic": "补贴", "place": "counter", "question": "谁能领", "answer": "见文件",
             "policy": place.rpartition("/")[2]}  # fmt: skip
    await running.call("POST", "/policies/enquiries", data=asked)
    assert "谁能领" in await (await running.call("GET", "/policies/enquiries")).text()
    await running.call("POST", f"{place}/end", data={"csrf": csrf, "note": "内容有误"})
    assert (await running.call("GET", public_place)).status == 404
    assert "内容有误" in await (await running.call("GET", place)).text()


async def test_a_text_for_a_wall_waits_for_a_second_person(running: Running) -> None:
    csrf = await sign_in(running, "manager")
    made = await running.call("POST", "/policies", data=form(running, csrf=csrf), allow_redirects=False)
    place = made.headers["Location"]
    asked = await running.call("POST", f"{place}/publish", data={"csrf": csrf, "reason": "市局要求"})
    assert "等待另一人审批" in await asked.text()
    assert (await Policy.all().first()).state == "draft"  # type: ignore[union-attr]


async def test_an_attachment_is_read_by_the_public_only_while_its_policy_is(running: Running) -> None:
    csrf = await sign_in(running, "manager")
    made = await running.call("POST", "/policies", data=form(running, csrf=csrf, wall=""), allow_redirects=False)
    place = made.headers["Location"]
    for name, content in (("办法.pdf", b"%PDF-1.7 text"), ("x.exe", b"MZ")):
        body = FormData({"csrf": csrf}, quote_fields=False)
        body.add_field("file", content, filename=name)
        await running.call("POST", f"{place}/files", data=body)
    kept = await PolicyFile.all()
    assert [(row.name, row.media) for row in kept] == [("办法.pdf", "application/pdf")]
    public_place = f"/news/files/{kept[0].id}"
    assert (await running.call("GET", public_place)).status == 404
    await running.call("POST", f"{place}/publish", data={"csrf": csrf})
    answer = await running.call("GET", public_place)
    assert (answer.status, await answer.read()) == (200, b"%PDF-1.7 text")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "办法.pdf" in await (await running.call("GET", f"/news/{place.rpartition('/')[2]}")).text()
    assert (await running.call("GET", f"/policies/files/{kept[0].id}")).status == 200


async def test_policies_over_rest(running: Running) -> None:
    today = market_day(running.core.now())
    body = text(valid_from=str(today), valid_to=None, channels=["kiosk"]).model_dump(mode="json")
    made = await running.post("/api/v1/policies", body, 201)
    place = f"/api/v1/policies/{made['id']}"
    assert (made["state"], made["draft"]["title"]) == ("draft", "灵活就业社保补贴")
    await running.post(f"{place}/publish", {"reason": ""})
    assert (await running.get(place))["live_version"] == 1
    changed = await running.call("PUT", place, json=body | {"title": "新标题"}, headers={"If-Match": '"old"'})
    assert changed.status == 412
    changed = await running.call("PUT", place, json=body | {"title": "新标题"})
    assert (changed.status, (await changed.json())["draft"]["title"]) == (200, "新标题")
    assert [one["text"]["title"] for one in (await running.get(f"{place}/versions"))["items"]] == ["灵活就业社保补贴"]
    assert (await running.get(f"{place}/displays"))["items"] == []
    assert len((await running.get("/api/v1/public-items"))["items"]) == 3
    token = await public.create_kiosk_token(running.core, "st-01", "kiosk-1")
    shown = await running.call("GET", "/api/v1/kiosk/notices", headers={"Authorization": f"Bearer {token}"})
    assert [one["title"] for one in (await shown.json())["items"]] == ["灵活就业社保补贴"]
    asked = {"topic": "补贴", "place": "phone", "question": "谁能领", "answer": "见文件", "policy": made["id"]}
    await running.post("/api/v1/policy-enquiries", asked, 201)
    assert len((await running.get("/api/v1/policy-enquiries"))["items"]) == 1
    await running.post(f"{place}/end", {"note": "到期前撤下"})
    assert (await running.get("/api/v1/policies?state=ended"))["items"][0]["end_note"] == "到期前撤下"
