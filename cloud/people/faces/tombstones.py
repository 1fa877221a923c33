"""Who must go from which station: put out in the transaction that makes it true, kept until the station has answered.

It is answered when the station says that it follows a revision with the tombstone, and - where a template is known to
lie there - has named the person in the receipt of an erasure. Both are evidence, so in the digest that it signs.
"""

from collections.abc import Collection
from typing import Final, Literal
from uuid import UUID

from tortoise.queryset import QuerySet

from cloud.fleet import service as fleet
from cloud.people.faces.models import FaceEnrolment, FaceStaff, FaceTombstone
from cloud.platform.core import Core

Why = Literal["withdrawn", "erased", "merged", "wrong_person", "unused", "no_consent"]
#: Domain event: the list of the station that is its key must be made anew.
CHANGED: Final = "faces.changed"
KIND: Final = "face"
#: The profile of what takes faces for our own galleries; a maker's terminal has its list by commands.
CAMERA: Final = "kiosk-face-camera"
#: What names a station's receipt among those of an erasure.
FOLLOWER: Final = "face:"


async def leave(core: Core, person: UUID, why: Why) -> int:
    """Put out tombstones at every station that may hold somebody's face; return how many. Inside a transaction.

    That is each station with a camera for faces: one that is offline may hold what it has not told yet.
    """
    held = {str(one) for one in await _enrolled(person).values_list("station", flat=True)}
    cameras = {one["station"] for one in await fleet.placed_devices([KIND]) if one["profile"] == CAMERA}
    await FaceStaff.filter(person=person).delete()
    return await _put(core, person, held | cameras, held, why)


async def leave_station(core: Core, person: UUID, station: str, why: Why) -> None:
    """Put out a tombstone at one station that holds somebody's face. Inside a transaction."""
    await _put(core, person, {station}, {station}, why)


async def lift(core: Core, person: UUID) -> None:
    """Send answered tombstones no longer, for the person agrees again: a station must not erase what it takes now."""
    answered = FaceTombstone.filter(person=person, answered_at__isnull=False, lifted_at=None)
    stations = sorted({str(one) for one in await answered.values_list("station", flat=True)})
    if stations:
        await answered.update(lifted_at=core.now())
        await core.outbox.emit_many(CHANGED, stations, core.now())


async def may_be_held(person: UUID) -> bool:
    """Return whether a template of somebody is known to lie anywhere."""
    return await _enrolled(person).exists()


async def stations_waited_for(person: UUID) -> list[str]:
    """Return the stations that have not confirmed that somebody's face is gone."""
    waiting = FaceTombstone.filter(person=person, answered_at=None)
    return sorted({str(one) for one in await waiting.values_list("station", flat=True)})


def _enrolled(person: UUID) -> QuerySet[FaceEnrolment]:
    return FaceEnrolment.filter(person=person, state="enrolled")


async def _put(core: Core, person: UUID, stations: Collection[str], held: Collection[str], why: Why) -> int:
    now = core.now()
    waiting = FaceTombstone.filter(person=person, station__in=list(stations), answered_at=None)
    known = {row.station: row for row in await waiting}
    again = [row.id for row in known.values() if row.station in held]
    # A template came after the first tombstone: only a later revision is its answer.
    await FaceTombstone.filter(id__in=again).update(held=True, at=now, rev=0, applied_at=None, erased_at=None)
    fresh = [one for one in sorted(stations) if one not in known]
    await FaceTombstone.bulk_create(
        FaceTombstone(person=person, station=one, why=why, held=one in held, at=now) for one in fresh
    )
    await FaceEnrolment.filter(person=person, station__in=list(stations), state="enrolled").update(state="ended")
    changed = sorted({*fresh, *(row.station for row in known.values() if row.station in held)})
    await core.outbox.emit_many(CHANGED, changed, now)
    return len(stations)
