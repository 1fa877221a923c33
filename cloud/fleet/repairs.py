"""Work orders (维修工单): opened by a fault or by a person, given, taken, done, and closed when it works again.

A deadline is working time of the station's opening hours, by tables/repair_rules.csv; who is told when, by
tables/repair_steps.csv. One order per fault: a slot that fails again while its order is open has no second one, and
one that fails again soon after it was closed has its order opened again.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.fleet.alarms import rule_holds
from cloud.fleet.equipment import in_slot
from cloud.fleet.equipment_drafts import ActAsked
from cloud.fleet.equipment_models import Equipment, RepairOrder, RepairStep
from cloud.fleet.equipment_rules import items, kind_of, rule_on
from cloud.fleet.models import Slot
from cloud.identity import service as identity
from cloud.ingest.handlers import Arrived
from cloud.kpi import service as kpi
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.notify import service as notify
from cloud.platform.times import MARKET_TIME, market_day
from protocols.rules.working_time import OpenHours, due_at

MAX_PAGE: Final = 200
MAX_STEPS: Final = 200
#: Orders that one night deletes; the next one goes on.
FORGET_AT_ONCE: Final = 5_000
UNKNOWN: Final = "没有这张维修工单"
SYSTEM: Final = "system"
#: The fault of an order that a rule of the station's own asked for: over when the rule no longer holds.
RULE: Final = "rule"
#: States in which somebody must do something.
OPEN: Final = ("open", "given", "taken", "done")
#: Roles that repair; who is given an order has one of them.
REPAIRS: Final = frozenset({"technician", "manager", "admin"})
#: A value in a message is cut here.
MAX_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What an order is about: a slot that is faulty since a moment, or a piece that somebody says is broken."""

    station: str
    slot: str
    kind: str
    since: datetime
    fault: str = ""
    text: str = ""
    equipment: UUID | None = None

    @property
    def key(self) -> str:
        """Return what one open order at a time may have."""
        return f"{self.station}/{self.slot}" if self.slot else str(self.equipment)


@dataclass(slots=True)
class _Doing:
    core: Core
    order: RepairOrder
    asked: ActAsked
    by: str
    now: datetime


async def find_order(order_id: str) -> RepairOrder:
    """Return a work order; NotFoundError when there is none."""
    row = await RepairOrder.get_or_none(id=id_of(order_id, UNKNOWN))
    if row is None:
        raise NotFoundError(UNKNOWN)
    return row


async def list_orders(  # noqa: PLR0913 - what a list is narrowed by
    *, state: str = "", owner: str = "", equipment: UUID | None = None, cursor: str | None = None,
    limit: int = MAX_PAGE, among: Collection[str] | None = None,
) -> tuple[Sequence[RepairOrder], str | None]:  # fmt: skip
    """Return (orders, the newest first; the number that the next part begins after); `state` open: all that are."""
    found = RepairOrder.filter(number__lt=cursor) if cursor else RepairOrder.all()
    if among is not None:
        found = found.filter(station__in=list(among))
    if state:
        found = found.filter(state__in=OPEN) if state == "open" else found.filter(state=state)
    if owner:
        found = found.filter(owner=owner)
    if equipment is not None:
        found = found.filter(equipment=equipment)
    rows = await found.order_by("-number").limit(limit + 1)
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


async def steps_of(order: RepairOrder) -> list[RepairStep]:
    """Return an order's history, the newest first."""
    return await RepairStep.filter(order_id=order.id).order_by("-id").limit(MAX_STEPS)


async def open_order(core: Core, fault: Fault, *, by: str) -> RepairOrder | None:
    """Open the order of a fault, or the one again that was closed a short time ago; None when it has one."""
    async with transaction():
        await lock_names(["repairs"])
        if await RepairOrder.exists(open_key=fault.key):
            return None
        again = await _closed_lately(fault)
        order = await (_open_again(core, again, fault) if again else _open_new(core, fault, by))
        await _tell_opened(core, order)
        after_commit(lambda: core.hub.publish("repair", {"station": order.station}))
    return order


async def record_local(core: Core, arrived: Sequence[Arrived]) -> None:
    """Open the order of a station's own rule that asks for one (handler of `alarm.raised`)."""
    for one in arrived:
        if one.data.work_order:
            piece = await in_slot(one.station, one.slot)
            kind = one.event.type.split(".")[2]
            text = f"{one.data.text}（规则 {one.data.rule}）"
            fault = Fault(one.station, one.slot, kind, one.event.time, RULE, text, piece.id if piece else None)
            await open_order(core, fault, by=SYSTEM)


