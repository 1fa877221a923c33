"""The history of a ticket: a line for every act, and news for the pages that show it."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.keyring import place
from cloud.service.models import TicketStep

#: Topic of the hub.
TOPIC: Final = "ticket"


@dataclass(frozen=True, slots=True)
class Line:
    """What is written: an act, who did it, his words, and for a hand-over from whom to whom."""

    act: str
    by: str
    note: str = ""
    from_owner: str | None = None
    to_owner: str | None = None


async def write_step(core: Core, ticket: UUID, line: Line) -> None:
    """Add a line; inside the transaction of the act."""
    row_id = UUID(str(uuid_utils.uuid7()))
    await TicketStep.create(
        id=row_id,
        ticket_id=ticket,
        act=line.act,
        by=line.by,
        from_owner=line.from_owner,
        to_owner=line.to_owner,
        note=core.keyring.seal(line.note, place("ticket_step.note", row_id)) if line.note else None,
        at=core.now(),
    )
    after_commit(partial(core.hub.publish, TOPIC, {"id": str(ticket)}))
