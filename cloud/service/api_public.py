"""REST of the desk for the public: own tickets, conversations and surveys; complaints of who stays anonymous.

The same handlers serve jobseekers (phone and kiosk) and firms' users: what is somebody's own follows from his session.
"""

from aiohttp import web

from cloud.identity.visitors import Visitor
from cloud.platform.http import answer
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.shapes import Page, Shape, body_of
from cloud.service import own, shapes, surveys, talks, threads
from cloud.service.api import filed_document
from cloud.service.drafts import ActAsked, MessageAsked, QuestionAsked, RatingAsked, ReceiptAsked, TicketDraft
from cloud.service.filing import Filing, file_ticket
from cloud.service.sampling import Respondent
from cloud.service.surveymodels import SurveyCampaign


class RatedByReceipt(RatingAsked, ReceiptAsked):
    """A rating by look-up number."""


class StepByReceipt(ActAsked, ReceiptAsked):
    """Withdraw a ticket, or ask again, by look-up number."""


class Kept(Shape):
    """What was sent is kept."""

    kept: bool


async def complain(request: web.Request) -> web.Response:
    """POST /api/v1/complaints: a ticket of somebody who does not say who he is; the look-up number is told once."""
    return answer(filed_document(await own.file_anonymous(request.app[CORE], body_of(request, TicketDraft))), 201)


async def look_up(request: web.Request) -> web.Response:
    """POST /api/v1/complaints/lookup: a ticket by its look-up number."""
    return _own(await own.look_up(request.app[CORE], body_of(request, ReceiptAsked).receipt))


async def rate_by_receipt(request: web.Request) -> web.Response:
    """POST /api/v1/complaints/rating: how satisfied somebody is, by look-up number."""
    asked = body_of(request, RatedByReceipt)
    return _own(await own.rate_by_receipt(request.app[CORE], asked.receipt, asked))


async def step_by_receipt(request: web.Request) -> web.Response:
    """POST /api/v1/complaints/steps: withdraw, or ask again, by look-up number."""
    asked = body_of(request, StepByReceipt)
    return _own(await own.step_by_receipt(request.app[CORE], asked.receipt, asked))


async def kiosk_complain(request: web.Request) -> web.Response:
    """POST /api/v1/kiosk/tickets: a ticket from a kiosk of somebody who did not log in."""
    kiosk = request[VISITOR]
    filing = Filing("kiosk", kiosk.label, kiosk.station)
    return answer(filed_document(await file_ticket(request.app[CORE], body_of(request, TicketDraft), filing)), 201)


async def list_tickets(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/tickets and /api/v1/employer/tickets: one's own tickets."""
    rows = await own.list_own(request.app[CORE], request[VISITOR])
    return answer(Page[shapes.OwnTicket](items=[shapes.OwnTicket.model_validate(row) for row in rows], next=None))


async def create_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/tickets and /api/v1/employer/tickets: file a ticket."""
    return answer(
        filed_document(await own.file_own(request.app[CORE], body_of(request, TicketDraft), request[VISITOR])), 201
    )


async def get_ticket(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/tickets/{id} and /api/v1/employer/tickets/{id}: one of one's own tickets."""
    return _own(await own.get_own(request.app[CORE], request.match_info["id"], request[VISITOR]))


async def rate_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/tickets/{id}/rating: how satisfied somebody is with a result; the ticket is closed."""
    asked = body_of(request, RatingAsked)
    return _own(await own.rate_own(request.app[CORE], request.match_info["id"], asked, request[VISITOR]))


async def step_ticket(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/tickets/{id}/steps: withdraw one's ticket, or ask again."""
    asked = body_of(request, ActAsked)
    return _own(await own.step_own(request.app[CORE], request.match_info["id"], asked, request[VISITOR]))


async def list_threads(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/threads and /api/v1/employer/threads: one's own conversations."""
    rows = await talks.list_own(request.app[CORE], request[VISITOR])
    items = [shapes.OwnThreadLine.model_validate(row) for row in rows]
    return answer(Page[shapes.OwnThreadLine](items=items, next=None))


async def create_thread(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/threads and /api/v1/employer/threads: ask the online service."""
    thread = await threads.open_thread(request.app[CORE], body_of(request, QuestionAsked), request[VISITOR])
    return await _thread(request, str(thread.id), 201)


async def get_thread(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/threads/{id}: one of one's own conversations."""
    return await _thread(request, request.match_info["id"])


async def say(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/threads/{id}/messages: say something more."""
    thread_id = request.match_info["id"]
    await threads.ask(request.app[CORE], thread_id, body_of(request, MessageAsked), request[VISITOR])
    return await _thread(request, thread_id, 201)


async def close_thread(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/threads/{id}/close: end one's conversation."""
    thread_id = request.match_info["id"]
    await threads.close_own(request.app[CORE], thread_id, request[VISITOR])
    return await _thread(request, thread_id)


async def rate_thread(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/threads/{id}/rating: how satisfied somebody is with a conversation."""
    thread_id = request.match_info["id"]
    await threads.rate(request.app[CORE], thread_id, body_of(request, RatingAsked), request[VISITOR])
    return await _thread(request, thread_id)


async def list_surveys(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/surveys and /api/v1/employer/surveys: surveys that one may still answer."""
    rows = await surveys.open_for(respondent_in(request[VISITOR]))
    return answer(Page[shapes.OpenSurvey](items=[open_survey(row) for row in rows], next=None))


async def answer_survey(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/surveys/{id}/answer: answer a survey, once."""
    visitor, asked = request[VISITOR], body_of(request, RatingAsked)
    origin = surveys.Origin(own.channel_of(visitor), visitor.label)
    who = respondent_in(visitor)
    await surveys.answer_own(request.app[CORE], request.match_info["id"], who, asked, origin)
    return answer(Kept(kept=True), 201)


def respondent_in(visitor: Visitor) -> Respondent:
    """Return who answers: a person, or the firm that somebody acts for."""
    if visitor.kind == "employer" and visitor.firm is not None:
        return Respondent("firm", visitor.firm)
    return Respondent("person", visitor.id)


def open_survey(row: SurveyCampaign) -> shapes.OpenSurvey:
    """Return a survey as who may answer it sees it."""
    return shapes.OpenSurvey(
        id=str(row.id), title=row.title, period_from=str(row.period_from), period_to=str(row.period_to)
    )


def _own(document: object) -> web.Response:
    return answer(shapes.OwnTicket.model_validate(document))


async def _thread(request: web.Request, thread_id: str, status: int = 200) -> web.Response:
    found = await talks.get_own(request.app[CORE], thread_id, request[VISITOR])
    return answer(shapes.OwnThread.model_validate(found), status)
