"""One station as `GET /api/v1/stations/{id}` and its page show it (payloads, "REST shapes")."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloud.fleet.liveness import Liveness
from cloud.fleet.models import PastStore
from cloud.ingest import service as ingest
from cloud.platform.errors import NotFoundError
from cloud.platform.reading import fetch, moment, moment_or_none
from protocols.venue.timestamps import format_time

MAX_ID_LENGTH: Final = 32
#: Stores shown of one station; each is a swapped disk.
MAX_PAST_STORES: Final = 5

_STATION: Final = """
SELECT s.id, s.name, s.kind, s.parent, s.rules, p.state, p.epoch, p.conn, p.since, p.reason, p.last_heard, b.store,
       b.document, t.rev, t.desired, t.applied_rev, t.reported
FROM station s LEFT JOIN presence p ON p.station = s.id LEFT JOIN birth b ON b.station = s.id
     LEFT JOIN twin t ON t.station = s.id
WHERE s.id = ?
"""
_SLOTS: Final = """
SELECT s.name, s.kind, s.state, s.since, s.cause, s.fault, s.device_id, d.profile
FROM slot s LEFT JOIN device d ON d.id = s.device_id WHERE s.station_id = ? ORDER BY s.position, s.id
"""


@dataclass(frozen=True, slots=True)
class Presence:
    """What a station's presence and our own ears say of it."""

    state: str
    epoch: int
    conn: int
    since: datetime
    reason: str
    last_heard: datetime


@dataclass(frozen=True, slots=True)
class Twin:
    """The wish in force by slot, and the reported document, None before the first one."""

    rev: int
    desired: dict[str, Any]
    applied_rev: int | None
    reported: dict[str, Any] | None

    @property
    def slots(self) -> dict[str, Any]:
        """Return what the station says of each slot."""
        return self.reported["slots"] if self.reported else {}

    def document(self) -> dict[str, Any]:
        """Return how far the station has followed the wish."""
        rejected = {slot: values["rejected"] for slot, values in self.slots.items() if values.get("rejected")}
        return {"rev": self.rev, "applied_rev": self.applied_rev, "rejected": rejected}


_NO_TWIN: Final = Twin(0, {}, None, None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of one station; `birth` is its newest birth document as it was sent, empty before the first."""

    id: str
    name: str
    kind: str
    parent: str | None
    #: The local rules of its site file, as `quiet.rules_view` reads them.
    rules: str
    presence: Presence | None
    store: str | None
    birth: dict[str, Any]
    twin: Twin
    slots: Sequence[dict[str, Any]]


async def known_station(station_id: str) -> Known:
    """Return what is stored of one station, in two statements; NotFoundError when no site file names it."""
    rows = await fetch(_STATION, station_id) if len(station_id) <= MAX_ID_LENGTH else []
    if not rows:
        raise NotFoundError(f"there is no station {station_id!r}")
    id_, name, kind, parent, rules, state, epoch, conn, since, reason, heard, store, birth, *twin = rows[0]
    return Known(
        id=id_,
        name=name,
        kind=kind,
        parent=parent,
        rules=rules,
        presence=Presence(state, epoch, conn, moment(since), reason, moment(heard)) if state else None,
        store=store,
        birth=json.loads(birth) if birth else {},
        twin=_twin(*twin),
        slots=[_slot(*row) for row in await fetch(_SLOTS, station_id)],
    )


async def station_document(station_id: str, liveness: Liveness, now: datetime) -> dict[str, Any]:
    """Return one station as REST answers it; NotFoundError when no site file names it."""
    return await document_of(await known_station(station_id), liveness, now)


async def document_of(known: Known, liveness: Liveness, now: datetime) -> dict[str, Any]:
    """Return the document of a station that was read."""
    online_now = now if known.presence is not None and known.presence.state == "online" else None
    store = known.store or await ingest.newest_store(known.id)
    return {
        "id": known.id,
        "name": known.name,
        "kind": known.kind,
        "parent": known.parent,
        "presence": _presence(known.presence, liveness.last_heard(known.id)),
        "store": store,
        "streams": await ingest.streams_document(known.id, store, outbox_last(known.birth), online_now),
        "slots": known.slots,
        "past_stores": await past_stores(known.id),
        "twin": known.twin.document(),
        "dead_letters": await ingest.dead_letters_document(known.id),
    }


async def twin_document(station_id: str) -> dict[str, Any]:
    """Return the wish in force and how far the station has followed it; NotFoundError for an unknown station."""
    twin = (await known_station(station_id)).twin
    return {**twin.document(), "slots": twin.desired}


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


def outbox_last(birth: dict[str, Any]) -> dict[str, int]:
    """Return the last seq of each stream that a birth document names."""
    return {stream: depth["last"] for stream, depth in birth["outbox"].items()} if birth else {}


def _twin(rev: int | None, desired: str | None, applied_rev: int | None, reported: str | None) -> Twin:
    if rev is None:
        return _NO_TWIN
    return Twin(rev, json.loads(desired or "{}"), applied_rev, json.loads(reported) if reported else None)


def _presence(known: Presence | None, heard: datetime | None) -> dict[str, Any]:
    if known is None:
        return {"state": "offline", "epoch": None, "conn": None, "since": None, "reason": None, "last_heard": None}
    return {
        "state": known.state,
        "epoch": known.epoch,
        "conn": known.conn,
        "since": format_time(known.since),
        "reason": known.reason,
        "last_heard": format_time(max(known.last_heard, heard) if heard else known.last_heard),
    }


def _slot(  # noqa: PLR0913, PLR0917 - the columns of _SLOTS
    name: str, kind: str, state: str, since: Any, cause: str | None, fault: str | None, device: str | None,
    profile: str | None,
) -> dict[str, Any]:  # fmt: skip
    at = moment_or_none(since)
    return {
        "id": name,
        "kind": kind,
        "state": state,
        "since": format_time(at) if at else None,
        "cause": cause,
        "fault": fault if state != "good" else None,
        "device": device,
        "profile": profile,
    }