async def report(core: Core, piece: Equipment, text: str, *, by: str) -> RepairOrder:
    """Open an order because a person saw a fault; ConflictError when there is one already."""
    slot = piece.slot or ""
    kind = kind_of(piece.item) or piece.item
    order = await open_order(core, Fault(piece.station, slot, kind, core.now(), "", text, piece.id), by=by)
    if order is None:
        raise ConflictError("这台设备已有未完成的维修工单", "repair-open")
    return order


async def act(core: Core, order_id: str, asked: ActAsked, *, by: str) -> RepairOrder:
    """Do one step; ConflictError when the order's state does not allow it."""
    async with transaction():
        await lock_names(["repairs"])
        order = await find_order(order_id)
        if order.state not in _ALLOWED[asked.act]:
            raise ConflictError(f"工单{STATE_WORDS[order.state]}，不能这样操作", "repair-state")
        doing = _Doing(core, order, asked, by, core.now())
        await _STEPS[asked.act](doing)
        await order.save()
        await write_step(order, asked.act, by, doing.now, note=asked.note, to=asked.to or None)
        after_commit(lambda: core.hub.publish("repair", {"station": order.station}))
    return order


async def workers(station: str) -> list[str]:
    """Return whom an order of a station may be given to."""
    return [
        one.label
        for one in await identity.colleagues()
        if one.active and one.role in REPAIRS and (one.stations is None or station in one.stations)
    ]


async def works_again(order: RepairOrder) -> bool | None:
    """Return whether the order's slot is good now; None: it has no slot, a person must say it."""
    if not order.slot:
        return None
    slot = await Slot.get_or_none(station_id=order.station, name=order.slot)
    return slot is not None and await is_mended(order, slot)


async def is_mended(order: RepairOrder, slot: Slot) -> bool:
    """Return whether a slot is good, and the rule that asked for its order no longer holds."""
    return slot.state == "good" and not (order.fault == RULE and await rule_holds(order.station, slot.name))


