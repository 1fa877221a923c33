"""REST of the desk for the staff: tickets, conversations and calls."""

from typing import Any
from uuid import UUID

from aiohttp import web

from cloud.identity.reveal import reveal
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.times import market_day
from cloud.platform.versions import answer_version, check_version, names_version
from cloud.service import findings, lists, shapes, talks, threads, tickets
from cloud.service.access import may_see
from cloud.service.drafts import ActAsked, CallDraft, CounterDraft, JudgeAsked, MessageAsked
from cloud.service.filing import Filed, file_ticket, filing_of
from cloud.service.matters import Kind, Matter, kinds, matters, search_answers
from cloud.service.models import Ticket, TicketStep
from protocols.venue.timestamps import format_time


async def list_tickets(request: web.Request) -> web.Response:
    """GET /api/v1/tickets: a view of the inbox."""
    query = query_of(request, shapes.TicketsQuery)
    found = await lists.list_tickets(
        request.app[CORE], request[PRINCIPAL], view=query.view, kind=query.kind, text=query.text, cursor=query.cursor,
        limit=query.limit,
    )  # fmt: skip
    items = [shapes.TicketLine.model_validate(item) for item in found.items]
    return answer(Page[shapes.TicketLine](items=items, next=found.next))


async def create_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/tickets: enter a ticket at the counter; who enters it was asked first."""
    draft = body_of(request, CounterDraft)
    filed = await file_ticket(request.app[CORE], draft, filing_of(request[PRINCIPAL], draft))
    return answer(filed_document(filed), 201, {"Location": f"/api/v1/tickets/{filed.ticket.id}"})


async def get_ticket(request: web.Request) -> web.Response:
    """GET /api/v1/tickets/{id}: one ticket with its history; the look is recorded."""
    return await _shown(request, request.match_info["id"])


async def act_on_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/tickets/{id}/acts: hand over, pause, answer and so on; each act is a line of the history."""
    ticket_id = request.match_info["id"]
    await _check(request, ticket_id)
    await tickets.act(request.app[CORE], ticket_id, body_of(request, ActAsked), request[PRINCIPAL])
    return await _shown(request, ticket_id)


async def judge_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/tickets/{id}/judgement: the purchaser says whether a complaint is valid."""
    ticket_id = request.match_info["id"]
    await _check(request, ticket_id)
    await findings.judge(request.app[CORE], ticket_id, body_of(request, JudgeAsked), request[PRINCIPAL])
    return await _shown(request, ticket_id)


async def reveal_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/tickets/{id}/reveal: name and phone in the open, with a reason that is kept."""
    reason = body_of(request, shapes.WhyAsked).reason
    return answer(await contact_of(request, reason))


async def list_findings(request: web.Request) -> web.Response:
    """GET /api/v1/conduct-findings: valid complaints of a period (pool A3.2-4 of the assessment)."""
    query = query_of(request, shapes.PeriodQuery)
    found = await findings.conduct_findings(query.from_, query.to)
    return answer(shapes.FindingsShown(count=found.count, valid=list(found.valid), undecided=list(found.undecided)))


async def list_kinds(request: web.Request) -> web.Response:
    """GET /api/v1/ticket-kinds: kinds of tickets with their terms."""
    rows = kinds(market_day(request.app[CORE].now())).values()
    return answer(Page[shapes.KindShown](items=[_kind(row) for row in rows], next=None))


async def list_matters(request: web.Request) -> web.Response:
    """GET /api/v1/matters: one-time notices, everything about each matter at once."""
    rows = matters(market_day(request.app[CORE].now())).values()
    return answer(Page[shapes.MatterShown](items=[_matter(row) for row in rows], next=None))


async def list_answers(request: web.Request) -> web.Response:
    """GET /api/v1/answers: canned answers for what somebody asked."""
    found = search_answers(query_of(request, shapes.AnswersQuery).text)
    items = [shapes.AnswerShown(id=one.id, title=one.title, text=one.text, policy=one.policy) for one in found]
    return answer(Page[shapes.AnswerShown](items=items, next=None))


async def list_threads(request: web.Request) -> web.Response:
    """GET /api/v1/threads: a view of the conversations."""
    query = query_of(request, shapes.ThreadsQuery)
    rows, following = await talks.list_threads(
        request.app[CORE], request[PRINCIPAL], query.view, query.cursor, query.limit
    )
    items = [shapes.ThreadLine.model_validate(row) for row in rows]
    return answer(Page[shapes.ThreadLine](items=items, next=following))


