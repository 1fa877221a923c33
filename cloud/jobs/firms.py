"""Firms: registered with a checked code, verified by the staff; only a verified one publishes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q

from cloud.jobs.contacts import FIRM_PHONE, contact_columns
from cloud.jobs.drafts import USCC_LENGTH, FirmDraft
from cloud.jobs.models import Firm
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from protocols.venue.timestamps import format_time


async def create_firm(core: Core, draft: FirmDraft, *, verified: bool = False) -> dict[str, Any]:
    """Store a firm; ConflictError when its code is known."""
    async with transaction():
        if await Firm.exists(uscc=draft.uscc):
            raise ConflictError(f"统一社会信用代码 {draft.uscc} 已登记", "firm-exists")
        firm_id = UUID(str(uuid_utils.uuid7()))
        firm = await Firm.create(
            id=firm_id,
            uscc=draft.uscc,
            name=draft.name,
            **contact_columns(core, FIRM_PHONE, firm_id, draft.contact),
            verified=verified,
            created_at=core.now(),
        )
    return _document(firm)


async def verify_firm(firm_id: str) -> dict[str, Any]:
    """Mark a firm as verified by the staff; NotFoundError when there is none."""
    firm = await find_firm(firm_id)
    await Firm.filter(id=UUID(firm["id"])).update(verified=True)
    return firm | {"verified": True}


async def find_firm(firm_id: str) -> dict[str, Any]:
    """Return one firm; NotFoundError when there is none."""
    try:
        return await get_firm(firm_id)
    except InvalidInputError as error:
        raise NotFoundError(str(error)) from error


async def get_firm(firm_id: str) -> dict[str, Any]:
    """Return one firm; InvalidInputError on `firm` when there is none, because posts name it there."""
    firm = await Firm.get_or_none(id=_uuid(firm_id))
    if firm is None:
        raise InvalidInputError(f"没有这家企业：{firm_id}", {"firm": "没有这家企业"})
    return _document(firm)


async def list_firms(
    *, text: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (firms newest first, cursor of what follows)."""
    found = Firm.all().order_by("-id")
    if text:
        # The ORM refuses to look for what does not fit into the column.
        named = Q(name__contains=text)
        found = found.filter(named | Q(uscc=text.upper()) if len(text) <= USCC_LENGTH else named)
    if cursor:
        found = found.filter(id__lt=_uuid(cursor))
    rows = await found.limit(limit + 1)
    return [_document(row) for row in rows[:limit]], str(rows[limit - 1].id) if len(rows) > limit else None


async def count_firms(until: datetime) -> int:
    """Return how many firms, each with one contact person, were registered by a moment."""
    return await Firm.filter(created_at__lte=until).count()


def _document(firm: Firm) -> dict[str, Any]:
    return {
        "id": str(firm.id),
        "uscc": firm.uscc,
        "name": firm.name,
        "contact": {"name": firm.contact_name, "phone": firm.contact_phone},
        "verified": firm.verified,
        "created_at": format_time(firm.created_at),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInputError(f"没有这家企业：{text}", {"firm": "没有这家企业"}) from error
