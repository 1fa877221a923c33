"""Firms: registered with a checked code; how one stands is written by its verification (cloud/employers).

Only a firm that stands as verified publishes, and only until the day of its next check, whether or not a job has run.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q
from tortoise.functions import Count

from cloud.jobs.contacts import FIRM_PHONE, contact_columns
from cloud.jobs.drafts import USCC_LENGTH, FirmDraft
from cloud.jobs.models import Firm
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
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
            standing="verified" if verified else "draft",
            created_at=core.now(),
        )
    return _document(firm)


async def set_standing(firm: UUID, standing: str, check_due: date | None) -> None:
    """Write what a firm's verification has come to; inside the transaction of the act."""
    await set_standings([firm], standing, check_due)


async def set_standings(firms: Collection[UUID], standing: str, check_due: date | None) -> None:
    """Write the same of many firms."""
    values = {"standing": standing, "verified": standing == "verified", "check_due": check_due}
    await Firm.filter(id__in=list(firms)).update(**values)


async def verified_of(firms: Collection[UUID]) -> list[UUID]:
    """Return those of some firms that are verified."""
    rows = await Firm.filter(id__in=list(firms), verified=True).order_by("id").values_list("id", flat=True)
    return [UUID(str(one)) for one in rows]


async def undated_firms(limit: int) -> list[UUID]:
    """Return verified firms that have no day for their next check: verified before that was kept, or by a program."""
    rows = await Firm.filter(verified=True, check_due=None).limit(limit).values_list("id", flat=True)
    return [UUID(str(one)) for one in rows]


async def require_publishing(firm: object, day: date) -> None:
    """Return if a firm may publish on a day of the market (posts, instant hire); ConflictError says why not."""
    why = why_not_publishing(await Firm.get(id=firm), day)
    if why is not None:
        name, words = why
        raise ConflictError(words, name)


def why_not_publishing(firm: Firm, day: date) -> tuple[str, str] | None:
    """Return (code, words) of what keeps a firm from publishing on a day, None when nothing does."""
    if firm.standing == "blacklisted":
        return "firm-blacklisted", "企业在黑名单上，不能发布岗位"
    if firm.standing == "due" or (firm.verified and firm.check_due is not None and day > firm.check_due):
        return "firm-check-due", "企业核验已到期，复核通过后才能发布岗位"
    if not firm.verified:
        return "firm-not-verified", "企业尚未核验，核验后才能发布岗位"
    return None


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
        raise _unknown(firm_id)
    return _document(firm)


async def list_firms(
    *, text: str = "", standing: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (firms newest first, cursor of what follows)."""
    found = Firm.all().order_by("-id")
    if text:
        # The ORM refuses to look for what does not fit into the column.
        named = Q(name__contains=text)
        found = found.filter(named | Q(uscc=text.upper()) if len(text) <= USCC_LENGTH else named)
    if standing:
        found = found.filter(standing=standing)
    if cursor:
        found = found.filter(id__lt=_uuid(cursor))
    rows = await found.limit(limit + 1)
    return [_document(row) for row in rows[:limit]], str(rows[limit - 1].id) if len(rows) > limit else None


async def count_standings() -> dict[str, int]:
    """Return how many firms stand how."""
    rows = await Firm.annotate(count=Count("id")).group_by("standing").values("standing", "count")
    return {row["standing"]: row["count"] for row in rows}


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
        "standing": firm.standing,
        "check_due": firm.check_due.isoformat() if firm.check_due else None,
        "created_at": format_time(firm.created_at),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _unknown(text) from error


def _unknown(text: str) -> InvalidInputError:
    words = "没有这家企业"
    return InvalidInputError(f"{words}：{text}", {"firm": words}, [FieldError("firm", "unknown", words)])
