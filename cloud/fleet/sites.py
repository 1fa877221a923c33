"""A site file into the database: idempotent, and every difference is named."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cloud.fleet import quiet
from cloud.fleet.models import Birth, Boot, Device, PastStore, Presence, RemovedStation, Slot, Station, Twin, Unclaimed
from cloud.platform.core import Core
from provisioning import site as site_file

#: Domain event: the tree of stations is another one now.
APPLIED = "site.applied"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the file says otherwise than the database; `extra` is in the database only and was left there."""

    change: Literal["added", "changed", "removed", "extra"]
    what: Literal["station", "slot", "device"]
    id: str
    fields: dict[str, list[Any]]

    def to_object(self) -> dict[str, Any]:
        """Return the line that `site apply` prints; `fields` maps names to [old, new]."""
        return {"change": self.change, "what": self.what, "id": self.id, "fields": self.fields}


async def apply_site(core: Core, site: site_file.SiteFile, *, prune: bool = False) -> list[Difference]:
    """Bring the tree of `site` into the database; what the file does not name is removed only with `prune`."""
    async with core.outbox.transaction():
        differences = await _devices(site)
        for position, station in enumerate(site.stations):
            differences += await _station(site.site.id, station, position)
            differences += await _slots(station, prune=prune)
        differences += await _extra_stations(site, core.now(), prune=prune)
        if any(difference.change != "extra" for difference in differences):
            added = [one.id for one in differences if one.what == "station" and one.change == "added"]
            await Unclaimed.filter(station__in=added).delete()
            await RemovedStation.filter(station__in=added).delete()
            await core.outbox.emit(APPLIED, site.site.id, {"added": added}, core.now())
    return differences


async def _devices(site: site_file.SiteFile) -> list[Difference]:
    found = []
    for device in (slot.device for station in site.stations for slot in station.slots if slot.device):
        values = device.model_dump(exclude={"id"})
        found += await _bring(Device, "device", device.id, {"id": device.id}, values)
    return found


async def _station(site_id: str, station: site_file.Station, position: int) -> list[Difference]:
    values = {
        "site": site_id,
        "name": station.name,
        "kind": station.kind,
        "parent": station.parent or None,
        "scored": station.scored,
        "position": position,
        "rules": quiet.written(station.alarms, station.maintenance),
    }
    return await _bring(Station, "station", station.id, {"id": station.id}, values)


async def _slots(station: site_file.Station, *, prune: bool) -> list[Difference]:
    found = []
    for position, slot in enumerate(station.slots):
        values = {
            "kind": slot.kind,
            "heartbeat_s": slot.heartbeat_s,
            "device_id": slot.device.id if slot.device else None,
            "position": position,
        }
        key = {"station_id": station.id, "name": slot.id}
        found += await _bring(Slot, "slot", f"{station.id}/{slot.id}", key, values)
    extra = Slot.filter(station_id=station.id).exclude(name__in=[slot.id for slot in station.slots] or [""])
    for row in await extra:
        found.append(Difference("removed" if prune else "extra", "slot", f"{station.id}/{row.name}", {}))
        if prune:
            await row.delete()
    return found


async def _extra_stations(site: site_file.SiteFile, now: datetime, *, prune: bool) -> list[Difference]:
    found = []
    extra = Station.filter(site=site.site.id).exclude(id__in=[station.id for station in site.stations])
    for row in await extra:
        found.append(Difference("removed" if prune else "extra", "station", row.id, {}))
        if prune:
            slots = [str(name) for name in await Slot.filter(station_id=row.id).values_list("name", flat=True)]
            values = {"slots": json.dumps(slots), "removed_at": now}
            await RemovedStation.update_or_create(values, station=row.id)
            for about in (Presence, Birth, Boot, Twin, PastStore):
                await about.filter(station=row.id).delete()
            await row.delete()
    return found


async def _bring(
    model: type[Station | Slot | Device],
    what: Literal["station", "slot", "device"],
    name: str,
    key: dict[str, Any],
    values: dict[str, Any],
) -> list[Difference]:
    row = await model.get_or_none(**key)
    if row is None:
        await model.create(**key, **values)
        return [Difference("added", what, name, _both({}, values))]
    old = {field: getattr(row, field) for field in values}
    changed = [field for field in values if old[field] != values[field]]
    if not changed:
        return []
    await model.filter(**key).update(**{field: values[field] for field in changed})
    return [Difference("changed", what, name, _both(old, values, changed))]


def _both(old: dict[str, Any], new: dict[str, Any], names: Iterable[str] | None = None) -> dict[str, list[Any]]:
    return {name: [old.get(name), new[name]] for name in (new if names is None else names)}
