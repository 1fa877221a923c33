"""What who filed a ticket sees and does: by login, or by the look-up number that he was given."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from cloud.identity.visitors import Visitor
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.service import surveys
from cloud.service.drafts import ActAsked, RatingAsked, TicketDraft
from cloud.service.filing import Filed, Filing, file_ticket, receipt_key
from cloud.service.history import Line, write_step
from cloud.service.lists import line_of
from cloud.service.models import Ticket
from cloud.service.states import PENDING, after
from cloud.service.subjects import opened
from cloud.service.tickets import act_by_visitor, locked, pauses_of

#: Tickets of one person or firm that may be open at one time.
MAX_OPEN: Final = 20
MAX_LISTED: Final = 100
ANONYMOUS: Final = "public"


async def file_own(core: Core, draft: TicketDraft, visitor: Visitor) -> Filed:
    """Store a ticket of somebody who is logged in: on his phone, at a kiosk, in the portal."""
    async with core.outbox.transaction():
        if await Ticket.filter(**_whose(visitor), state__in=list(PENDING)).count() >= MAX_OPEN:
            raise ConflictError(f"您有 {MAX_OPEN} 件工单正在办理，请等待答复", "too-many-tickets")
        whose = _whose(visitor)
        filing = Filing(channel_of(visitor), visitor.label, visitor.station, whose.get("person"), whose.get("firm"))
        return await file_ticket(core, draft, filing)


async def file_anonymous(core: Core, draft: TicketDraft) -> Filed:
    """Store a ticket of somebody who does not say who he is."""
    return await file_ticket(core, draft, Filing("web", ANONYMOUS))


async def list_own(core: Core, visitor: Visitor) -> list[dict[str, Any]]:
    """Return somebody's tickets, the newest first."""
    rows = await Ticket.filter(**_whose(visitor)).order_by("-id").limit(MAX_LISTED)
    return [await shown_to_filer(core, row) for row in rows]


async def get_own(core: Core, ticket_id: str, visitor: Visitor) -> dict[str, Any]:
    """Return one of somebody's tickets; NotFoundError when it is not his."""
    return await shown_to_filer(core, await _own(ticket_id, visitor))


async def look_up(core: Core, receipt: str) -> dict[str, Any]:
    """Return the ticket that a look-up number belongs to."""
    return await shown_to_filer(core, await _by_receipt(core, receipt))


async def rate_own(core: Core, ticket_id: str, asked: RatingAsked, visitor: Visitor) -> dict[str, Any]:
    """Say how satisfied somebody is with a result: the ticket is closed, the answer counts in the survey."""
    async with core.outbox.transaction():
        ticket = await locked((await _own(ticket_id, visitor)).id)
        return await _rate(core, ticket, asked, visitor.label, channel_of(visitor))


async def rate_by_receipt(core: Core, receipt: str, asked: RatingAsked) -> dict[str, Any]:
    """Do the same by look-up number; nobody knows who answered, so no survey counts it."""
    async with core.outbox.transaction():
        ticket = await locked((await _by_receipt(core, receipt)).id)
        return await _rate(core, ticket, asked, ANONYMOUS, "web")


async def step_own(core: Core, ticket_id: str, asked: ActAsked, visitor: Visitor) -> dict[str, Any]:
    """Withdraw a ticket, or ask again."""
    async with core.outbox.transaction():
        ticket = await locked((await _own(ticket_id, visitor)).id)
        return await shown_to_filer(core, await act_by_visitor(core, ticket, asked, visitor.label))


async def step_by_receipt(core: Core, receipt: str, asked: ActAsked) -> dict[str, Any]:
    """Do the same by look-up number."""
    async with core.outbox.transaction():
        ticket = await locked((await _by_receipt(core, receipt)).id)
        return await shown_to_filer(core, await act_by_visitor(core, ticket, asked, ANONYMOUS))


async def shown_to_filer(core: Core, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket as who filed it sees it: no name of the staff, no inner note."""
    line = line_of(ticket, await pauses_of(ticket, core.now()), core.now())
    shown: Sequence[str] = (
        "id", "number", "kind", "kind_name", "subject", "state", "opened_at", "due_at", "done_at", "rating", "clock",
    )  # fmt: skip
    return {
        **{name: line[name] for name in shown},
        "text": opened(core, ticket, "text"),
        "result": opened(core, ticket, "result") or None,
        "handled": ticket.owner is not None,
    }


def channel_of(visitor: Visitor) -> str:
    """Return where somebody of the public is: at a kiosk, in the portal, on his phone."""
    if visitor.station:
        return "kiosk"
    return "portal" if visitor.kind == "employer" else "phone"


async def _rate(core: Core, ticket: Ticket, asked: RatingAsked, by: str, channel: str) -> dict[str, Any]:
    ticket.state, ticket.rating = after(ticket.state, "rate"), asked.rating
    ticket.closed_at = core.now()
    await ticket.save(update_fields=["state", "rating", "closed_at"])
    await write_step(core, ticket.id, Line("rate", by))
    who = surveys.respondent_of(ticket.person, ticket.firm)
    if who is not None:
        await surveys.answer_after(core, who, asked, surveys.Origin(channel, by, f"ticket:{ticket.kind}"))
    return await shown_to_filer(core, ticket)


def _whose(visitor: Visitor) -> dict[str, Any]:
    return {"firm": visitor.firm} if visitor.kind == "employer" else {"person": visitor.id}


async def _own(ticket_id: str, visitor: Visitor) -> Ticket:
    try:
        found = await Ticket.get_or_none(id=UUID(ticket_id), **_whose(visitor))
    except ValueError:
        found = None
    if found is None:
        raise NotFoundError(f"there is no ticket {ticket_id!r}")
    return found


async def _by_receipt(core: Core, receipt: str) -> Ticket:
    found = await Ticket.get_or_none(receipt_blind=receipt_key(core, receipt))
    if found is None:
        raise NotFoundError("没有这个查询码，请核对")
    return found
