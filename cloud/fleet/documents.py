"""The stations as REST and the console list them, and what other domains ask of them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from tortoise.expressions import Q

from cloud.fleet.liveness import Liveness
from cloud.fleet.models import Birth, Boot, Presence, Slot, Station, StoreStart, Unclaimed
from cloud.fleet.station import MAX_ID_LENGTH
from cloud.ingest import service as ingest
from cloud.platform.errors import NotFoundError
from cloud.platform.reading import fetch, moment, moment_or_none
from firmware_profiles.registry import profiles
from firmware_profiles.schema import Profile
from protocols.venue.walls import page_of_controller

_STATIONS: Final = """
SELECT s.id, s.name, s.kind, s.parent, s.scored, p.state, p.since
FROM station s LEFT JOIN presence p ON p.station = s.id ORDER BY s.position, s.id
"""
_FACTS: Final = """
SELECT s.id, p.state, p.last_heard, b.store, b.document
FROM station s LEFT JOIN presence p ON p.station = s.id LEFT JOIN birth b ON b.station = s.id
"""
_SLOTS_BY_STATE: Final = "SELECT station_id, state, COUNT(*) FROM slot GROUP BY station_id, state"
_STORE: Final = "SELECT store FROM birth WHERE station = ?"


class _Depth(msgspec.Struct):
    """How far one stream of an outbox has come."""

    last: int


class _Outbox(msgspec.Struct):
    """Of an outbox, what the list of stations compares."""

    evidence: _Depth | None = None


class _Birth(msgspec.Struct):
    """Of a birth document, what the list of stations compares."""

    outbox: _Outbox


_BIRTH: Final = msgspec.json.Decoder(_Birth)


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
    dead = await ingest.dead_letter_counts()
    slots: dict[str, dict[str, int]] = {}
    for station, state, number in await fetch(_SLOTS_BY_STATE):
        slots.setdefault(station, {})[state] = number
    return [
        StationSummary(
            id=id_,
            name=name,
            kind=kind,
            parent=parent,
            scored=bool(scored),
            state=state or "offline",
            since=moment_or_none(since),
            slots=slots.get(id_, {}),
            dead_letters=dead.get(id_, 0),
        )
        for id_, name, kind, parent, scored, state, since in await fetch(_STATIONS)
    ]


async def station_facts(liveness: Liveness, now: datetime) -> dict[str, tuple[datetime | None, str | None]]:
    """Return (last heard, up to when nothing of the evidence is missing) of every station, in a few statements."""
    rows = await fetch(_FACTS)
    claims = {id_: (store, _evidence_last(birth)) for id_, _, _, store, birth in rows if birth}
    online = {id_ for id_, state, *_ in rows if state == "online"}
    complete = await ingest.complete_to_of(claims, "evidence", online, now)
    return {
        id_: (max(filter(None, (moment(at), liveness.last_heard(id_)))) if at else None, complete.get(id_))
        for id_, _, at, _, _ in rows
    }


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


async def current_store(station_id: str) -> str | None:
    """Return the store that the station uses now."""
    rows = await fetch(_STORE, station_id)
    return str(rows[0][0]) if rows else await ingest.newest_store(station_id)


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


def _evidence_last(birth: str) -> int | None:
    """Return the last seq of the evidence that a birth names; the rest of the document is passed over."""
    evidence = _BIRTH.decode(birth).outbox.evidence
    return evidence.last if evidence else None
