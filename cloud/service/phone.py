"""The public's pages of the desk: complaints with and without a name, own tickets, the online service, surveys, rights.

The same pages serve jobseekers (`/my`) and firms' users (`/employer`): whose things they are follows from the session.
"""

from typing import Any, Final

from aiohttp import web

from cloud.identity.visitors import Visitor
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from cloud.service import own, surveys, talks, threads
from cloud.service.api_public import open_survey, respondent_in
from cloud.service.clocks import hours_of, opens_at
from cloud.service.drafts import ActAsked, MessageAsked, QuestionAsked, RatingAsked, TicketDraft
from cloud.service.matters import kinds, matters
from cloud.service.rights import rights_items
from cloud.service.words import clock_words, term_words, time_fields
from cloud.web import sse
from cloud.web.phone import fields_of, go, phone_page
from cloud.web.shell import STRINGS

_REFUSED: Final = (InvalidInputError, ConflictError, ProblemError)
_HOMES: Final = {"seeker": "/my", "employer": "/employer"}


async def rights_page(request: web.Request) -> web.Response:
    """GET /rights: rules, hotline, ways to complain, kinds of help."""
    core, t = request.app[CORE], request.app[STRINGS]
    day = market_day(core.now())
    rows = kinds(day).values()
    terms = [(row.name, term_words(row.minutes, t) if row.minutes else t("service.clock.days", count=row.days))
             for row in rows]  # fmt: skip
    return phone_page(
        request, "service/rights.html", home="/rights", terms=terms, matters=matters(day),
        topics=kinds(day)["rights"].topics,
        missing=[one.id for one in rights_items(core) if not one.public],
    )  # fmt: skip


async def notice_page(request: web.Request) -> web.Response:
    """GET /notice/{matter}: a one-time notice on the phone."""
    matter = matters(market_day(request.app[CORE].now())).get(request.match_info["matter"])
    if matter is None:
        raise NotFoundError("there is no such matter")
    return phone_page(request, "service/notice.html", home="/rights", matter=matter)


async def complain_page(request: web.Request) -> web.Response:
    """GET /complain?kind=: without a name; who wants an answer on his phone logs in."""
    return _complain(request, {"kind": request.query.get("kind", "complaint")}, {})


async def complain(request: web.Request) -> web.Response:
    """POST /complain: the look-up number is shown once."""
    form = await fields_of(request)
    try:
        filed = await own.file_anonymous(request.app[CORE], parse(TicketDraft, _filled(form)))
    except InvalidInputError as error:
        return _complain(request, form, error.fields, 422)
    ticket = await own.shown_to_filer(request.app[CORE], filed.ticket)
    return phone_page(
        request, "service/complained.html", home="/rights", ticket=_ticket(request, ticket), receipt=filed.receipt
    )


async def find_page(request: web.Request) -> web.Response:
    """GET /complain/find: ask for the look-up number."""
    return phone_page(request, "service/find.html", home="/rights", ticket=None, receipt="", error="")


async def find(request: web.Request) -> web.Response:
    """POST /complain/find: show the ticket; with `rating` or `act` something is done with it first."""
    core, form = request.app[CORE], await fields_of(request)
    receipt, error, status = form.get("receipt", "")[:40], "", 200
    try:
        if form.get("rating"):
            await own.rate_by_receipt(core, receipt, _rating(form))
        elif form.get("act"):
            await own.step_by_receipt(core, receipt, _step(form))
    except _REFUSED as refused:
        error, status = _words(refused), 409
    except NotFoundError:
        error = ""
    try:
        ticket: dict[str, Any] | None = _ticket(request, await own.look_up(core, receipt))
    except NotFoundError as refused:
        ticket, error, status = None, str(refused), 404
    return phone_page(
        request, "service/find.html", home="/rights", status=status, ticket=ticket, receipt=receipt, error=error
    )


async def tickets_page(request: web.Request) -> web.Response:
    """GET /my/tickets and /employer/tickets."""
    rows = await own.list_own(request.app[CORE], request[VISITOR])
    return _page(request, "service/tickets.html", rows=[_ticket(request, row) for row in rows])


async def new_ticket_page(request: web.Request) -> web.Response:
    """GET /my/tickets/new?kind= and /employer/tickets/new."""
    return _new(request, {"kind": request.query.get("kind", "")}, {})


