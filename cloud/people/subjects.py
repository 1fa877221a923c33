"""What a person may ask of us: a copy of everything that is kept about him, and that it goes (PIPL art. 45, 47)."""

import json
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uuid_utils

from cloud.identity import audit
from cloud.identity.public import Visitor, require_act
from cloud.people.faces.tombstones import FOLLOWER, stations_waited_for
from cloud.people.holders import HOLDERS, KEPT
from cloud.people.models import Erasure, ErasureReceipt
from cloud.people.persons import get_person
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit
from protocols.venue.timestamps import format_time

#: Domain event: somebody was erased; the key is the id he had, there is no other data.
ERASED: Final = "person.erased"
#: Erasures in one answer.
MAX_LISTED: Final = 200

#: Does its part after the commit and returns a word for the receipt; it must bear being done again.
Follower = Callable[[Core, UUID], Awaitable[str]]


async def _remove_files(core: Core, person: UUID) -> str:
    """Remove the folder of a person's files."""
    folder = files_of(core, person)
    if not folder.exists():
        return "no files"
    count = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder)
    return f"{count} files removed"


#: What is not in the database and follows an erasure. Stations that may hold the person's face have receipts beside
#: these, `face:STATION`: they are answered by the stations themselves (faces/intake.py).
FOLLOWERS: Final[Mapping[str, Follower]] = {"files": _remove_files}


def files_of(core: Core, person: UUID) -> Path:
    """Return the folder below which every file of a person lies."""
    return core.settings.data_dir / "people" / str(person)


async def export(core: Core, person_id: UUID, actor: str) -> dict[str, Any]:
    """Return everything that is kept about a person, by package, in the open; recorded."""
    person = await get_person(person_id)
    await audit.record(core, actor, "person.export", f"person:{person_id}")
    return {
        "made_at": format_time(core.now()),
        "person": str(person_id),
        "packages": {name: await holder.export(core, person) for name, holder in HOLDERS.items()},
        "kept_after_erasure": dict(KEPT),
    }


async def erase(core: Core, visitor: Visitor, channel: str) -> dict[str, Any]:
    """Delete a visitor's own record everywhere, in one transaction; ProofNeededError when he must prove more first."""
    require_act(core, visitor, "me.erase")
    return await erase_person(core, visitor.id, visitor.label, channel, visitor.assurance)


async def erase_person(core: Core, person_id: UUID, actor: str, channel: str, assurance: str) -> dict[str, Any]:
    """Delete a person everywhere and leave a row that says so, without personal data."""
    async with core.outbox.transaction():
        person = await get_person(person_id)
        removed: dict[str, int] = {}
        for holder in HOLDERS.values():
            removed |= await holder.erase(core, person)
        row = await Erasure.create(
            id=UUID(str(uuid_utils.uuid7())),
            subject=person_id,
            channel=channel,
            assurance=assurance,
            removed=json.dumps({table: count for table, count in removed.items() if count}),
            at=core.now(),
        )
        for follower in (*FOLLOWERS, *(f"{FOLLOWER}{station}" for station in await stations_waited_for(person_id))):
            await ErasureReceipt.create(erasure_id=row.id, follower=follower)
        await core.outbox.emit(ERASED, str(person_id), {}, core.now())
        await audit.record(core, actor, "person.erase", f"person:{person_id}", details={"removed": removed})
    return await erasure_document(str(row.id))


async def follow(core: Core, events: Sequence[DomainEvent]) -> AfterCommit | None:
    """Consume `person.erased`: after the commit let each follower without a receipt do its part."""
    subjects = [UUID(event.key) for event in events]

    async def after() -> None:
        for subject in subjects:
            await run_followers(core, subject)

    return after


async def run_followers(core: Core, subject: UUID) -> None:
    """Let followers do what they have not done for one erasure; what fails is tried again by `retry_followers`."""
    erasure = await Erasure.get_or_none(subject=subject)
    if erasure is None:
        return
    for receipt in await ErasureReceipt.filter(erasure_id=erasure.id, at=None, follower__in=list(FOLLOWERS)):
        note = await FOLLOWERS[receipt.follower](core, subject)
        await ErasureReceipt.filter(id=receipt.id).update(at=core.now(), note=note)


async def retry_followers(core: Core) -> None:
    """Do again what a crash between commit and receipt left open."""
    for receipt in await ErasureReceipt.filter(at=None, follower__in=list(FOLLOWERS)).prefetch_related("erasure"):
        await run_followers(core, receipt.erasure.subject)


async def erasure_document(erasure_id: str) -> dict[str, Any]:
    """Return one erasure with its receipts."""
    row = await Erasure.get_or_none(id=_uuid(erasure_id))
    if row is None:
        raise NotFoundError("there is no such erasure")
    receipts = await ErasureReceipt.filter(erasure_id=row.id).order_by("id")
    return {
        "id": str(row.id),
        "at": format_time(row.at),
        "channel": row.channel,
        "assurance": row.assurance,
        "removed": json.loads(row.removed),
        "receipts": [
            {"follower": one.follower, "at": format_time(one.at) if one.at else None, "note": one.note}
            for one in receipts
        ],
    }


async def list_erasures(limit: int = MAX_LISTED) -> list[dict[str, Any]]:
    """Return the newest erasures with their receipts."""
    return [await erasure_document(str(row.id)) for row in await Erasure.all().order_by("-id").limit(limit)]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError("there is no such erasure") from error
