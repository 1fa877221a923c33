"""The area 工单 · 投诉 of the console: the inbox with its clocks, one ticket, what is entered at the counter, slips."""

from typing import Any, Final

from aiohttp import web

from cloud.identity import service as identity
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.service import findings, lists, slips, tickets
from cloud.service.access import owners_for
from cloud.service.api import contact_of, visible_ticket
from cloud.service.drafts import ActAsked, CounterDraft, JudgeAsked
from cloud.service.filing import file_ticket, filing_of
from cloud.service.lists import VIEWS, View
from cloud.service.matters import kinds, matters
from cloud.service.states import Act, may
from cloud.service.words import clock_words, time_fields
from cloud.web.shell import STRINGS, page, see_other

AREA: Final = "service"
PAGE_TICKETS: Final = 40
MAX_SEARCH: Final = 60
#: Acts that have a form of their own on the page.
_FORMS: Final[tuple[Act, ...]] = ("claim", "finish", "hand", "pause", "resume", "note", "close", "withdraw", "opinion",
                                  "name")  # fmt: skip


async def inbox_page(request: web.Request) -> web.Response:
    """GET /service?view=&kind=&q=&after=: what is owed, the most urgent first."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    asked = request.query.get("view", "")
    view: View = next((one for one in VIEWS if one == asked), "mine" if principal.may("ticket.write") else "team")
    text = request.query.get("q", "").strip()[:MAX_SEARCH]
    kind = request.query.get("kind", "")
    found = await lists.list_tickets(
        core, principal, view=view, kind=kind, text=text, cursor=request.query.get("after") or None, limit=PAGE_TICKETS
    )
    return page(
        request, "service/inbox.html", AREA,
        rows=[_row(request, item) for item in found.items],
        counts=await lists.count_views(core, principal),
        view=view, text=text, kind=kind, next=found.next, kinds=kinds(market_day(core.now())), sub="tickets",
    )  # fmt: skip


async def ticket_page(request: web.Request) -> web.Response:
    """GET /service/tickets/{id}."""
    note = f"service.done.{request.query.get('note', '')}"
    words = request.app[STRINGS](note) if note in request.app[STRINGS] else ""
    return await _ticket(request, words)


async def new_page(request: web.Request) -> web.Response:
    """GET /service/new."""
    return _form(request, {}, {})


async def save(request: web.Request) -> web.Response:
    """POST /service/tickets: enter a ticket at the counter."""
    form = await form_of(request)
    try:
        draft = parse(CounterDraft, _filled(form))
        filed = await file_ticket(request.app[CORE], draft, filing_of(request[PRINCIPAL], draft))
    except InvalidInputError as error:
        return _form(request, form, error.fields, 422)
    ticket = filed.ticket
    if ticket.restricted and not request[PRINCIPAL].may("complaint.read"):
        return page(request, "service/filed.html", AREA, number=ticket.number, receipt=filed.receipt, sub="tickets")
    return see_other(f"/service/tickets/{ticket.id}?note=filed")


async def act(request: web.Request) -> web.Response:
    """POST /service/tickets/{id}/acts: one step; the page says what is missing."""
    form, ticket_id = await form_of(request), request.match_info["id"]
    valid = {"yes": True, "no": False}.get(form.get("valid", ""))
    values = {name: form.get(name, "") for name in ("act", "note", "to", "reason")}
    try:
        asked = parse(ActAsked, {**values, "valid": valid})
        ticket = await tickets.act(request.app[CORE], ticket_id, asked, request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _ticket(request, _first_words(error), bad=True, status=_status(error))
    if ticket.about_staff == request[PRINCIPAL].label:
        return see_other("/service")
    return see_other(f"/service/tickets/{ticket_id}?note={values['act']}")


async def judge(request: web.Request) -> web.Response:
    """POST /service/tickets/{id}/judgement: the purchaser decides."""
    form, ticket_id = await form_of(request), request.match_info["id"]
    finding = form.get("finding", "")
    counted = None if finding == "none" else finding
    values = {"valid": counted is not None, "finding": counted, "note": form.get("note", "")}
    try:
        await findings.judge(request.app[CORE], ticket_id, parse(JudgeAsked, values), request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _ticket(request, _first_words(error), bad=True, status=_status(error))
    return see_other(f"/service/tickets/{ticket_id}?note=judge")


async def reveal_form(request: web.Request) -> web.Response:
    """POST /service/tickets/{id}/reveal: the part of the page that shows name and phone."""
    context: dict[str, Any] = {"id": request.match_info["id"], "contact": None, "error": ""}
    try:
        context["contact"] = await contact_of(request, (await form_of(request)).get("reason", ""))
    except InvalidInputError as error:
        context["error"] = str(error)
    return page(request, "service/_contact.html", **context)


async def ticket_slip(request: web.Request) -> web.Response:
    """POST /service/tickets/{id}/slip: number, look-up number, deadline and what to bring, on paper."""
    core = request.app[CORE]
    ticket = await visible_ticket(core, request.match_info["id"], request)
    size = slips.size_of((await form_of(request)).get("size", ""))
    return _pdf(await slips.ticket_slip(core, ticket, size, _origin(request), request[PRINCIPAL].label))


async def matters_page(request: web.Request) -> web.Response:
    """GET /service/matters: one-time notices, to be printed or shown."""
    rows = matters(market_day(request.app[CORE].now()))
    return page(
        request,
        "service/matters.html",
        AREA,
        matters=rows,
        sub="matters",
        given=await slips.count_given(request.app[CORE]),
    )


async def matter_slip(request: web.Request) -> web.Response:
    """POST /service/matters/{id}/slip: a one-time notice on paper."""
    core = request.app[CORE]
    found = matters(market_day(core.now())).get(request.match_info["id"])
    if found is None:
        raise NotFoundError("there is no such matter")
    size = slips.size_of((await form_of(request)).get("size", ""))
    return _pdf(await slips.matter_slip(core, found, size, _origin(request), request[PRINCIPAL].label))


async def form_of(request: web.Request) -> dict[str, str]:
    """Return the texts of a form."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def colleague_names(rows: list[identity.Colleague]) -> list[tuple[str, str]]:
    """Return (label, name) of colleagues for a list to choose from."""
    return [(one.label, one.name) for one in rows]


