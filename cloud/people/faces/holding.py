"""What faces keep of a person: what he gets a copy of, what goes with him, what follows when two records become one."""

from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.faces.models import FaceEnrolment, FaceLook, FaceSignIn, FaceStaff, FaceTombstone
from cloud.people.faces.tombstones import leave, may_be_held
from cloud.people.models import Consent, Person
from cloud.platform.core import Core
from cloud.platform.notify import service as notify
from protocols.venue.timestamps import format_time

TABLES: Final = ("FaceEnrolment", "FaceStaff")


async def export_faces(core: Core, person: Person) -> dict[str, Any]:
    """Return where somebody is enrolled, what must be deleted where, and each time he was compared."""
    del core
    rows = await FaceEnrolment.filter(person=person.id).order_by("id")
    gone = await FaceTombstone.filter(person=person.id).order_by("id")
    looks = await FaceLook.filter(booked=person.id).order_by("id")
    return {
        "enrolled": [
            {"station": row.station, "model": row.model, "frames": row.frames, "at": format_time(row.enrolled_at),
             "state": row.state}
            for row in rows
        ],
        "deleted": [
            {"station": row.station, "why": row.why, "at": format_time(row.at),
             "confirmed_at": format_time(row.answered_at) if row.answered_at else None}
            for row in gone
        ],
        "compared": [
            {"station": row.station, "at": format_time(row.at), "mode": row.mode, "outcome": row.outcome,
             "score": row.score}
            for row in looks
        ],
    }  # fmt: skip


async def erase_faces(core: Core, person: Person) -> dict[str, int]:
    """Put out the tombstones of who goes altogether, and delete where he was enrolled."""
    key = UUID(str(person.id))
    if await may_be_held(key) or await Consent.exists(person_id=key, purpose="face", withdrawn_at=None):
        await leave(core, key, "erased")
    await FaceTombstone.filter(person=key, answered_at=None).update(why="erased")
    staff = await FaceStaff.filter(person=key).delete()
    return {"face_enrolment": await FaceEnrolment.filter(person=key).delete(), "face_staff": staff}


async def move_faces(source: UUID, target: UUID) -> None:
    """Let what was compared be the other's; templates cannot change their name (`part`)."""
    await FaceLook.filter(booked=source).update(booked=target)
    await FaceLook.filter(person=source).update(person=target)
    await FaceSignIn.filter(person=source).update(person=target)
    await FaceEnrolment.filter(person=source).delete()


async def part(core: Core, gone: UUID, kept: UUID) -> None:
    """Before two records become one: what lies under the id that goes is deleted, and he is asked to enrol again."""
    if not await may_be_held(gone):
        return
    await leave(core, gone, "merged")
    await notify.send(core, kept, "face-again", {"place": "登记过的驿站"}, f"face-again:{gone}")
    await audit.record(core, f"seeker:{kept}", "face.part", f"person:{kept}", details={"gone": str(gone)})
