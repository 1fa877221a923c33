"""Stations as REST and the console show them (payloads, "REST shapes")."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.functions import Count

from cloud.fleet.liveness import Liveness
from cloud.fleet.models import Birth, Boot, PastStore, Presence, Slot, Station, StoreStart, Twin, Unclaimed
from cloud.ingest import service as ingest
from cloud.platform.errors import NotFoundError
from firmware_profiles.registry import profiles
from firmware_profiles.schema import Profile
from protocols.venue.timestamps import format_time
from protocols.venue.walls import page_of_controller

MAX_ID_LENGTH: Final = 32
#: Stores shown of one station; each is a swapped disk.
MAX_PAST_STORES: Final = 5
#: State and since when, of a station that never said anything.
_NEVER_HEARD: Final[tuple[str, datetime | None]] = ("offline", None)


@dataclass(frozen=True, slots=True)
class StationSummary:
    """One line of the list of stations; `slots` counts slots by state."""

    id: str
    name: str
    kind: str
    parent: str | None
    scored: bool
    state: str
    since: datetime | None
    slots: dict[str, int]
    dead_letters: int


async def list_stations() -> list[StationSummary]:
    """Return every station in the order of the site file."""
    heard = await Presence.all().values_list("station", "state", "since")
    present: dict[str, tuple[str, datetime | None]] = {station: (state, since) for station, state, since in heard}
    dead = await ingest.dead_letter_counts()
    slots: dict[str, dict[str, int]] = {}
    counted = Slot.all().annotate(number=Count("id")).group_by("station_id", "state")
    for station, state, number in await counted.values_list("station_id", "state", "number"):
        slots.setdefault(station, {})[state] = number
    rows = Station.all().order_by("position", "id").values_list("id", "name", "kind", "parent", "scored")
    return [
        StationSummary(
            id_, name, kind, parent, scored, *present.get(id_, _NEVER_HEARD), slots.get(id_, {}), dead.get(id_, 0)
        )
        for id_, name, kind, parent, scored in await rows
    ]


async def station_facts(liveness: Liveness, now: datetime) -> dict[str, tuple[datetime | None, str | None]]:
    """Return (last heard, up to when nothing of the evidence is missing) of every station, in a few statements."""
    present = {row.station: row for row in await Presence.all()}
    claims = {row.station: (row.store, _outbox_last(row).get("evidence")) for row in await Birth.all()}
    online = {name for name, row in present.items() if row.state == "online"}
    complete = await ingest.complete_to_of(claims, "evidence", online, now)
    heard = {name: max(filter(None, (row.last_heard, liveness.last_heard(name)))) for name, row in present.items()}
    return {one.id: (heard.get(one.id), complete.get(one.id)) for one in await Station.all().only("id")}


async def find_stations(text: str, limit: int, among: Collection[str] | None = None) -> list[Station]:
    """Return stations whose name or id contains a text, in the order of the site file."""
    found = Station.filter(Q(name__icontains=text) | Q(id__icontains=text))
    if among is not None:
        found = found.filter(id__in=list(among))
    return await found.order_by("position", "id").limit(limit)


async def station_names(among: Collection[str] | None = None) -> dict[str, str]:
    """Return the name of each station by its id."""
    found = Station.all() if among is None else Station.filter(id__in=list(among))
    return {row.id: row.name for row in await found}


async def require_station(station_id: str) -> Station:
    """Return a station; NotFoundError when no site file names it."""
    # The ORM refuses to look for what does not fit into the column.
    station = await Station.get_or_none(id=station_id) if len(station_id) <= MAX_ID_LENGTH else None
    if station is None:
        raise NotFoundError(f"there is no station {station_id!r}")
    return station


async def station_state(station_id: str) -> str:
    """Return online, offline or stale (W13); a station that was never heard is offline."""
    presence = await Presence.get_or_none(station=station_id)
    return presence.state if presence else "offline"


async def station_document(station_id: str, liveness: Liveness, now: datetime) -> dict[str, Any]:
    """Return one station as `GET /api/v1/stations/{id}` answers it; NotFoundError when no site file names it."""
    station = await require_station(station_id)
    birth = await Birth.get_or_none(station=station_id)
    presence = await Presence.get_or_none(station=station_id)
    online_now = now if presence is not None and presence.state == "online" else None
    store = birth.store if birth else await ingest.newest_store(station_id)
    return {
        "id": station.id,
        "name": station.name,
        "kind": station.kind,
        "parent": station.parent,
        "presence": _presence(presence, liveness.last_heard(station_id)),
        "store": store,
        "streams": await ingest.streams_document(station_id, store, _outbox_last(birth), online_now),
        "slots": await _slots(station_id),
        "past_stores": await past_stores(station_id),
        "twin": _twin(await Twin.get_or_none(station=station_id)),
        "dead_letters": await ingest.dead_letters_document(station_id),
    }


async def current_store(station_id: str) -> str | None:
    """Return the store that the station uses now."""
    birth = await Birth.get_or_none(station=station_id)
    return birth.store if birth else await ingest.newest_store(station_id)


async def twin_documents(station_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the desired and the reported slots of a station, for the page that compares them."""
    twin = await Twin.get_or_none(station=station_id)
    if twin is None:
        return {}, {}
    return json.loads(twin.desired), json.loads(twin.reported)["slots"] if twin.reported else {}


async def twin_document(station_id: str) -> dict[str, Any]:
    """Return the wish in force and how far the station has followed it; NotFoundError for an unknown station."""
    await require_station(station_id)
    row = await Twin.get_or_none(station=station_id)
    return {**_twin(row), "slots": json.loads(row.desired) if row else {}}


