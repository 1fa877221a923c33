"""Local rules at the core: alarms that come and go, and work orders where a rule asks for one."""

from typing import Any

import pytest

from cloud.fleet import alarms, repairs
from cloud.fleet.equipment_models import RepairOrder
from cloud.fleet.repair_watch import watch_repairs
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from tests.cloud.clocks import HandClock
from tests.cloud.fleet.equipment_sample import hall, now_is

pytestmark = pytest.mark.db


async def said(core: Core, verb: str, rule: str = "dark", **data: Any) -> None:
    """Take what the wall's slot says of a rule, as the ingest does."""
    type_ = f"cn.yizhan.wall.alarm.{verb}.v1"
    event = Event.model_validate(
        {
            "specversion": "1.0", "id": "0195f3c2-1111-7000-8000-000000000001", "source": "/stations/st-01/slots/wall",
            "type": type_, "time": "2026-03-02T02:00:00.000Z", "datacontenttype": "application/json", "epoch": 1,
            "stream": "ops", "seq": 1, "replay": False, "clock": "trusted", "data": {"rule": rule, **data},
        }
    )  # fmt: skip
    arrived = [Arrived("st-01", "wall", "store", event, MESSAGES[type_].model_validate(event.data))]
    async with transaction():
        await alarms.record_local(core, arrived)
        if verb == "raised":
            await repairs.record_local(core, arrived)


async def raised(core: Core, rule: str = "dark", *, work_order: bool = False) -> None:
    await said(core, "raised", rule, severity="error", text="屏幕太暗", value=3, work_order=work_order)


async def test_a_rule_is_one_alarm_until_it_is_over(core: Core) -> None:
    await hall(core)
    await raised(core)
    await raised(core, "late")
    await raised(core)
    found = {row.subject: alarms.document(row) for row in await alarms.open_alarms()}
    assert found.keys() == {"wall dark", "wall late"}
    assert (found["wall dark"]["times"], found["wall dark"]["detail"]["text"]) == (2, "屏幕太暗")
    await said(core, "cleared", reason="over")
    assert [row.subject for row in await alarms.open_alarms()] == ["wall late"]
    assert not await RepairOrder.exists(), "no rule asked for one"


async def test_a_rule_that_asks_for_it_opens_one_order_that_is_good_when_the_rule_is_over(
    core: Core, clock: HandClock
) -> None:
    await hall(core)
    await now_is(core, "good")
    for _ in range(2):
        await raised(core, work_order=True)
    (order,) = await RepairOrder.all()
    assert (order.kind, order.fault, order.text, order.source) == ("wall", "rule", "屏幕太暗（规则 dark）", "fault")
    await watch_repairs(core)
    await order.refresh_from_db()
    assert order.good_at is None, "the slot works, its rule still holds"
    assert await repairs.works_again(order) is False
    await said(core, "cleared", reason="over")
    clock.forward(minutes=1)
    await watch_repairs(core)
    await order.refresh_from_db()
    assert order.good_at == core.now()
    assert await repairs.works_again(order) is True