async def file_ticket(request: web.Request) -> web.Response:
    """POST /my/tickets and /employer/tickets."""
    form, visitor = await fields_of(request), request[VISITOR]
    try:
        filed = await own.file_own(request.app[CORE], parse(TicketDraft, _filled(form)), visitor)
    except InvalidInputError as error:
        return _new(request, form, error.fields, 422)
    except ConflictError as error:
        return _new(request, form, {}, 409, str(error))
    return go(f"{_home(visitor)}/tickets/{filed.ticket.id}?note=filed")


async def ticket_page(request: web.Request) -> web.Response:
    """GET /my/tickets/{id} and /employer/tickets/{id}."""
    note = f"service.note.{request.query.get('note', '')}"
    words = request.app[STRINGS](note) if note in request.app[STRINGS] else ""
    return await _own_ticket(request, note=words)


async def rate_ticket(request: web.Request) -> web.Response:
    """POST /my/tickets/{id}/rating and /employer/tickets/{id}/rating."""
    form, ticket_id = await fields_of(request), request.match_info["id"]
    try:
        await own.rate_own(request.app[CORE], ticket_id, _rating(form), request[VISITOR])
    except _REFUSED as error:
        return await _own_ticket(request, error=_words(error), status=409)
    return go(f"{_home(request[VISITOR])}/tickets/{ticket_id}?note=rated")


async def step_ticket(request: web.Request) -> web.Response:
    """POST /my/tickets/{id}/steps and /employer/tickets/{id}/steps: withdraw, or ask again."""
    form, ticket_id = await fields_of(request), request.match_info["id"]
    try:
        await own.step_own(request.app[CORE], ticket_id, _step(form), request[VISITOR])
    except _REFUSED as error:
        return await _own_ticket(request, error=_words(error), status=409)
    return go(f"{_home(request[VISITOR])}/tickets/{ticket_id}")


async def help_page(request: web.Request) -> web.Response:
    """GET /my/help and /employer/help: ask, or go on with what was asked."""
    return await _help(request)


async def ask(request: web.Request) -> web.Response:
    """POST /my/help and /employer/help: begin a conversation."""
    form, visitor = await fields_of(request), request[VISITOR]
    try:
        asked = parse(QuestionAsked, {"text": form.get("text", ""), "kind": form.get("kind", "consultation")})
        thread = await threads.open_thread(request.app[CORE], asked, visitor)
    except _REFUSED as error:
        return await _help(request, _words(error), form.get("text", ""), 422)
    return go(f"{_home(visitor)}/help/{thread.id}")


async def thread_page(request: web.Request) -> web.Response:
    """GET /my/help/{id} and /employer/help/{id}: the conversation."""
    return await _thread(request)


async def say(request: web.Request) -> web.Response:
    """POST /my/help/{id}/messages and /employer/help/{id}/messages."""
    form, thread_id = await fields_of(request), request.match_info["id"]
    try:
        asked = parse(MessageAsked, {"text": form.get("text", "")})
        await threads.ask(request.app[CORE], thread_id, asked, request[VISITOR])
    except _REFUSED as error:
        return await _thread(request, error=_words(error), status=409)
    return go(f"{_home(request[VISITOR])}/help/{thread_id}")


async def close_thread(request: web.Request) -> web.Response:
    """POST /my/help/{id}/close and /employer/help/{id}/close."""
    thread_id = request.match_info["id"]
    try:
        await threads.close_own(request.app[CORE], thread_id, request[VISITOR])
    except ConflictError as error:
        return await _thread(request, error=str(error), status=409)
    return go(f"{_home(request[VISITOR])}/help/{thread_id}")


async def rate_thread(request: web.Request) -> web.Response:
    """POST /my/help/{id}/rating and /employer/help/{id}/rating."""
    form, thread_id = await fields_of(request), request.match_info["id"]
    try:
        await threads.rate(request.app[CORE], thread_id, _rating(form), request[VISITOR])
    except _REFUSED as error:
        return await _thread(request, error=_words(error), status=409)
    return go(f"{_home(request[VISITOR])}/help/{thread_id}")


async def live(request: web.Request) -> web.StreamResponse:
    """GET /my/help/{id}/live and /employer/help/{id}/live: says when something was said in one's conversation."""
    thread_id = request.match_info["id"]
    await talks.get_own(request.app[CORE], thread_id, request[VISITOR])
    return await sse.visitor_live(request, threads.TOPIC, lambda data: data.get("id") == thread_id)


