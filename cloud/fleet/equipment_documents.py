"""Equipment and work orders as REST shows them."""

from collections.abc import Sequence
from datetime import datetime

from cloud.fleet.equipment import moves_of
from cloud.fleet.equipment_models import Equipment, RepairOrder
from cloud.fleet.equipment_rules import MM2_PER_M2
from cloud.fleet.equipment_shapes import (
    ClauseShown,
    EquipmentShown,
    ImportReport,
    KeptShown,
    MoveShown,
    RepairShown,
    RowReport,
    StatisticsShown,
    StepShown,
)
from cloud.fleet.equipment_sheets import Imported
from cloud.fleet.models import Slot
from cloud.fleet.repair_stats import ClauseFact, Kept
from cloud.fleet.repairs import OPEN, steps_of, works_again
from protocols.venue.timestamps import format_time

_PLAIN = (
    "number", "station", "place", "item", "name", "model", "serial", "supplier", "profile", "slot", "width_mm",
    "height_mm", "price_fen", "bought_on", "installed_on", "warranty_until", "state", "note",
)  # fmt: skip
_ORDER = (
    "number", "source", "station", "slot", "kind", "fault", "text", "state", "owner", "opened_by", "finding", "parts",
    "cost_fen", "reason", "faults", "reopened",
)  # fmt: skip
_TIMES = ("opened_at", "faulty_since", "accept_due_at", "repair_due_at", "taken_at", "done_at", "good_at", "closed_at")


async def pieces_shown(rows: Sequence[Equipment]) -> list[EquipmentShown]:
    """Return pieces with the states of their slots and their open work orders."""
    slots = Slot.filter(station_id__in={row.station for row in rows} or [""])
    states = {(slot.station_id, slot.name): slot.state async for slot in slots}
    orders = RepairOrder.filter(equipment__in=[row.id for row in rows] or [None], state__in=OPEN)
    repairs = {row.equipment: str(row.id) async for row in orders}
    return [
        EquipmentShown(
            id=str(row.id), slot_state=states.get((row.station, row.slot)) if row.slot else None,
            repair=repairs.get(row.id), **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    ]  # fmt: skip


async def piece_shown(row: Equipment) -> EquipmentShown:
    """Return one piece."""
    (shown,) = await pieces_shown([row])
    return shown


async def history_shown(row: Equipment) -> list[MoveShown]:
    """Return a piece's history, the newest first."""
    return [
        MoveShown(what=one.what, state=one.state, station=one.station, slot=one.slot,
                  other=str(one.other) if one.other else None, note=one.note, by=one.by, at=format_time(one.at))
        for one in await moves_of(row)
    ]  # fmt: skip


def import_shown(found: Imported) -> ImportReport:
    """Return what became of a spreadsheet, row by row."""
    rows = [
        RowReport(row=number, result=found.words[number], errors=found.errors.get(number, []))
        for number, _ in found.rows
    ]
    return ImportReport(added=found.added, changed=found.changed, bad=len(found.errors), rows=rows)


def clause_shown(fact: ClauseFact) -> ClauseShown:
    """Return an item of A2.1-A2.5."""
    asked = fact.min_area_mm2
    return ClauseShown(
        clause=fact.clause, item=fact.item, name=fact.name, present=fact.present, working=fact.working,
        unknown=fact.unknown, area_m2=round(fact.area_mm2 / MM2_PER_M2, 3) if asked else None,
        min_area_m2=asked / MM2_PER_M2 if asked else None, works=fact.works,
    )  # fmt: skip


async def order_shown(order: RepairOrder) -> RepairShown:
    """Return a work order."""
    return RepairShown(
        id=str(order.id), equipment=str(order.equipment) if order.equipment else None,
        works_again=await works_again(order), **{name: getattr(order, name) for name in _ORDER},
        **{name: _time(getattr(order, name)) for name in _TIMES},
    )  # fmt: skip


async def steps_shown(order: RepairOrder) -> list[StepShown]:
    """Return an order's history, the newest first."""
    return [
        StepShown(act=one.act, by=one.by, to=one.to, note=one.note, at=format_time(one.at))
        for one in await steps_of(order)
    ]


def statistics_shown(total: Kept, kinds: Sequence[Kept], pieces: Sequence[Kept]) -> StatisticsShown:
    """Return the repairs of a time."""
    return StatisticsShown(
        total=_kept(total), kinds=[_kept(one) for one in kinds], pieces=[_kept(one) for one in pieces[:100]]
    )


def _kept(one: Kept) -> KeptShown:
    return KeptShown(
        name=one.name, faults=one.orders, open=one.open, reopened=one.reopened, late=one.late, cost_fen=one.cost_fen,
        mttr_minutes=one.mttr,
    )  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None
