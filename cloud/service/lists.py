"""Tickets as lists and documents show them; who opens one that holds somebody's words leaves a line in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from cloud.identity import audit
from cloud.identity.principals import Principal
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.masks import mask_name, mask_phone
from cloud.service.access import may_see, visible_tickets
from cloud.service.clocks import Clock, hours_of, read_clock
from cloud.service.findings import undecided
from cloud.service.matters import kind_names, matter_names
from cloud.service.models import Ticket, TicketPause, TicketStep
from cloud.service.states import PENDING
from cloud.service.subjects import opened
from cloud.service.tickets import pauses_of
from protocols.rules.minutes import Span
from protocols.venue.timestamps import format_time

#: What of the inbox is shown: `mine` are those that somebody works on or was asked first for.
View = Literal["mine", "team", "late", "judge", "done", "all"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
MAX_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A part of the inbox, the most urgent first where something is owed, else the newest; `next` is its cursor."""

    items: list[dict[str, Any]]
    next: str | None


async def list_tickets(  # noqa: PLR0913 - one filter each
    core: Core,
    principal: Principal,
    *,
    view: View = "team",
    kind: str = "",
    text: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> TicketPage:
    """Return tickets that somebody may see; `text` is looked for in number and subject."""
    found = Ticket.filter(visible_tickets(principal) & view_of(view, principal, core.now()))
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(number__icontains=text) | Q(subject__contains=text))
    rows, following = await _part(found, view, cursor, limit)
    pauses = await _pauses_of(rows, core.now())
    return TicketPage([line_of(row, pauses.get(row.id, []), core.now()) for row in rows], following)


async def count_views(core: Core, principal: Principal, views: Sequence[View] = VIEWS) -> dict[View, int]:
    """Return how many tickets each view has for somebody."""
    seen = visible_tickets(principal)
    counts = {view: Count("id", _filter=view_of(view, principal, core.now())) for view in views}
    (row,) = await Ticket.filter(seen).annotate(**counts).values(*views)
    return {view: row[view] for view in views}


def view_of(view: View, principal: Principal, now: datetime) -> Q:
    """Return the condition of a view."""
    pending = Q(state__in=list(PENDING))
    mine = Q(owner=principal.label) | Q(first_owner=principal.label)
    return {
        "mine": pending & mine,
        "team": pending,
        "late": pending & Q(due_at__lt=now),
        "judge": undecided(),
        "done": ~pending,
        "all": Q(),
    }[view]


async def get_ticket(core: Core, ticket_id: str, principal: Principal) -> dict[str, Any]:
    """Return one ticket with everything on it; NotFoundError when it is not there for this reader."""
    try:
        ticket = await Ticket.get_or_none(id=UUID(ticket_id))
    except ValueError:
        ticket = None
    if ticket is None or not may_see(ticket, principal):
        raise NotFoundError(f"there is no ticket {ticket_id!r}")
    await audit.record(core, principal.label, "ticket.read", f"ticket:{ticket.id}")
    return await document_of(core, ticket)


async def document_of(core: Core, ticket: Ticket) -> dict[str, Any]:
    """Return one ticket with words, history and pauses; name and phone are masked."""
    now = core.now()
    steps = await TicketStep.filter(ticket_id=ticket.id).order_by("id")
    pauses = await TicketPause.filter(ticket_id=ticket.id).order_by("id")
    name, phone = opened(core, ticket, "name"), opened(core, ticket, "phone")
    return {
        **line_of(ticket, await pauses_of(ticket, now), now),
        "name": mask_name(name) if name else None,
        "phone": mask_phone(phone) if phone else None,
        "text": opened(core, ticket, "text"),
        "about": ticket.about,
        "about_words": opened(core, ticket, "about_words"),
        "about_staff": ticket.about_staff,
        "result": opened(core, ticket, "result") or None,
        "opinion": ticket.opinion,
        "opinion_by": ticket.opinion_by,
        "judged_by": ticket.judged_by,
        "judged_at": _time(ticket.judged_at),
        "thread": str(ticket.thread) if ticket.thread else None,
        "steps": [_step(core, row) for row in steps],
        "pauses": [
            {"reason": row.reason, "from": format_time(row.began_at), "until": format_time(row.until),
             "to": _time(row.ended_at)}
            for row in pauses
        ],
    }  # fmt: skip