async def get_thread(request: web.Request) -> web.Response:
    """GET /api/v1/threads/{id}: one conversation; the look is recorded."""
    return await _thread(request)


async def answer_thread(request: web.Request) -> web.Response:
    """POST /api/v1/threads/{id}/messages: answer; who answers first owns the conversation."""
    asked = body_of(request, MessageAsked)
    await threads.answer(request.app[CORE], request.match_info["id"], asked, request[PRINCIPAL])
    return await _thread(request, 201)


async def hand_thread(request: web.Request) -> web.Response:
    """POST /api/v1/threads/{id}/owner: give a conversation to somebody else of the staff."""
    asked = body_of(request, shapes.HandAsked)
    await threads.hand(request.app[CORE], request.match_info["id"], asked.to, request[PRINCIPAL])
    return await _thread(request)


async def convert_thread(request: web.Request) -> web.Response:
    """POST /api/v1/threads/{id}/ticket: make a ticket of a conversation, which ends."""
    draft = body_of(request, CounterDraft)
    filed = await threads.convert(request.app[CORE], request.match_info["id"], draft, request[PRINCIPAL])
    return answer(filed_document(filed), 201, {"Location": f"/api/v1/tickets/{filed.ticket.id}"})


async def close_thread(request: web.Request) -> web.Response:
    """POST /api/v1/threads/{id}/close: end a conversation."""
    await threads.close(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    return await _thread(request)


async def take_call(request: web.Request) -> web.Response:
    """POST /api/v1/calls: enter a call of the hotline; without an answer it becomes a ticket."""
    thread, filed = await talks.take_call(request.app[CORE], body_of(request, CallDraft), request[PRINCIPAL])
    return answer(
        shapes.CallTaken(
            thread=str(thread.id),
            ticket=str(filed.ticket.id) if filed else None,
            number=filed.ticket.number if filed else None,
            receipt=filed.receipt if filed else None,
        ),
        201,
        {"Location": f"/api/v1/threads/{thread.id}"},
    )


def filed_document(filed: Filed) -> shapes.TicketFiled:
    """Return what who files a ticket is told."""
    ticket = filed.ticket
    due = format_time(ticket.due_at) if ticket.due_at else None
    return shapes.TicketFiled(id=str(ticket.id), number=ticket.number, receipt=filed.receipt, due_at=due)


async def contact_of(request: web.Request, reason: str) -> shapes.TicketContact:
    """Return name and phone of who filed a ticket, in the open; the act and its reason are kept."""
    core, principal, ticket_id = request.app[CORE], request[PRINCIPAL], request.match_info["id"]
    await visible_ticket(core, ticket_id, request)
    name = await reveal(core, principal.label, "ticket.name", ticket_id, reason)
    phone = await reveal(core, principal.label, "ticket.phone", ticket_id, reason)
    return shapes.TicketContact(name=name or None, phone=phone or None)


async def visible_ticket(core: Core, ticket_id: str, request: web.Request) -> Ticket:
    """Return a ticket that the caller may see; NotFoundError else."""
    del core
    try:
        found = await Ticket.get_or_none(id=UUID(ticket_id))
    except ValueError:
        found = None
    if found is None or not may_see(found, request[PRINCIPAL]):
        raise NotFoundError(f"there is no ticket {ticket_id!r}")
    return found


async def _check(request: web.Request, ticket_id: str) -> None:
    """Hold the ticket, and go on only when it is the version that the caller names."""
    if names_version(request):
        ticket = await tickets.locked(ticket_id)
        check_version(request, _tag(await TicketStep.filter(ticket_id=ticket.id).count()))


async def _shown(request: web.Request, ticket_id: str) -> web.Response:
    document = await lists.get_ticket(request.app[CORE], ticket_id, request[PRINCIPAL])
    return answer_version(request, shapes.TicketShown.model_validate(document), _tag(len(document["steps"])))


def _tag(steps: int) -> str:
    """Return the version of a ticket: every act adds a line, and the clock's minutes are no change."""
    return f'"{steps}"'


async def _thread(request: web.Request, status: int = 200) -> web.Response:
    found: dict[str, Any] = await talks.get_thread(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    return answer(shapes.ThreadShown.model_validate(found), status)


def _kind(row: Kind) -> shapes.KindShown:
    return shapes.KindShown(id=row.id, name=row.name, days=row.days, minutes=row.minutes, topics=list(row.topics))


def _matter(row: Matter) -> shapes.MatterShown:
    return shapes.MatterShown.model_validate(row.model_dump(mode="json", exclude={"valid_from", "valid_to"}))