async def birth_document(station_id: str) -> dict[str, Any] | None:
    """Return the newest birth document of a station as it was sent."""
    birth = await Birth.get_or_none(station=station_id)
    return None if birth is None else dict(json.loads(birth.document))


async def epochs_of_boot(station_id: str, boot: str) -> list[int]:
    """Return the epochs of one start of a station's agent; none when its birth never came."""
    return [row.epoch for row in await Boot.filter(station=station_id, boot=boot)]


async def known_epochs() -> list[tuple[str, int | None, tuple[int, str, tuple[int, str] | None] | None]]:
    """Return (station, epoch of its presence, (epoch, store, (epoch, boot)) of its birth) of all that ever spoke.

    The boot is left out when its start is not of the store's line: whether it may go on there is asked again.
    """
    taken = {(row.station, row.store, row.boot) async for row in StoreStart.all()}
    births = {}
    async for row in Birth.all():
        boot = str(json.loads(row.document)["boot"])
        of_line = (row.station, row.store, boot) in taken
        births[row.station] = (row.epoch, row.store, (row.epoch, boot) if of_line else None)
    present = {row.station: row.epoch for row in await Presence.all()}
    return [(station, present.get(station), births.get(station)) for station in births.keys() | present.keys()]


async def slots_of_kind(kind: str) -> list[tuple[str, str]]:
    """Return (station, slot) of every slot of a kind."""
    return [(row.station_id, row.name) for row in await Slot.filter(kind=kind).order_by("id")]


async def profiles_of_kind(kind: str) -> list[tuple[str, str, Profile]]:
    """Return (station, slot, profile) of every slot of a kind whose device we know, in the order of the site file."""
    slots = Slot.filter(kind=kind).order_by("station_id", "position").prefetch_related("device")
    known = profiles()
    return [
        (row.station_id, row.name, known[row.device.profile])
        for row in await slots
        if row.device and row.device.profile in known
    ]


async def walls() -> list[tuple[str, str]]:
    """Return (station, slot) of every wall that people see: a page and its controller are one (ADR 32)."""
    places = await slots_of_kind("wall")
    names: dict[str, list[str]] = {}
    for station, slot in places:
        names.setdefault(station, []).append(slot)
    return [(station, slot) for station, slot in places if page_of_controller(slot, names[station]) is None]


async def placed_devices(kinds: Collection[str]) -> list[dict[str, str]]:
    """Return every slot of some kinds with its station and the device in it, in the order of the site file."""
    slots = Slot.filter(kind__in=list(kinds)).prefetch_related("station", "device")
    return [
        {
            "station": row.station_id,
            "name": row.station.name,
            "slot": row.name,
            "kind": row.kind,
            "device": row.device.id if row.device else "",
            "profile": row.device.profile if row.device else "",
        }
        for row in await slots.order_by("station__position", "station_id", "position", "id")
    ]


async def list_unclaimed() -> list[Unclaimed]:
    """Return the stations that speak and that nobody has applied for."""
    return await Unclaimed.all().order_by("-last_heard")


async def past_stores(station_id: str) -> list[dict[str, Any]]:
    """Return the stores before the current one: how complete each is, and what of it never arrived (W4)."""
    rows = await PastStore.filter(station=station_id).order_by("-closed_at").limit(MAX_PAST_STORES)
    found = []
    for row in rows:
        streams = await ingest.streams_document(station_id, row.store, {}, None)
        for stream, last in json.loads(row.told).items():
            one = streams[stream]
            tail = [[one["highest"] + 1, last]] if last > one["highest"] else []
            one["never_arrived"] = [*one["gaps"], *tail]
        found.append({"store": row.store, "closed_at": format_time(row.closed_at), "streams": streams})
    return found


def _presence(row: Presence | None, heard: datetime | None) -> dict[str, Any]:
    if row is None:
        return {"state": "offline", "epoch": None, "conn": None, "since": None, "reason": None, "last_heard": None}
    last_heard = max(row.last_heard, heard) if heard else row.last_heard
    return {
        "state": row.state,
        "epoch": row.epoch,
        "conn": row.conn,
        "since": format_time(row.since),
        "reason": row.reason,
        "last_heard": format_time(last_heard),
    }


async def _slots(station_id: str) -> list[dict[str, Any]]:
    rows = await Slot.filter(station_id=station_id).order_by("position").prefetch_related("device")
    return [
        {
            "id": row.name,
            "kind": row.kind,
            "state": row.state,
            "since": format_time(row.since) if row.since else None,
            "cause": row.cause,
            "fault": row.fault if row.state != "good" else None,
            "device": row.device_id,
            "profile": row.device.profile if row.device else None,
        }
        for row in rows
    ]


def _twin(row: Twin | None) -> dict[str, Any]:
    if row is None:
        return {"rev": 0, "applied_rev": None, "rejected": {}}
    reported = json.loads(row.reported)["slots"] if row.reported else {}
    rejected = {slot: values["rejected"] for slot, values in reported.items() if values.get("rejected")}
    return {"rev": row.rev, "applied_rev": row.applied_rev, "rejected": rejected}


def _outbox_last(birth: Birth | None) -> dict[str, int]:
    """Return the last seq of each stream that the newest birth names."""
    if birth is None:
        return {}
    return {stream: depth["last"] for stream, depth in json.loads(birth.document)["outbox"].items()}