def line_of(ticket: Ticket, pauses: Sequence[Span], now: datetime) -> dict[str, Any]:
    """Return what lists show of a ticket: nothing that somebody wrote."""
    clock = clock_of(ticket, pauses, now)
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "kind": ticket.kind,
        "kind_name": kind_names().get(ticket.kind, ticket.kind),
        "matter": ticket.matter,
        "matter_name": matter_names().get(ticket.matter, ""),
        "subject": ticket.subject,
        "channel": ticket.channel,
        "station": ticket.station or None,
        "anonymous": ticket.person is None and ticket.firm is None and ticket.name is None,
        "firm": str(ticket.firm) if ticket.firm else None,
        "restricted": ticket.restricted,
        "state": ticket.state,
        "first_owner": ticket.first_owner,
        "owner": ticket.owner,
        "opened_at": format_time(ticket.opened_at),
        "due_at": _time(ticket.due_at),
        "done_at": _time(ticket.done_at),
        "closed_at": _time(ticket.closed_at),
        "provisional": ticket.provisional,
        "late": ticket.late,
        "clock": {"hand": clock.hand, "used_minutes": clock.used_minutes, "budget_minutes": clock.budget_minutes},
        "rating": ticket.rating,
        "validity": ticket.validity,
        "finding": ticket.finding,
    }


def clock_of(ticket: Ticket, pauses: Sequence[Span], now: datetime) -> Clock:
    """Return what a ticket's clock shows."""
    hours = hours_of(ticket.station)
    end = ticket.done_at or ticket.closed_at or now
    return read_clock(ticket.state, ticket.opened_at, end, ticket.budget_minutes, ticket.due_at, hours, pauses)


async def _part(found: QuerySet[Ticket], view: View, cursor: str | None, limit: int) -> tuple[list[Ticket], str | None]:
    """Return a part and its cursor: by deadline where something is owed (a standing clock last), else the newest."""
    if view in {"mine", "team", "late"}:
        # What is owed at one time is bounded by what people can do: it is put in order here, by one key.
        rows = sorted(await found.limit(MAX_OWED), key=_urgency)
        ids = [str(row.id) for row in rows]
        start = ids.index(cursor) + 1 if cursor in ids else 0
        part = rows[start : start + limit]
        return part, str(part[-1].id) if len(rows) > start + limit else None
    if cursor:
        found = found.filter(id__lt=_uuid(cursor))
    rows = await found.order_by("-id").limit(limit + 1)
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


#: Tickets that may be owed at one time and are put in order; more means that the market has other worries.
MAX_OWED: Final = 2_000


def _urgency(ticket: Ticket) -> tuple[bool, float, UUID]:
    return ticket.due_at is None, ticket.due_at.timestamp() if ticket.due_at else 0.0, ticket.id


async def _pauses_of(tickets: Sequence[Ticket], now: datetime) -> dict[UUID, list[Span]]:
    found: dict[UUID, list[Span]] = {}
    for row in await TicketPause.filter(ticket_id__in=[one.id for one in tickets]).order_by("id"):
        span = (row.began_at, row.ended_at or max(now, row.began_at))
        found.setdefault(UUID(str(row.ticket_id)), []).append(span)
    return found


def _step(core: Core, row: TicketStep) -> dict[str, Any]:
    return {
        "act": row.act,
        "by": row.by,
        "from": row.from_owner,
        "to": row.to_owner,
        "note": opened(core, row, "note"),
        "at": format_time(row.at),
    }


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no ticket {text!r}") from error
