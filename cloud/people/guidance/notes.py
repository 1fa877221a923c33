"""One-to-one guidance: each talk is a note that is never changed; who writes and who reads it is recorded."""

from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.doors import require_admission
from cloud.people.guidance.drafts import NoteBody
from cloud.people.guidance.models import GuidanceNote
from cloud.people.models import Person
from cloud.people.rows import new_id, open_text, seal_text
from cloud.platform.core import Core
from protocols.venue.timestamps import format_time

MAX_LISTED: Final = 200


async def write_note(core: Core, person: Person, body: NoteBody, by: str, station: str = "") -> dict[str, Any]:
    """Keep what was said in a talk."""
    async with core.outbox.transaction():
        await require_admission(core, person)
        row_id = new_id()
        row = await GuidanceNote.create(
            id=row_id, person_id=person.id, topic=body.topic, way=body.way, next_on=body.next_on, station=station,
            content=seal_text(core, "guidance_note.content", row_id, body.content), by=by, at=core.now(),
            next_step=seal_text(core, "guidance_note.next_step", row_id, body.next_step),
        )  # fmt: skip
        details = {"topic": body.topic, "way": body.way}
        await audit.record(core, by, "guidance.write", f"person:{person.id}", details=details)
    return note_document(core, row, in_the_open=True)


async def notes_of(core: Core, person: UUID, *, in_the_open: bool) -> list[dict[str, Any]]:
    """Return somebody's notes, the newest first; what was said only `in_the_open`, which the caller records."""
    rows = await GuidanceNote.filter(person_id=person).order_by("-id").limit(MAX_LISTED)
    return [note_document(core, row, in_the_open=in_the_open) for row in rows]


def note_document(core: Core, row: GuidanceNote, *, in_the_open: bool) -> dict[str, Any]:
    """Return a note as REST shows it."""
    said = open_text(core, "guidance_note.content", row.id, row.content) if in_the_open else None
    advised = open_text(core, "guidance_note.next_step", row.id, row.next_step) if in_the_open else None
    return {
        "id": str(row.id),
        "topic": row.topic,
        "way": row.way,
        "content": said,
        "next_step": advised,
        "next_on": row.next_on.isoformat() if row.next_on else None,
        "station": row.station,
        "by": row.by,
        "at": format_time(row.at),
    }
