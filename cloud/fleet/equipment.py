"""The equipment register (设备台账): what a station has, where it is, which slot it fills, what became of it.

A slot is a role in a place; which piece fills it changes, and the history of both stays (architecture, rule 4). The
register follows people's hands: what the agent really talks to is the site file's business.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q

from cloud.fleet.documents import require_station
from cloud.fleet.equipment_drafts import EquipmentDraft, StateAsked, SwapAsked
from cloud.fleet.equipment_models import Equipment, EquipmentMove
from cloud.fleet.equipment_rules import kind_of
from cloud.fleet.models import Slot
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of

MAX_PAGE: Final = 200
#: Lines of a piece's history that are shown.
MAX_MOVES: Final = 200
#: Pieces that one night deletes; the next one goes on.
FORGET_AT_ONCE: Final = 5_000
#: Asset numbers that the core gives: YZ-00001 and on.
PREFIX: Final = "YZ-"
_DIGITS: Final = 5
UNKNOWN: Final = "没有这台设备"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pieces of equipment a list shows; `among` names the stations that may be seen, None is all."""

    station: str = ""
    item: str = ""
    state: str = ""
    words: str = ""
    among: Collection[str] | None = None


async def list_equipment(
    wanted: Wanted, *, cursor: str | None = None, limit: int = MAX_PAGE
) -> tuple[Sequence[Equipment], str | None]:
    """Return (pieces in the order of their numbers, the number that the next part begins after)."""
    found = Equipment.filter(number__gt=cursor) if cursor else Equipment.all()
    if wanted.among is not None:
        found = found.filter(station__in=list(wanted.among))
    exact = {name: getattr(wanted, name) for name in ("station", "item", "state") if getattr(wanted, name)}
    found = found.filter(**exact)
    if wanted.words:
        text = wanted.words
        found = found.filter(
            Q(number__icontains=text) | Q(name__icontains=text) | Q(model__icontains=text) | Q(serial__icontains=text)
        )
    rows = await found.order_by("number").limit(limit + 1)
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


async def find_equipment(equipment_id: str | UUID) -> Equipment:
    """Return a piece; NotFoundError when there is none."""
    row = await Equipment.get_or_none(id=id_of(str(equipment_id), UNKNOWN))
    if row is None:
        raise NotFoundError(UNKNOWN)
    return row


async def find_number(number: str) -> Equipment:
    """Return the piece with an asset number, as its label's QR holds it."""
    row = await Equipment.get_or_none(number=number.upper()) if number.isascii() and len(number) <= 32 else None  # noqa: PLR2004 - the column
    if row is None:
        raise NotFoundError(UNKNOWN)
    return row


async def in_slot(station: str, slot: str) -> Equipment | None:
    """Return the piece that fills a slot today."""
    return await Equipment.get_or_none(station=station, slot=slot)


async def moves_of(row: Equipment) -> list[EquipmentMove]:
    """Return a piece's history, the newest first."""
    return await EquipmentMove.filter(equipment_id=row.id).order_by("-id").limit(MAX_MOVES)


async def create_equipment(core: Core, draft: EquipmentDraft, *, by: str) -> Equipment:
    """Put a piece into the register; ConflictError when its number or its slot is taken."""
    async with transaction():
        await lock_names(["equipment"])
        values = _values(draft)
        values["number"] = values["number"] or await _next_number()
        await _check(draft, values["number"], None)
        row = Equipment(id=UUID(str(uuid_utils.uuid7())), created_by=by, created_at=core.now(), **values)
        row.scrapped_at = core.now() if row.state == "scrapped" else None
        await row.save(force_create=True)
        await _note(core, row, "added", by)
    return row


async def update_equipment(core: Core, equipment_id: str, draft: EquipmentDraft, *, by: str) -> Equipment:
    """Correct what the register says of a piece; its number stays when the draft has none."""
    async with transaction():
        await lock_names(["equipment"])
        row = await find_equipment(equipment_id)
        values = _values(draft)
        values["number"] = values["number"] or row.number
        await _check(draft, values["number"], row)
        before = (row.state, row.station, row.slot)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if changed:
            row.update_from_dict(values)
            _date_scrapped(core, row)
            await row.save()
            moved = before != (row.state, row.station, row.slot)
            await _note(core, row, "moved" if moved else "changed", by, "、".join(changed)[:300])
    return row


