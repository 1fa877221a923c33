"""The page 在线咨询: conversations on the left, what is said in the middle, answers and hand-over on the right."""

from typing import Any, Final

from aiohttp import web

from cloud.identity import service as identity
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.service import talks, threads
from cloud.service.access import DESK
from cloud.service.drafts import CallDraft, CounterDraft, MessageAsked
from cloud.service.matters import kinds, matters, search_answers
from cloud.service.pages import AREA, MAX_SEARCH, colleague_names, form_of
from cloud.service.talks import THREAD_VIEWS, ThreadView
from cloud.service.words import time_fields
from cloud.web.shell import STRINGS, page, see_other, wants_fragment

PAGE_THREADS: Final = 40


async def threads_page(request: web.Request) -> web.Response:
    """GET /service/threads?view=: nobody is chosen yet."""
    return await _page(request)


async def thread_page(request: web.Request) -> web.Response:
    """GET /service/threads/{id}?view=."""
    return await _page(request, request.match_info["id"])


async def answer(request: web.Request) -> web.Response:
    """POST /service/threads/{id}/messages: htmx gets what was said and an empty field; a plain form the page."""
    thread_id, form = request.match_info["id"], await form_of(request)
    try:
        asked = parse(MessageAsked, {"text": form.get("text", ""), "policy": form.get("policy", "")})
        await threads.answer(request.app[CORE], thread_id, asked, request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _page(request, thread_id, _words(error), 409 if isinstance(error, ConflictError) else 422)
    if not wants_fragment(request):
        return see_other(f"/service/threads/{thread_id}")
    document = await talks.get_thread(request.app[CORE], thread_id, request[PRINCIPAL])
    return page(
        request, "service/_said_done.html", AREA, thread=time_fields(document), side="staff", base="/service/threads"
    )


async def hand(request: web.Request) -> web.Response:
    """POST /service/threads/{id}/owner."""
    thread_id, form = request.match_info["id"], await form_of(request)
    try:
        await threads.hand(request.app[CORE], thread_id, form.get("to", ""), request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _page(request, thread_id, _words(error), 422)
    return see_other(f"/service/threads/{thread_id}")


async def convert(request: web.Request) -> web.Response:
    """POST /service/threads/{id}/ticket: the conversation ends as a ticket."""
    thread_id, form = request.match_info["id"], await form_of(request)
    kind, _, topic = form.get("kind", "").partition("|")
    values = {"kind": kind, "topic": topic} | {
        name: form[name] for name in ("text", "subject", "matter") if form.get(name)
    }
    try:
        filed = await threads.convert(request.app[CORE], thread_id, parse(CounterDraft, values), request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _page(request, thread_id, _words(error), 422)
    return see_other(f"/service/tickets/{filed.ticket.id}?note=filed")


async def close(request: web.Request) -> web.Response:
    """POST /service/threads/{id}/close."""
    thread_id = request.match_info["id"]
    try:
        await threads.close(request.app[CORE], thread_id, request[PRINCIPAL])
    except ConflictError as error:
        return await _page(request, thread_id, _words(error), 409)
    return see_other(f"/service/threads/{thread_id}")


async def answers_part(request: web.Request) -> web.Response:
    """GET /service/answers?q=: canned answers that fit."""
    text = request.query.get("q", "").strip()[:MAX_SEARCH]
    return page(request, "service/_answers.html", AREA, answers=search_answers(text))


async def calls_page(request: web.Request) -> web.Response:
    """GET /service/calls: calls of the hotline, and the form that enters one."""
    return await _calls(request, {}, {})


async def take_call(request: web.Request) -> web.Response:
    """POST /service/calls: answered at once, or made a ticket."""
    form = await form_of(request)
    kind, _, _ = form.get("kind", "").partition("|")
    names = ("phone", "matter", "question", "answer")
    values = {"kind": kind} | {name: form[name] for name in names if form.get(name)}
    try:
        _, filed = await talks.take_call(request.app[CORE], parse(CallDraft, values), request[PRINCIPAL])
    except InvalidInputError as error:
        return await _calls(request, form, error.fields, 422)
    return see_other(f"/service/tickets/{filed.ticket.id}?note=filed" if filed else "/service/calls?note=call")


async def _page(request: web.Request, thread_id: str = "", message: str = "", status: int = 200) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    asked = request.query.get("view", "")
    view: ThreadView = next((one for one in THREAD_VIEWS if one == asked), "open")
    rows, _ = await talks.list_threads(core, principal, view, None, PAGE_THREADS)
    thread = time_fields(await talks.get_thread(core, thread_id, principal)) if thread_id else None
    day = market_day(core.now())
    staff = [one for one in await identity.colleagues() if one.active and one.role in DESK]
    return page(
        request, "service/threads.html", AREA, status,
        rows=[time_fields(row) for row in rows], view=view, thread=thread, asked=_asked(thread),
        kinds=kinds(day), matters=matters(day), colleagues=colleague_names(staff), answers=search_answers(""),
        waiting=await talks.count_waiting(core, principal), message=message, message_bad=bool(message), sub="threads",
        may_write=principal.may("thread.write"), side="staff", base="/service/threads",
    )  # fmt: skip


async def _calls(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    core = request.app[CORE]
    rows, following = await talks.list_threads(
        core, request[PRINCIPAL], "calls", request.query.get("after") or None, PAGE_THREADS
    )
    day = market_day(core.now())
    note = request.app[STRINGS]("service.done.call") if request.query.get("note") == "call" else ""
    return page(
        request, "service/calls.html", AREA, status,
        rows=[time_fields(row) for row in rows], next=following, values=values, errors=errors, kinds=kinds(day),
        matters=matters(day), message=note, message_bad=False, sub="threads",
    )  # fmt: skip


def _asked(thread: dict[str, Any] | None) -> str:
    """Return everything that the visitor said, as the beginning of a ticket's text."""
    said = [one["text"] for one in thread["messages"] if one["side"] == "visitor"] if thread else []
    return "\n".join(said)[:2_000]


def _words(error: InvalidInputError | ConflictError) -> str:
    fields = error.fields if isinstance(error, InvalidInputError) else {}
    return next(iter(fields.values()), str(error))
