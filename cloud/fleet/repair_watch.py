"""The regular look at slots and work orders: lasting faults open one, ended ones are noted, late ones are told."""

from datetime import datetime, timedelta
from typing import Final

from cloud.fleet.equipment import in_slot
from cloud.fleet.equipment_models import RepairOrder
from cloud.fleet.equipment_rules import Escalation, escalations, rule_on
from cloud.fleet.models import Presence, Slot
from cloud.fleet.repairs import OPEN, RULE, SYSTEM, Fault, clock_of, is_mended, open_order, tell, write_step
from cloud.identity import service as identity
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.times import market_day

#: Slots and orders that one run looks at; the next one goes on.
MAX_LOOKED: Final = 1_000
#: An order that nobody has taken has no repair clock to be told of.
_NOT_TAKEN: Final = ("open", "given")


async def watch_repairs(core: Core) -> str:
    """Do everything that is due now and say how much that was."""
    noted = sum([await _note_health(core, row) for row in await _open_slot_orders()])
    opened = sum([await _open_of(core, slot) for slot in await _faulty(core.now())])
    told = sum([await _escalate(core, row) for row in await RepairOrder.filter(state__in=OPEN).limit(MAX_LOOKED)])
    return f"新开 {opened}，状态变化 {noted}，提醒 {told}"


async def _faulty(now: datetime) -> list[Slot]:
    """Return slots that have been faulty long enough; of a station that is away itself nobody knows."""
    online = await Presence.filter(state="online").values_list("station", flat=True)
    found = Slot.filter(state="stale", station_id__in=list(online)).exclude(device_id=None)
    rows = await found.order_by("since").limit(MAX_LOOKED)
    return [slot for slot in rows if slot.since and now - slot.since >= _patience(slot.kind, now)]


def _patience(kind: str, now: datetime) -> timedelta:
    return timedelta(seconds=rule_on(kind, market_day(now)).opens_after_s)


async def _open_of(core: Core, slot: Slot) -> int:
    piece = await in_slot(slot.station_id, slot.name)
    since = slot.since or core.now()
    fault = Fault(slot.station_id, slot.name, slot.kind, since, slot.fault or slot.cause or "", slot.text or "",
                  piece.id if piece else None)  # fmt: skip
    return int(await open_order(core, fault, by=SYSTEM) is not None)


async def _open_slot_orders() -> list[RepairOrder]:
    return await RepairOrder.filter(state__in=OPEN).exclude(slot="").limit(MAX_LOOKED)


async def _note_health(core: Core, seen: RepairOrder) -> int:
    """Keep that a slot works again, or that its fault came back while the order was open."""
    slot = await Slot.get_or_none(station_id=seen.station, name=seen.slot)
    if slot is None or slot.since is None or slot.state not in {"good", "stale"}:
        return 0
    good = await is_mended(seen, slot)
    if good == (seen.good_at is not None):
        return 0
    async with transaction():
        await lock_names(["repairs"])
        order = await RepairOrder.get(id=seen.id)
        if order.state not in OPEN:
            return 0
        order.good_at = (core.now() if seen.fault == RULE else slot.since) if good else None
        order.faults += 0 if good else 1
        order.fault = order.fault if good or seen.fault == RULE else (slot.fault or slot.cause or order.fault)
        await order.save()
        await write_step(order, "good" if good else "again", SYSTEM, core.now(), note="" if good else slot.text or "")
    return 1


async def _escalate(core: Core, seen: RepairOrder) -> int:
    reached = _reached(seen, core.now())
    if reached is None or reached.step == seen.told:
        return 0
    async with transaction():
        await lock_names(["repairs"])
        order = await RepairOrder.get(id=seen.id)
        if order.state not in OPEN or _reached(order, core.now()) != reached:
            return 0
        order.told = reached.step
        await order.save(update_fields=["told"])
        await write_step(order, reached.step, SYSTEM, core.now())
        staff = [one.label for one in await identity.colleagues() if one.active and one.role in reached.roles]
        await tell(core, [order.owner, *staff], "repair-late", order, f"{reached.step}{order.reopened}")
    return 1


def _reached(order: RepairOrder, now: datetime) -> Escalation | None:
    """Return the newest step that an order has reached and that comes after the one told; done work is not late."""
    if order.state == "done" or order.good_at is not None:
        return None
    order_of = [one.step for one in escalations()]
    told = order_of.index(order.told) if order.told in order_of else -1
    found = None
    for place, one in enumerate(escalations()):
        runs = one.clock == "repair" or order.state in _NOT_TAKEN
        if place > told and runs and now >= clock_of(order, one.clock, one.percent):
            found = one
    return found