async def set_state(core: Core, equipment_id: str, asked: StateAsked, *, by: str) -> Equipment:
    """Take a piece into use (in a slot if one is named), put it aside, send it to repair or scrap it."""
    async with transaction():
        await lock_names(["equipment"])
        row = await find_equipment(equipment_id)
        if row.state == "scrapped" and not asked.note:
            raise InvalidInputError("请写明为什么报废的设备还要使用", {"note": "请写明原因"})
        if asked.slot and asked.state != "use":
            raise InvalidInputError("只有在用的设备可以占用设备位", {"slot": "只有在用的设备可以占用设备位"})
        if asked.slot:
            await _check_slot(row.station, asked.slot, row.item, row)
        row.state, row.slot = asked.state, asked.slot or None
        _date_scrapped(core, row)
        await row.save()
        await _note(core, row, "state", by, asked.note)
    return row


async def swap(core: Core, equipment_id: str, asked: SwapAsked, *, by: str) -> tuple[Equipment, Equipment]:
    """Let another piece take the slot and the place of this one; returns (old, new)."""
    async with transaction():
        await lock_names(["equipment"])
        old, new = await find_equipment(equipment_id), await find_equipment(asked.new)
        await _check_swap(old, new)
        station, slot, place = old.station, old.slot, old.place
        old.state, old.slot = asked.old_state, None
        _date_scrapped(core, old)
        await old.save()
        new.state, new.station, new.slot, new.place = "use", station, slot, place
        new.profile = new.profile or old.profile
        await new.save()
        await _note(core, old, "swapped", by, asked.note, other=new)
        await _note(core, new, "swapped", by, asked.note, other=old)
    return old, new


async def candidates(old: Equipment) -> list[Equipment]:
    """Return the pieces that could take the place of one: of the same item, spare, near ones first."""
    rows = await Equipment.filter(item=old.item, state="spare").order_by("number").limit(MAX_PAGE)
    return sorted(rows, key=lambda row: row.station != old.station)


async def _check_swap(old: Equipment, new: Equipment) -> None:
    if old.id == new.id:
        raise InvalidInputError("新旧设备是同一台", {"new": "新旧设备是同一台"})
    if old.slot is None:
        raise ConflictError("旧设备不在任何设备位上", "not-in-a-slot")
    if new.state != "spare":
        raise ConflictError(f"{new.number} 不是备用设备，不能换上", "not-spare")
    if kind_of(new.item) != kind_of(old.item):
        raise ConflictError(f"{new.number} 不是同类设备，不能换上", "other-kind")


async def _check(draft: EquipmentDraft, number: str, row: Equipment | None) -> None:
    await require_station(draft.station)
    twin = await Equipment.get_or_none(number=number)
    if twin is not None and (row is None or twin.id != row.id):
        raise ConflictError(f"资产编号 {number} 已有设备", "number-taken")
    if draft.slot:
        await _check_slot(draft.station, draft.slot, draft.item, row)


async def _check_slot(station: str, slot: str, item: str, row: Equipment | None) -> None:
    place = await Slot.get_or_none(station_id=station, name=slot)
    if place is None:
        raise InvalidInputError("站点没有这个设备位", {"slot": "站点没有这个设备位"})
    if kind_of(item) != place.kind:
        raise InvalidInputError("这类设备不能放在这个设备位", {"slot": "这类设备不能放在这个设备位"})
    there = await in_slot(station, slot)
    if there is not None and (row is None or there.id != row.id):
        raise ConflictError(f"设备位 {slot} 已有设备 {there.number}，请用“更换”", "slot-taken")


async def _next_number() -> str:
    taken = await Equipment.filter(number__startswith=PREFIX).values_list("number", flat=True)
    digits = [str(number).removeprefix(PREFIX) for number in taken]
    return f"{PREFIX}{max((int(one) for one in digits if one.isdigit()), default=0) + 1:0{_DIGITS}}"


def _values(draft: EquipmentDraft) -> dict[str, Any]:
    values = draft.model_dump()
    return values | {"slot": draft.slot or None, "number": draft.number.upper() if draft.number else ""}


def _date_scrapped(core: Core, row: Equipment) -> None:
    row.scrapped_at = (row.scrapped_at or core.now()) if row.state == "scrapped" else None


async def _note(  # noqa: PLR0913, PLR0917 - what a line says
    core: Core, row: Equipment, what: str, by: str, note: str = "", other: Equipment | None = None
) -> None:
    await EquipmentMove.create(
        equipment_id=row.id, what=what, state=row.state, station=row.station, slot=row.slot,
        other=other.id if other else None, note=note, by=by, at=core.now(),
    )  # fmt: skip


async def forget_scrapped(core: Core, before: datetime) -> int:
    """Delete pieces that were scrapped before a moment, with their history; returns how many."""
    del core
    ids = await Equipment.filter(scrapped_at__lt=before).limit(FORGET_AT_ONCE).values_list("id", flat=True)
    await EquipmentMove.filter(equipment_id__in=list(ids)).delete()
    return await Equipment.filter(id__in=list(ids)).delete()
