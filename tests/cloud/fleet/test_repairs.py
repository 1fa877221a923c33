"""Work orders: one per fault, closed when it works, opened again when it comes back, told when late, counted."""

from datetime import timedelta
from typing import Any

import pytest

from cloud.fleet import repairs
from cloud.fleet.equipment_drafts import ActAsked
from cloud.fleet.equipment_models import RepairOrder, RepairStep
from cloud.fleet.equipment_rules import escalations, rule_on
from cloud.fleet.faults import record_changed
from cloud.fleet.models import Presence, Slot
from cloud.fleet.repair_stats import statistics
from cloud.fleet.repair_watch import watch_repairs
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.times import market_day
from cloud.retention import delete_expired
from protocols.venue.messages.common import SlotChanged
from protocols.venue.vocabulary import FAULTS
from tests.cloud.clocks import HandClock
from tests.cloud.fleet.equipment_sample import MONDAY_TEN, hall, now_is, registered
from tests.cloud.running import Running
from tests.cloud.service.sample import told

pytestmark = pytest.mark.db

GAO, MA = "staff:gao", "staff:ma"


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at ten on a Monday."""
    clock = HandClock()
    clock.forward(seconds=(MONDAY_TEN - clock.now()).total_seconds())
    return clock


def patience(kind: str = "wall") -> float:
    return rule_on(kind, market_day(MONDAY_TEN)).opens_after_s


async def faulty(core: Core, clock: HandClock, fault: str = "no_answer") -> RepairOrder:
    """Return the order of a wall that has been faulty for as long as the table says."""
    await now_is(core, "stale", fault=fault)
    clock.forward(seconds=patience())
    await watch_repairs(core)
    return await RepairOrder.get(open_key="st-01/wall")


async def done(core: Core, order: RepairOrder, what: str, by: str = GAO, **values: Any) -> RepairOrder:
    return await repairs.act(core, str(order.id), ActAsked.model_validate({"act": what, **values}), by=by)


async def test_a_fault_that_lasts_opens_one_order_and_no_sooner(core: Core, clock: HandClock) -> None:
    await hall(core)
    piece = await registered(core)
    await now_is(core, "stale", fault="no_answer")
    clock.forward(seconds=patience() - 1)
    await watch_repairs(core)
    assert not await RepairOrder.exists()
    clock.forward(seconds=1)
    for _ in range(3):
        await watch_repairs(core)
    (order,) = await RepairOrder.all()
    assert (order.number, order.source, order.kind, order.equipment) == ("WX-20260302-0001", "fault", "wall", piece.id)
    assert (order.fault, order.text, order.state) == ("no_answer", "said so", "open")
    assert order.accept_due_at - order.opened_at == timedelta(minutes=30)
    assert sorted(await told("repair-opened")) == [GAO, MA]


async def test_nobody_is_sent_to_a_slot_of_a_station_that_is_away_or_that_has_no_device(
    core: Core, clock: HandClock
) -> None:
    await hall(core)
    await now_is(core, "stale", fault="no_answer", station="st-02")
    await now_is(core, "stale", fault="no_answer")
    await Presence.filter(station="st-01").update(state="offline")
    clock.forward(seconds=10 * patience())
    await watch_repairs(core)
    assert not await RepairOrder.exists()


async def test_an_order_goes_from_hand_to_hand_and_closes_only_when_it_works(core: Core, clock: HandClock) -> None:
    await hall(core)
    await registered(core)
    order = await faulty(core, clock)
    with pytest.raises(InvalidInputError, match="不能派给他"):
        await done(core, order, "give", MA, to="staff:sun")
    await done(core, order, "give", MA, to=GAO)
    assert await told("repair-given") == [GAO]
    with pytest.raises(ConflictError, match="派给别人"):
        await done(core, order, "take", MA)
    with pytest.raises(ConflictError, match="待接单"):
        await done(core, order, "done", note="换线")
    await done(core, order, "take")
    await done(core, order, "done", note="换了网线", parts="网线 3 米", cost_fen=1500)
    with pytest.raises(InvalidInputError, match="还没有恢复"):
        await done(core, order, "close", MA)
    clock.forward(minutes=10)
    await now_is(core, "good")
    await watch_repairs(core)
    closed = await done(core, order, "close", MA)
    assert (closed.state, closed.open_key, closed.cost_fen, closed.reason) == ("closed", None, 1500, "")
    acts = [one.act for one in reversed(await repairs.steps_of(closed))]
    assert acts == ["open", "give", "take", "done", "good", "close"]
    with pytest.raises(ConflictError, match="已关闭"):
        await done(core, order, "note", note="x")


async def test_an_order_may_be_closed_with_a_reason_although_the_fault_stays(core: Core, clock: HandClock) -> None:
    await hall(core)
    order = await faulty(core, clock)
    closed = await done(core, order, "close", MA, note="设备已拆除，等新屏")
    assert closed.reason == "设备已拆除，等新屏"


async def test_a_fault_that_comes_back_soon_opens_its_order_again_and_later_a_new_one(
    core: Core, clock: HandClock
) -> None:
    await hall(core)
    await registered(core)
    order = await faulty(core, clock)
    await done(core, order, "take")
    await done(core, order, "done", note="重启")
    await now_is(core, "good")
    await done(core, order, "close")
    clock.forward(seconds=timedelta(hours=71).total_seconds())
    again = await faulty(core, clock, "closed")
    assert (again.id, again.state, again.owner, again.reopened, again.faults) == (order.id, "given", GAO, 1, 2)
    assert (again.fault, again.good_at, again.told) == ("closed", None, "")
    assert again.accept_due_at > clock.now(), "its clocks begin anew"
    await now_is(core, "good")
    await done(core, again, "close", note="")
    clock.forward(seconds=timedelta(hours=73).total_seconds())
    assert (await faulty(core, clock)).id != order.id


async def test_a_fault_that_flickers_while_its_order_is_open_is_counted_in_it(core: Core, clock: HandClock) -> None:
    await hall(core)
    order = await faulty(core, clock)
    for number in (2, 3):
        await now_is(core, "good")
        await watch_repairs(core)
        assert (await RepairOrder.get(id=order.id)).good_at is not None
        await now_is(core, "stale", fault="closed")
        clock.forward(seconds=patience())
        await watch_repairs(core)
        row = await RepairOrder.get(id=order.id)
        assert (row.faults, row.good_at, row.fault) == (number, None, "closed")
    assert await RepairOrder.all().count() == 1


async def test_each_step_of_lateness_is_told_once_to_whom_the_table_names(core: Core, clock: HandClock) -> None:
    await hall(core)
    order = await faulty(core, clock)
    clock.forward(minutes=29)
    await watch_repairs(core)
    assert await told("repair-late") == []
    clock.forward(minutes=2)
    for _ in range(2):
        await watch_repairs(core)
    assert sorted(await told("repair-late")) == [GAO, MA], "nobody took it"
    await done(core, order, "take")
    clock.forward(minutes=6 * 60)
    await watch_repairs(core)
    assert (await RepairOrder.get(id=order.id)).told == "overdue"
    assert set((await told("repair-late"))[2:]) == {GAO, MA, "staff:sun"}
    steps = [one.act for one in await RepairStep.filter(order_id=order.id).order_by("id")]
    assert steps == ["open", "accept", "take", "overdue"], "what is late tells the latest step only"
    assert {one.step for one in escalations()} == {"accept", "half", "due", "overdue"}


async def test_done_work_and_a_slot_that_works_again_are_not_late(core: Core, clock: HandClock) -> None:
    await hall(core)
    order = await faulty(core, clock)
    await now_is(core, "good")
    clock.forward(minutes=6 * 60)
    await watch_repairs(core)
    assert (await RepairOrder.get(id=order.id)).told == ""


async def test_what_a_person_reports_has_one_order_too_and_is_closed_by_a_person(core: Core) -> None:
    await hall(core)
    desk = await registered(core, item="desk", name="写字台", slot=None, width_mm=None, height_mm=None)
    order = await repairs.report(core, desk, "桌腿断了", by="staff:li")
    with pytest.raises(ConflictError, match="已有未完成"):
        await repairs.report(core, desk, "桌腿断了", by="staff:li")
    assert (order.source, order.kind, order.slot) == ("report", "desk", "")
    with pytest.raises(InvalidInputError):
        await done(core, order, "close", MA)
    await done(core, order, "take")
    await done(core, order, "done", note="加固")
    assert (await done(core, order, "close", MA)).state == "closed"
    assert (await repairs.report(core, desk, "又断了", by="staff:li")).id != order.id


async def test_a_reported_piece_in_a_slot_has_no_second_order_of_its_fault(core: Core, clock: HandClock) -> None:
    await hall(core)
    piece = await registered(core)
    await repairs.report(core, piece, "花屏", by="staff:li")
    await now_is(core, "stale", fault="no_answer")
    clock.forward(seconds=patience())
    await watch_repairs(core)
    assert await RepairOrder.all().count() == 1


async def test_the_statistics_tell_time_to_repair_faults_and_cost(core: Core, clock: HandClock) -> None:
    await hall(core)
    await registered(core)
    order = await faulty(core, clock)
    await done(core, order, "take")
    await done(core, order, "done", note="换电源", cost_fen=8800)
    clock.forward(minutes=55)
    await now_is(core, "good")
    await watch_repairs(core)
    await done(core, order, "close")
    start = MONDAY_TEN - timedelta(days=1)
    total, kinds, pieces = await statistics(start, clock.now() + timedelta(days=1))
    assert (total.orders, total.mttr, total.open, total.cost_fen, total.late) == (1, 60, 0, 8800, 0)
    assert [one.name for one in kinds] == ["wall"]
    assert [one.name for one in pieces] == ["YZ-00001 大厅屏"]
    assert (await statistics(start, clock.now(), among=["st-02"]))[0].mttr is None


async def test_closed_orders_are_forgotten_in_time_open_ones_never(core: Core, clock: HandClock) -> None:
    await hall(core)
    order = await faulty(core, clock)
    await done(core, order, "close", MA, note="不修了")
    await now_is(core, "good")
    desk = await registered(core, item="desk", name="桌", slot=None, width_mm=None, height_mm=None)
    kept = await repairs.report(core, desk, "断了", by="staff:li")
    clock.forward(seconds=timedelta(days=37 * 31).total_seconds())
    await delete_expired(core)
    assert [row.id for row in await RepairOrder.all()] == [kept.id]
    assert {row.order_id for row in await RepairStep.all()} == {kept.id}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_fault_of_a_slot_is_kept_until_it_works(core: Core, fault: Any) -> None:
    await hall(core)

    async def hear(data: SlotChanged, *, replay: bool = False) -> Slot:
        event: Any = type("Event", (), {"replay": replay})()
        await record_changed(core, [Arrived("st-01", "wall", "store", event, data)])
        return await Slot.get(station_id="st-01", name="wall")

    slot = await hear(SlotChanged(health="stale", cause="network", fault=fault, text="x" * 400))
    assert (slot.cause, slot.fault, len(slot.text or "")) == ("network", fault, 300)
    assert (await hear(SlotChanged(health="good"), replay=True)).fault == fault, "an old event says nothing new"
    slot = await hear(SlotChanged(health="good"))
    assert (slot.fault, slot.text) == (None, None)


async def test_rest_of_work_orders(running: Running) -> None:
    await running.apply()
    made = await running.post("/api/v1/equipment", {"station": "st-01", "item": "wall", "name": "屏"}, 201)
    order = await running.post(f"/api/v1/equipment/{made['id']}/report", {"text": "花屏"}, 201)
    path = f"/api/v1/repairs/{order['id']}"
    assert (await running.post(f"{path}/act", {"act": "note", "note": "看过了"}))["state"] == "open"
    assert (await running.post(f"{path}/act", {"act": "done", "note": "x"}, 409))["status"] == 409
    assert (await running.post(f"{path}/act", {"act": "close"}, 422))["errors"][0]["field"] == "note"
    for query in ("state=open", f"equipment={made['id']}", "limit=1"):
        assert [one["id"] for one in (await running.get(f"/api/v1/repairs?{query}"))["items"]] == [order["id"]]
    assert (await running.get("/api/v1/repairs?mine=1"))["items"] == []
    assert [one["act"] for one in (await running.get(f"{path}/history"))["items"]] == ["note", "open"]
    kept = await running.get("/api/v1/repair-statistics")
    assert (kept["total"]["faults"], kept["kinds"][0]["name"]) == (1, "wall")
    assert (await running.call("GET", "/api/v1/repair-statistics?from=2026-03-02&to=2026-03-01")).status == 422
    assert (await running.call("GET", "/api/v1/repairs/nothing")).status == 404
