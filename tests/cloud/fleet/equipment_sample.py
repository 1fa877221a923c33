"""A station with slots, people who repair, and short ways to register equipment and to make slots faulty."""

from datetime import UTC, datetime
from typing import Any

from cloud.fleet import service
from cloud.fleet.equipment import create_equipment
from cloud.fleet.equipment_drafts import EquipmentDraft
from cloud.fleet.equipment_models import Equipment
from cloud.fleet.models import Presence, Slot
from cloud.identity import service as identity
from cloud.identity.roles import Role
from cloud.platform.core import Core
from provisioning.site import parse_site

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist
#: 10:00 of a Monday in Shanghai; the market opened at 9:00.
MONDAY_TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SITE = """
[site]
id = "demo"
name = "示范"
[[stations]]
id = "st-01"
name = "谏壁驿站"
[[stations.slots]]
id = "wall"
kind = "wall"
device = { id = "dev-7", serial = "S-7", profile = "sim-wall", address = "sim:" }
[[stations.slots]]
id = "door-1"
kind = "door"
device = { id = "dev-8", serial = "S-8", profile = "sim-door", address = "sim:" }
[[stations]]
id = "st-02"
name = "丁卯驿站"
[[stations.slots]]
id = "wall"
kind = "wall"
"""


async def hall(core: Core) -> None:
    """Bring the stations up, with a technician, a manager, somebody at the counter and the purchaser."""
    await service.apply_site(core, parse_site(SITE))
    now = core.now()
    await Presence.create(station="st-01", online=True, epoch=1, conn=1, reason="start", state="online", since=now,
                          last_heard=now)  # fmt: skip
    people: dict[str, Role] = {"gao": "technician", "ma": "manager", "li": "counter", "sun": "purchaser"}
    for name, role in people.items():
        await identity.add_account(core, name, role, PASSWORD)


async def registered(core: Core, **values: Any) -> Equipment:
    """Return a new piece of equipment; a wall of six square metres in its slot when nothing else is said."""
    usual: dict[str, Any] = {"station": "st-01", "item": "wall", "name": "大厅屏", "width_mm": 3000, "height_mm": 2000}
    draft = EquipmentDraft.model_validate({**usual, "slot": "wall", **values})
    return await create_equipment(core, draft, by="staff:gao")


async def now_is(core: Core, state: str, slot: str = "wall", fault: str | None = None, station: str = "st-01") -> None:
    """Let a slot have been in a state from now on."""
    values: dict[str, Any] = {"state": state, "since": core.now(), "fault": fault, "text": "said so" if fault else ""}
    await Slot.filter(station_id=station, name=slot).update(**values, cause="network" if fault else None)