def clock_of(order: RepairOrder, clock: str, percent: int = 100) -> datetime:
    """Return when so much of a clock (accept or repair) is used."""
    budget = order.accept_minutes if clock == "accept" else order.repair_minutes
    return _due(order.station, order.clock_from, max(1, budget * percent // 100))


async def write_step(  # noqa: PLR0913 - what a line says
    order: RepairOrder, what: str, by: str, at: datetime, *, note: str = "", to: str | None = None
) -> None:
    """Add a line to an order's history."""
    await RepairStep.create(order_id=order.id, act=what, by=by, to=to, note=note[:500], at=at)


async def tell(core: Core, people: Collection[str | None], template: str, order: RepairOrder, cause: str) -> None:
    """Tell people about an order, each once for this cause."""
    values = {"number": order.number, "subject": await subject_of(order)}
    for person in dict.fromkeys(one for one in people if one):
        mark = core.keyring.blind("text", person)[:16]
        await notify.send(core, person, template, values, f"{template}:{order.id}:{cause}:{mark}")


async def subject_of(order: RepairOrder) -> str:
    """Return what is broken, in words: the piece, or the slot."""
    piece = await Equipment.get_or_none(id=order.equipment) if order.equipment else None
    name = piece.name if piece else items()[order.kind].name if order.kind in items() else order.slot
    return f"{name}（{order.station}）"[:MAX_VALUE]


async def _closed_lately(fault: Fault) -> RepairOrder | None:
    """Return the order of the same slot that the fault has come back to, within the hours of its kind."""
    if not fault.slot:
        return None
    last = (
        await RepairOrder.filter(station=fault.station, slot=fault.slot, state="closed").order_by("-closed_at").first()
    )
    if last is None or last.closed_at is None:
        return None
    hours = rule_on(fault.kind, market_day(fault.since)).reopen_hours
    return last if fault.since - last.closed_at <= timedelta(hours=hours) else None


async def _open_new(core: Core, fault: Fault, by: str) -> RepairOrder:
    now = core.now()
    order = RepairOrder(
        id=UUID(str(uuid_utils.uuid7())), number=await _next_number(now), open_key=fault.key,
        source="fault" if by == SYSTEM else "report", station=fault.station, slot=fault.slot, kind=fault.kind,
        equipment=fault.equipment, fault=fault.fault, text=fault.text[:300], state="open", opened_by=by,
        opened_at=now, faulty_since=fault.since,
    )  # fmt: skip
    _wind(order, now)
    await order.save(force_create=True)
    await write_step(order, "open", by, now, note=fault.text)
    return order


async def _open_again(core: Core, order: RepairOrder, fault: Fault) -> RepairOrder:
    """Open an order again: the clocks begin anew, who worked on it has it again."""
    now = core.now()
    order.state, order.open_key = "given" if order.owner else "open", fault.key
    order.closed_at = order.good_at = order.taken_at = order.done_at = None
    order.fault, order.told, order.reason = fault.fault, "", ""
    order.reopened += 1
    order.faults += 1
    _wind(order, now)
    await order.save()
    await write_step(order, "reopen", SYSTEM, now, note=fault.text)
    return order


async def _tell_opened(core: Core, order: RepairOrder) -> None:
    cause = f"opened{order.reopened}"
    await tell(core, [order.owner] if order.owner else await workers(order.station), "repair-opened", order, cause)


async def _next_number(now: datetime) -> str:
    day = f"WX-{now.astimezone(MARKET_TIME):%Y%m%d}-"
    last = await RepairOrder.filter(number__startswith=day).order_by("-number").first()
    return f"{day}{int(last.number.removeprefix(day)) + 1 if last else 1:04}"


def _wind(order: RepairOrder, now: datetime) -> None:
    rule = rule_on(order.kind, market_day(now))
    order.clock_from = now
    order.accept_minutes, order.repair_minutes = rule.accept_minutes, rule.repair_minutes
    order.accept_due_at, order.repair_due_at = clock_of(order, "accept"), clock_of(order, "repair")


def _due(station: str, start: datetime, minutes: int) -> datetime:
    hours = OpenHours(kpi.policy_of(station), kpi.holiday_calendar())
    return due_at(start, minutes, hours, ()).astimezone(UTC)


async def _give(doing: _Doing) -> None:
    if doing.asked.to not in await workers(doing.order.station):
        raise InvalidInputError("不能派给他", {"to": "请选择一位在岗的维修人员"})
    doing.order.owner, doing.order.state = doing.asked.to, "given"
    if doing.asked.to != doing.by:
        await tell(doing.core, [doing.asked.to], "repair-given", doing.order, f"{doing.now.timestamp():.0f}")


async def _take(doing: _Doing) -> None:
    order = doing.order
    if order.state == "given" and order.owner != doing.by:
        raise ConflictError("工单已派给别人", "repair-given")
    order.owner, order.state, order.taken_at = doing.by, "taken", doing.now


async def _note(doing: _Doing) -> None:
    _need(doing.asked.note, "note", "请填写内容")


async def _done(doing: _Doing) -> None:
    """Keep what was found, which parts were used and what it cost; whether it works is not his to say."""
    order = doing.order
    _need(doing.asked.note, "note", "请写明怎么修的")
    order.finding, order.state, order.done_at = doing.asked.note, "done", doing.now
    order.parts = doing.asked.parts or order.parts
    order.cost_fen += doing.asked.cost_fen or 0
    order.owner = order.owner or doing.by


async def _close(doing: _Doing) -> None:
    order = doing.order
    good = await works_again(order)
    if good is False or (good is None and order.state != "done"):
        _need(doing.asked.note, "note", "设备还没有恢复正常，请写明为什么关闭")
        order.reason = doing.asked.note[:300]
    elif good and order.good_at is None:
        order.good_at = doing.now
    order.state, order.closed_at, order.open_key = "closed", doing.now, None


def _need(value: str, field: str, words: str) -> None:
    if not value:
        raise InvalidInputError(words, {field: words})


STATE_WORDS: Final = {"open": "待派", "given": "待接单", "taken": "维修中", "done": "待验收", "closed": "已关闭"}
_ALLOWED: Final[Mapping[str, Collection[str]]] = {
    "give": ("open", "given", "taken"),
    "take": ("open", "given"),
    "note": OPEN,
    "done": ("taken",),
    "close": OPEN,
}
_STEPS: Final[Mapping[str, Callable[[_Doing], Awaitable[None]]]] = {
    "give": _give, "take": _take, "note": _note, "done": _done, "close": _close,
}  # fmt: skip


async def forget_closed(core: Core, before: datetime) -> int:
    """Delete orders that were closed before a moment, with their history; returns how many."""
    del core
    ids = await RepairOrder.filter(closed_at__lt=before).limit(FORGET_AT_ONCE).values_list("id", flat=True)
    await RepairStep.filter(order_id__in=list(ids)).delete()
    return await RepairOrder.filter(id__in=list(ids)).delete()
