"""What is quiet at a station, and who made it so: by order, by plan, taken back, not done yet."""

import json
from datetime import timedelta

import pytest

from cloud.fleet import quiet
from cloud.fleet.models import Command, Station
from cloud.web.views.quiet import RulesView
from tests.cloud.running import SITE, Running

pytestmark = [pytest.mark.db, pytest.mark.broker]

RULES = """
[[stations.alarms]]
id = "dark"
slot = "wall"
value = "health"
op = "equals"
limit = "stale"
hours = [["08:30", "17:30"]]
weekdays = [1, 2]
text = "屏幕不亮"
work_order = true
[[stations.maintenance]]
slot = "door-1"
from = 2020-01-01T00:00:00+08:00
to = 2099-01-01T00:00:00+08:00
note = "换门"
"""


async def _view(running: Running) -> RulesView:
    return await quiet.rules_view("st-01", (await Station.get(id="st-01")).rules, running.core.now())


async def _sent(running: Running, status: int = 303, **form: str) -> str:
    answer = await running.call("POST", "/venues/st-01/quiet", data=form, allow_redirects=False)
    assert answer.status == status, await answer.text()
    return await answer.text()


async def _done(until: str) -> None:
    await Command.all().update(state="done", result=json.dumps({"until": until}))


async def test_a_rule_is_quiet_by_order_with_who_and_why_until_it_is_taken_back(running: Running) -> None:
    await running.apply(SITE + RULES)
    (row,) = (await _view(running)).rules
    assert (row.id, row.slot, row.text, row.work_order, row.quiet) == ("dark", "wall", "屏幕不亮", True, None)
    assert row.condition.endswith("为 stale（只在周一二 08:30–17:30）")
    end = running.core.now() + timedelta(hours=3)
    typed = (end + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    await _sent(running, what="rule/dark", until=typed, reason="等配件")
    (row,) = (await _view(running)).rules
    assert row.quiet is not None
    assert (row.quiet.waits, row.quiet.reason) == (True, "等配件")
    order = await Command.get()
    assert (order.slot, order.name) == ("agent", "mute")
    assert json.loads(order.args).keys() == {"rule", "minutes", "reason"}
    assert 178 <= json.loads(order.args)["minutes"] <= 180
    await _done(end.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    page = await (await running.call("GET", "/venues/st-01")).text()
    assert "静音至" in page
    assert "等配件" in page
    assert order.asked_by.removeprefix("staff:") in page
    await Command.all().update(created_at=running.core.now() - timedelta(minutes=1))
    await _sent(running, what="rule/dark", end="1")
    await Command.filter(state="queued").update(state="done", result=json.dumps({"until": ""}))
    assert (await _view(running)).rules[0].quiet is None


async def test_a_slot_or_the_station_is_worked_on_by_plan_and_by_order(running: Running) -> None:
    await running.apply(SITE + RULES)
    (planned,) = (await _view(running)).works
    assert (planned.slot, planned.quiet.reason, planned.start is not None) == ("door-1", "换门", True)
    end = running.core.now() + timedelta(hours=1)
    await _sent(running, what="slot/", until=(end + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"), reason="检修")
    await Command.all().update(state="rejected")
    assert len((await _view(running)).works) == 1, "what the station refused is not quiet"
    await _done(end.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    ordered = next(one for one in (await _view(running)).works if one.start is None)
    assert (ordered.slot, ordered.quiet.reason) == ("", "检修")
    for wrong in (
        {"what": "rule/dark", "until": "2020-01-01T00:00", "reason": "x"}, {"what": "day/dark", "end": "1"},
        {"what": "rule/dark", "until": "soon", "reason": "x"},
        {"what": "rule/dark", "until": "2999-01-01T00:00", "reason": "x"},
        {"what": "rule/dark", "until": (end + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"), "reason": " "},
    ):  # fmt: skip
        await _sent(running, 422, **wrong)
    assert await Command.all().count() == 1
