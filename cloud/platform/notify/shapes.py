"""What REST takes and answers of messages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from cloud.platform.notify.ledger import Row
from cloud.platform.notify.states import Channel, State
from cloud.platform.shapes import Asked, Shape, UuidText
from protocols.venue.timestamps import format_time


class DeliveriesAsked(Asked):
    """Which deliveries; the newest come first."""

    state: State | None = None
    channel: Channel | None = None
    template: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,64}$")] = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class DeliveryShown(Shape):
    """One delivery: to whom, which way, how it went; what it says and the address are not told here."""

    id: UUID
    recipient: str
    template: str
    purpose: str
    channel: str
    state: State
    tries: int
    cost_fen: int
    provider_id: str
    error: str
    asked_by: str
    again_of: UUID | None
    created_at: str
    sent_at: str | None
    ended_at: str | None


class Repeated(Shape):
    """The delivery that a person had sent once more."""

    id: UUID


def shown(row: Row) -> DeliveryShown:
    """Return a delivery as REST answers it."""
    return DeliveryShown(
        id=UUID(row.id),
        recipient=row.recipient,
        template=row.template,
        purpose=row.purpose,
        channel=row.channel,
        state=row.state,
        tries=row.tries,
        cost_fen=row.cost_fen,
        provider_id=row.provider_id,
        error=row.error,
        asked_by=row.asked_by,
        again_of=UUID(row.again_of) if row.again_of else None,
        created_at=format_time(row.created_at),
        sent_at=_text(row.sent_at),
        ended_at=_text(row.ended_at),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
