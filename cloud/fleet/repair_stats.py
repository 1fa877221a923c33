"""How well equipment is kept: time to repair, faults per piece, what is late; and the clauses A2.1-A2.5 from facts.

Three-valued (architecture, rule 2): a piece whose slot nobody heard of is `unknown`, neither working nor broken.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from cloud.fleet.equipment_models import Equipment, RepairOrder
from cloud.fleet.equipment_rules import CLAUSES, Item, items
from cloud.fleet.models import Slot
from cloud.fleet.repairs import OPEN

#: Orders that one statistic is made of.
MAX_COUNTED: Final = 20_000
_MINUTE_S: Final = 60


@dataclass(slots=True)
class Kept:
    """The repairs of one kind, or of one piece."""

    name: str
    orders: int = 0
    open: int = 0
    reopened: int = 0
    late: int = 0
    cost_fen: int = 0
    #: Minutes from the beginning of the fault until it worked again, of those that do.
    minutes: list[int] = field(default_factory=list)

    @property
    def mttr(self) -> int | None:
        """Return the mean time to repair in minutes; None: nothing was repaired yet."""
        return round(sum(self.minutes) / len(self.minutes)) if self.minutes else None


@dataclass(frozen=True, slots=True)
class ClauseFact:
    """What the register knows of one item of a clause at one station; `works` None: nobody can tell.

    `area_mm2` is the largest wall's, where the clause asks for one.
    """

    clause: str
    item: str
    name: str
    present: int
    working: int
    unknown: int
    area_mm2: int
    min_area_mm2: int

    @property
    def works(self) -> bool | None:
        """Return whether one is there, works, and is as large as asked."""
        if self.min_area_mm2 and self.area_mm2 < self.min_area_mm2:
            return False
        return True if self.working else None if self.unknown else False


async def statistics(
    start: datetime, end: datetime, among: Collection[str] | None = None
) -> tuple[Kept, list[Kept], list[Kept]]:
    """Return (all, by kind, by piece - the most faults first) of the orders opened in a time."""
    found = RepairOrder.filter(opened_at__gte=start, opened_at__lt=end)
    rows = await (found if among is None else found.filter(station__in=list(among))).limit(MAX_COUNTED)
    pieces = {row.id: row for row in await Equipment.filter(id__in=[row.equipment for row in rows if row.equipment])}
    total, kinds, each = Kept(""), dict[str, Kept](), dict[str, Kept]()
    for row in rows:
        piece = pieces.get(row.equipment) if row.equipment else None
        name = f"{piece.number} {piece.name}" if piece else f"{row.station} {row.slot or row.kind}"
        for kept in (total, kinds.setdefault(row.kind, Kept(row.kind)), each.setdefault(name, Kept(name))):
            _count(kept, row)
    worst = sorted(each.values(), key=lambda one: (-one.orders, one.name))
    return total, sorted(kinds.values(), key=lambda one: (-one.orders, one.name)), worst


def ended_at(row: RepairOrder) -> datetime | None:
    """Return when what an order is about worked again; None: not yet, or it was closed for another reason."""
    return row.good_at or (row.done_at if row.state == "closed" and not row.reason else None)


def _count(kept: Kept, row: RepairOrder) -> None:
    kept.orders += row.faults
    kept.open += row.state in OPEN
    kept.reopened += row.reopened
    kept.cost_fen += row.cost_fen
    ended = ended_at(row)
    kept.late += row.repair_due_at < (ended or row.closed_at or row.repair_due_at)
    if ended is not None:
        kept.minutes.append(max(0, round((ended - row.faulty_since).total_seconds() / _MINUTE_S)))


async def clause_facts(station: str) -> list[ClauseFact]:
    """Return what stands for A2.1-A2.5 at a station, item by item: what is not there counts as well."""
    rows = await Equipment.filter(station=station).exclude(state="scrapped")
    states = {slot.name: slot.state for slot in await Slot.filter(station_id=station)}
    broken = {row.equipment async for row in RepairOrder.filter(station=station, state__in=OPEN).only("equipment")}
    return [_fact(one, [row for row in rows if row.item == one.id], states, broken) for one in items().values()
            if one.clause in CLAUSES]  # fmt: skip


def _fact(item: Item, rows: Sequence[Equipment], states: dict[str, str], broken: Collection[UUID | None]) -> ClauseFact:
    used = [row for row in rows if row.state in {"use", "repair"}]
    verdicts = [_works(row, states, broken) for row in used]
    areas = [row.width_mm * row.height_mm for row in used if row.width_mm and row.height_mm]
    return ClauseFact(
        item.clause, item.id, item.name, len(used), verdicts.count(True), verdicts.count(None),
        max(areas, default=0), item.min_area_mm2,
    )  # fmt: skip


def _works(row: Equipment, states: dict[str, str], broken: Collection[UUID | None]) -> bool | None:
    if row.state == "repair":
        return False
    if row.slot is None:
        return row.id not in broken
    return {"good": True, "stale": False}.get(states.get(row.slot, "unknown"))