async def surveys_page(request: web.Request) -> web.Response:
    """GET /my/surveys and /employer/surveys: one question a screen."""
    rows = [open_survey(row) for row in await surveys.open_for(respondent_in(request[VISITOR]))]
    note = request.app[STRINGS]("service.note.answered") if request.query.get("note") == "answered" else ""
    return _page(request, "service/my_surveys.html", surveys=rows, note=note)


async def answer_survey(request: web.Request) -> web.Response:
    """POST /my/surveys/{id} and /employer/surveys/{id}."""
    visitor, form = request[VISITOR], await fields_of(request)
    try:
        origin = surveys.Origin(own.channel_of(visitor), visitor.label)
        who = respondent_in(visitor)
        await surveys.answer_own(request.app[CORE], request.match_info["id"], who, _rating(form), origin)
    except _REFUSED as error:
        rows = [open_survey(row) for row in await surveys.open_for(respondent_in(visitor))]
        return _page(request, "service/my_surveys.html", 409, surveys=rows, error=_words(error))
    return go(f"{_home(visitor)}/surveys?note=answered")


def _home(visitor: Visitor) -> str:
    return _HOMES[visitor.kind]


def _page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    home = _home(request[VISITOR])
    return phone_page(request, template, home=home, status=status, base=home, **context)


def _ticket(request: web.Request, document: dict[str, Any]) -> dict[str, Any]:
    return {**time_fields(document), "words": clock_words(document["clock"], request.app[STRINGS])}


def _complain(request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> web.Response:
    offered = {name: row for name, row in kinds(market_day(request.app[CORE].now())).items() if row.form}
    context = {"kinds": offered, "values": values, "errors": errors, "action": "/complain", "anonymous": True}
    return phone_page(request, "service/complain.html", home="/rights", status=status, **context)


def _new(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200, error: str = ""
) -> web.Response:
    offered = {name: row for name, row in kinds(market_day(request.app[CORE].now())).items() if row.form}
    action = f"{_home(request[VISITOR])}/tickets"
    return _page(
        request, "service/complain.html", status, kinds=offered, values=values, errors=errors, action=action,
        anonymous=False, error=error,
    )  # fmt: skip


async def _own_ticket(request: web.Request, *, note: str = "", error: str = "", status: int = 200) -> web.Response:
    ticket = await own.get_own(request.app[CORE], request.match_info["id"], request[VISITOR])
    return _page(request, "service/my_ticket.html", status, ticket=_ticket(request, ticket), note=note, error=error)


async def _help(request: web.Request, error: str = "", typed: str = "", status: int = 200) -> web.Response:
    core, visitor = request.app[CORE], request[VISITOR]
    rows = [time_fields(row) for row in await talks.list_own(core, visitor)]
    opens = opens_at(core.now(), hours_of(visitor.station))
    return _page(request, "service/help.html", status, rows=rows, opens=opens, error=error, typed=typed[:1_000])


async def _thread(request: web.Request, *, error: str = "", status: int = 200) -> web.Response:
    core = request.app[CORE]
    document = time_fields(await talks.get_own(core, request.match_info["id"], request[VISITOR]))
    base = f"{_home(request[VISITOR])}/help"
    return phone_page(
        request, "service/my_thread.html", home=_home(request[VISITOR]), status=status, thread=document, base=base,
        side="visitor", error=error, since=core.hub.newest,
    )  # fmt: skip


def _filled(form: dict[str, str]) -> dict[str, str]:
    kind, _, topic = form.get("kind", "").partition("|")
    names = ("text", "matter", "about", "about_words", "name", "phone")
    return {"kind": kind, "topic": topic} | {name: form[name] for name in names if form.get(name)}


def _rating(form: dict[str, str]) -> RatingAsked:
    return parse(RatingAsked, {"rating": form.get("rating", ""), "comment": form.get("comment", "")})


def _step(form: dict[str, str]) -> ActAsked:
    return parse(ActAsked, {"act": form.get("act", ""), "note": form.get("note", "")})


def _words(error: Exception) -> str:
    if isinstance(error, ProblemError):
        return error.detail
    fields = error.fields if isinstance(error, InvalidInputError) else {}
    return next(iter(fields.values()), str(error))
