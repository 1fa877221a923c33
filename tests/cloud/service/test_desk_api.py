"""REST of the desk: who may, which version is written over, what the public gets."""

import pytest

from cloud.identity.service import create_token
from cloud.platform.times import market_day
from cloud.service.models import Ticket
from tests.cloud.people.sample import PHONE, in_by_code
from tests.cloud.running import Running

pytestmark = pytest.mark.broker
COMPLAINT = {"kind": "complaint", "topic": "开放时间", "text": "下午四点就关门了"}


async def test_a_complaint_is_filed_looked_up_answered_and_rated_by_its_number(running: Running) -> None:
    filed = await running.post("/api/v1/complaints", COMPLAINT, 201)
    ticket = await running.get(f"/api/v1/tickets/{filed['id']}")
    assert (ticket["number"], ticket["anonymous"], ticket["text"]) == (filed["number"], True, COMPLAINT["text"])
    stale = {"If-Match": '"99"'}
    act = {"act": "finish", "note": "已核实"}
    refused = await running.call("POST", f"/api/v1/tickets/{filed['id']}/acts", json=act, headers=stale)
    assert refused.status == 412
    good = {"If-Match": refused.headers["ETag"]}
    assert (await running.call("POST", f"/api/v1/tickets/{filed['id']}/acts", json=act, headers=good)).status == 200
    found = await running.post("/api/v1/complaints/lookup", {"receipt": filed["receipt"]})
    assert (found["state"], found["result"]) == ("done", "已核实")
    assert "owner" not in found
    rated = await running.post("/api/v1/complaints/rating", {"receipt": filed["receipt"], "rating": 1})
    assert rated["state"] == "closed"
    day = market_day(running.core.now())
    assert (await running.get(f"/api/v1/conduct-findings?from={day}&to={day}"))["count"] is None
    refused = await running.call(
        "POST", f"/api/v1/tickets/{filed['id']}/judgement", json={"valid": False, "note": "没有的事"}
    )
    assert refused.status == 403, "an administrator belongs to the operator"
    purchaser = {"Authorization": f"Bearer {await create_token(running.core, 'purchaser')}"}
    body = {"valid": True, "finding": "hours", "note": "属实"}
    judged = await running.call("POST", f"/api/v1/tickets/{filed['id']}/judgement", json=body, headers=purchaser)
    assert judged.status == 200
    assert (await running.get(f"/api/v1/conduct-findings?from={day}&to={day}"))["count"] == 1
    written = await running.call("POST", "/api/v1/tickets", json=COMPLAINT, headers=purchaser)
    assert written.status == 403


async def test_somebody_on_his_phone_asks_and_reads_only_his_own(running: Running) -> None:
    mine = {"Authorization": f"Bearer {(await in_by_code(running.core)).secret}"}
    other = {"Authorization": f"Bearer {(await in_by_code(running.core, '13800000002')).secret}"}
    asked = await running.call("POST", "/api/v1/seeker/threads", json={"text": "周末开门吗"}, headers=mine)
    assert asked.status == 201
    thread = (await asked.json())["id"]
    answered = await running.post(f"/api/v1/threads/{thread}/messages", {"text": "开门"}, 201)
    assert PHONE not in str(answered)
    assert (await running.call("GET", f"/api/v1/seeker/threads/{thread}", headers=other)).status == 404
    read = await (await running.call("GET", f"/api/v1/seeker/threads/{thread}", headers=mine)).json()
    assert [one["text"] for one in read["messages"]] == ["周末开门吗", "开门"]
    filed = await running.call(
        "POST", "/api/v1/seeker/tickets", json={"kind": "rights", "topic": "拖欠工资", "text": "没发工资"}, headers=mine
    )
    assert filed.status == 201
    ticket = (await filed.json())["id"]
    assert (await running.call("GET", f"/api/v1/seeker/tickets/{ticket}", headers=other)).status == 404
    assert (await Ticket.get(id=ticket)).text != "没发工资", "sealed"
    wrong = await running.call("POST", "/api/v1/complaints", json={**COMPLAINT, "topic": "别的"})
    assert wrong.status == 422
    for path in ("/rights", "/notice/wages", "/complain", "/complain/find"):
        assert (await running.call("GET", path, headers={"Authorization": ""})).status == 200