def _row(request: web.Request, line: dict[str, Any]) -> dict[str, Any]:
    me = request[PRINCIPAL].label
    return {**time_fields(line), "words": clock_words(line["clock"], request.app[STRINGS]), "mine": line["owner"] == me}


async def _ticket(request: web.Request, message: str = "", *, bad: bool = False, status: int = 200) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    document = await lists.get_ticket(core, request.match_info["id"], principal)
    ticket = await visible_ticket(core, request.match_info["id"], request)
    writes = principal.may("ticket.write")
    acts = [one for one in _FORMS if writes and may(ticket.state, one) and _fits(one, document)]
    return page(
        request, "service/ticket.html", AREA, status,
        ticket=_row(request, document), acts=acts, message=message, message_bad=bad,
        owners=colleague_names(await owners_for(ticket)) if "hand" in acts else [],
        may_judge=ticket.kind == findings.COMPLAINT and principal.role == findings.JUDGE,
        reasons=tickets.PAUSE_REASONS, sub="tickets",
    )  # fmt: skip


def _fits(act: Act, document: dict[str, Any]) -> bool:
    """Return whether an act makes sense for a ticket beside its state."""
    complaint = document["kind"] == findings.COMPLAINT
    fits: dict[str, bool] = {
        "claim": document["owner"] is None,
        "withdraw": not complaint,
        "opinion": complaint,
        "name": bool(document["restricted"]),
    }
    return fits.get(act, True)


def _form(request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> web.Response:
    day = market_day(request.app[CORE].now())
    context = {"kinds": kinds(day), "matters": matters(day), "values": values, "errors": errors, "sub": "tickets"}
    return page(request, "service/new.html", AREA, status, **context)


def _filled(form: dict[str, str]) -> dict[str, str]:
    """Return a draft's members; an empty field of the form is none."""
    kind, _, topic = form.get("kind", "").partition("|")
    names = ("text", "matter", "about", "about_words", "name", "phone", "subject", "station", "channel")
    return {"kind": kind, "topic": topic} | {name: form[name] for name in names if form.get(name)}


def _first_words(error: InvalidInputError | ConflictError) -> str:
    fields = error.fields if isinstance(error, InvalidInputError) else {}
    return next(iter(fields.values()), str(error))


def _status(error: Exception) -> int:
    return 409 if isinstance(error, ConflictError) else 422


def _origin(request: web.Request) -> str:
    return str(request.url.origin())


def _pdf(data: bytes) -> web.Response:
    headers = {"Content-Disposition": 'inline; filename="slip.pdf"', "Cache-Control": "no-store"}
    return web.Response(body=data, content_type="application/pdf", headers=headers)
