"""Thirty days after somebody began to work, somebody asks whether the job lasted; the answer is kept."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.persons import masked
from cloud.people.placements.drafts import FollowUpBody
from cloud.people.placements.models import Placement, PlacementFollowUp
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

#: The work is asked about this long after it began.
AFTER: Final = timedelta(days=30)
#: Tasks that one run of the job makes; the next one goes on.
MAX_MADE: Final = 1_000
MAX_LISTED: Final = 500
#: Tasks somebody still has to do.
WAITING: Final = ("open", "unreached")


async def make_follow_ups(core: Core) -> str:
    """Make the tasks that are due, one for each proved placement that began 30 days ago; a second run makes no more."""
    last = market_day(core.now()) - AFTER
    async with core.outbox.transaction():
        due = Placement.filter(state="proved", started_on__lte=last, follow_up__id__isnull=True)
        rows = await due.order_by("started_on", "id").limit(MAX_MADE)
        for row in rows:
            await PlacementFollowUp.create(id=new_id(), placement_id=row.id, due_on=row.started_on + AFTER)
    return f"新增 {len(rows)} 项"


async def answer_follow_up(core: Core, task: str, body: FollowUpBody, by: str) -> dict[str, Any]:
    """Keep what was heard; who was not reached stays in the queue."""
    async with core.outbox.transaction():
        row = await PlacementFollowUp.select_for_update().get_or_none(id=read_id(task, "follow-up"))
        if row is None:
            raise NotFoundError("there is no such follow-up")
        if row.state not in WAITING:
            raise ConflictError("这项回访已经完成", "follow-up-state")
        row.state, row.tries, row.by, row.at = body.result, row.tries + 1, by, core.now()
        row.answer = seal_text(core, "follow_up.answer", row.id, body.answer)
        await row.save()
        details = {"result": body.result, "tries": row.tries, "placement": str(row.placement_id)}
        await audit.record(core, by, "placement.follow-up", f"follow-up:{row.id}", details=details)
    return (await _documents(core, [row]))[0]


async def list_follow_ups(core: Core, *, waiting: bool = True) -> list[dict[str, Any]]:
    """Return the tasks that wait, or those that are done: the one due longest first, the newest answer first."""
    if waiting:
        found = PlacementFollowUp.filter(state__in=WAITING).order_by("due_on", "id")
    else:
        found = PlacementFollowUp.exclude(state__in=WAITING).order_by("-at")
    return await _documents(core, await found.limit(MAX_LISTED))


async def count_waiting() -> int:
    """Return how many tasks wait."""
    return await PlacementFollowUp.filter(state__in=WAITING).count()


async def _documents(core: Core, rows: list[PlacementFollowUp]) -> list[dict[str, Any]]:
    ids = [UUID(str(row.placement_id)) for row in rows]
    placed = {row.id: row for row in await Placement.filter(id__in=ids).prefetch_related("person")}
    return [
        {
            "id": str(row.id),
            "placement": str(row.placement_id),
            "person": str(placed[UUID(str(row.placement_id))].person_id),
            "name": masked(core, placed[UUID(str(row.placement_id))].person)["name"],
            "employer": placed[UUID(str(row.placement_id))].employer,
            "started_on": placed[UUID(str(row.placement_id))].started_on.isoformat(),
            "due_on": row.due_on.isoformat(),
            "state": row.state,
            "tries": row.tries,
            "answer": open_text(core, "follow_up.answer", row.id, row.answer),
            "by": row.by or None,
            "at": format_time(row.at) if row.at else None,
        }
        for row in rows
    ]
