"""The pages of 企业: the list with its states, a firm's case with the pictures, the staff's acts."""

from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from cloud.employers import service
from cloud.employers.desk_api import firm_in
from cloud.employers.drafts import BanAsked, CaseDraft, DecisionAsked, NoteAsked
from cloud.employers.lookup import SIZES, industries, papers_on, refusals
from cloud.employers.states import STANDINGS
from cloud.jobs import service as jobs
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

PAGE_FIRMS: Final = 30
MAX_SEARCH_CHARS: Final = 60
FIRM_FIELDS: Final = ("uscc", "name", "contact_name", "contact_phone")
_PICTURE: Final = web.RequestKey("picture", bytes)


async def firms_page(request: web.Request) -> web.Response:
    """GET /firms?standing=&q=&after=."""
    return await _list(request, {}, {})


async def save_firm(request: web.Request) -> web.Response:
    """POST /firms: register a firm."""
    form = await fields_of(request)
    contact = {"name": form.get("contact_name", ""), "phone": form.get("contact_phone", "")}
    values = {"uscc": form.get("uscc", ""), "name": form.get("name", ""), "contact": contact}
    try:
        firm = await jobs.create_firm(request.app[CORE], parse(jobs.FirmDraft, values))
    except InvalidInputError as error:
        return await _list(request, form, {one.field.replace(".", "_"): one.text for one in error.errors}, 422)
    except ConflictError as error:
        return await _list(request, form, {"uscc": str(error)}, 409)
    return see_other(f"/firms/{firm['id']}")


async def case_page(request: web.Request) -> web.Response:
    """GET /firms/{id}: how a firm stands, its papers, its history."""
    note = f"firm.note.{request.query.get('note', '')}"
    t = request.app[STRINGS]
    return await _case(request, message=t(note) if note in t else "")


async def picture(request: web.Request) -> web.Response:
    """GET /firms/{id}/papers/{case}/{kind}: a paper as a picture; who looks is in the audit chain."""
    case, kind = request.match_info["case"], request.match_info["kind"]
    body = await service.read_paper(request.app[CORE], firm_in(request), case, kind, by=request[PRINCIPAL].label)
    return picture_response(body)


async def draw_picture(request: web.Request) -> None:
    """Draw the form's picture anew before the write's transaction."""
    request[_PICTURE] = await redrawn(request)


async def keep_picture(request: web.Request) -> web.Response:
    """POST /firms/{id}/papers/{kind}: a paper photographed at the counter."""
    firm, kind, by = firm_in(request), request.match_info["kind"], request[PRINCIPAL].label
    await jobs.find_firm(str(firm))
    return await _after(request, service.keep_paper(request.app[CORE], firm, kind, request[_PICTURE], by=by), "kept")


async def save_details(request: web.Request) -> web.Response:
    """POST /firms/{id}/details: what the firm says of itself, written down at the counter."""
    firm, form = firm_in(request), await fields_of(request)
    await jobs.find_firm(str(firm))
    values = {name: form.get(name, "") for name in CaseDraft.model_fields}
    try:
        draft = parse(CaseDraft, values)
        await service.save_details(request.app[CORE], firm, draft, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        return await _case(request, values, {one.field: one.text for one in error.errors}, status=422)
    except ConflictError as error:
        return await _case(request, message=str(error), bad=True, status=409)
    return see_other(f"/firms/{firm}?note=kept")


async def verify(request: web.Request) -> web.Response:
    """POST /firms/{id}/verify: with the originals that were seen, as `seen` of the form says."""
    seen = [str(value) for name, value in (await request.post()).items() if name == "seen"]
    return await _decide(request, {"verify": True, "seen": seen}, "verified")


async def refuse(request: web.Request) -> web.Response:
    """POST /firms/{id}/refuse: with `reason` of the table, `text` is what `other` means."""
    form = await request.post()
    codes = [str(value) for name, value in form.items() if name == "reason"]
    text = str(form.get("text", "")).strip()
    reasons = [{"code": code, "text": text if code == "other" else ""} for code in codes]
    return await _decide(request, {"verify": False, "reasons": reasons}, "refused")


async def revoke(request: web.Request) -> web.Response:
    """POST /firms/{id}/revoke."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    note = await _note(request)
    if note is None:
        return await _case(request, message=request.app[STRINGS]("firm.note_needed"), bad=True, status=422)
    return await _after(request, service.revoke(core, firm_in(request), by=by, note=note), "revoked")


async def ban(request: web.Request) -> web.Response:
    """POST /firms/{id}/ban."""
    form = await fields_of(request)
    try:
        asked = parse(BanAsked, {"reason": form.get("reason", ""), "to": form.get("to") or None})
    except InvalidInputError as error:
        words = "；".join(one.text for one in error.errors)
        return await _case(request, message=words, bad=True, status=422)
    core, by = request.app[CORE], request[PRINCIPAL].label
    return await _after(request, service.ban(core, firm_in(request), asked.reason, asked.to, by=by), "banned")


async def lift(request: web.Request) -> web.Response:
    """POST /firms/{id}/lift."""
    note = await _note(request)
    if note is None:
        return await _case(request, message=request.app[STRINGS]("firm.note_needed"), bad=True, status=422)
    core, by = request.app[CORE], request[PRINCIPAL].label
    return await _after(request, service.lift(core, firm_in(request), note, by=by), "lifted")


async def redrawn(request: web.Request) -> bytes:
    """Return the picture of a form drawn anew; what is wrong with it stands in the page, not on an error page."""
    sent = (await request.post()).get("picture")
    data = sent.file.read() if isinstance(sent, web.FileField) else b""
    try:
        return await service.redraw(request.app[CORE], request.match_info["kind"], data)
    except InvalidInputError as error:
        request[PICTURE_ERROR] = str(error)
        return b""


PICTURE_ERROR: Final = web.RequestKey("picture_error", str)


def picture_response(body: bytes) -> web.Response:
    """Return a picture that no cache keeps."""
    headers = {hdrs.CACHE_CONTROL: "no-store", hdrs.CONTENT_DISPOSITION: "inline"}
    return web.Response(body=body, content_type="image/jpeg", headers=headers)


async def _note(request: web.Request) -> str | None:
    try:
        return parse(NoteAsked, {"note": (await fields_of(request)).get("note", "")}).note
    except InvalidInputError:
        return None


async def _decide(request: web.Request, values: Mapping[str, Any], note: str) -> web.Response:
    firm, core, by = firm_in(request), request.app[CORE], request[PRINCIPAL].label
    await jobs.find_firm(str(firm))
    try:
        asked = parse(DecisionAsked, values)
    except InvalidInputError as error:
        return await _case(request, message="；".join(one.text for one in error.errors), bad=True, status=422)
    act = (
        service.verify(core, firm, by=by, seen=asked.seen)
        if asked.verify
        else service.refuse(core, firm, asked.reasons, by=by)
    )
    return await _after(request, act, note)


async def _after(request: web.Request, act: Awaitable[None], note: str) -> web.Response:
    """Do an act; show the case with what came of it."""
    if request.get(PICTURE_ERROR):
        return await _case(request, message=request[PICTURE_ERROR], bad=True, status=422)
    try:
        await act
    except (ConflictError, InvalidInputError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return await _case(request, message=str(error), bad=True, status=status)
    return see_other(f"/firms/{request.match_info['id']}?note={note}")


async def _list(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    text = request.query.get("q", "").strip()[:MAX_SEARCH_CHARS]
    standing = request.query.get("standing", "")
    standing = standing if standing in STANDINGS else ""
    after = request.query.get("after", "")[:64]
    rows, following = await jobs.list_firms(text=text, standing=standing, cursor=after or None, limit=PAGE_FIRMS)
    counts = await jobs.count_standings()
    context = {
        "rows": [row | {"due": date.fromisoformat(row["check_due"]) if row["check_due"] else None} for row in rows],
        "counts": {**counts, "": sum(counts.values())},
        "standings": STANDINGS,
        "standing": standing,
        "text": text,
        "after": after,
        "next": following,
        "filters": urlencode({"standing": standing, "q": text}),
        "fields": FIRM_FIELDS,
        "values": values,
        "errors": errors,
        "today": market_day(request.app[CORE].now()),
    }
    return page(request, "employers/firms.html", "firms", status, **context)


async def _case(  # noqa: PLR0913 - what a page says
    request: web.Request,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    message: str = "",
    bad: bool = False,
    status: int = 200,
) -> web.Response:
    core, firm = request.app[CORE], firm_in(request)
    found = await service.get_case(core, firm)
    shown = found["open"] or found["counting"]
    may = request[PRINCIPAL].may
    context: dict[str, Any] = {
        "firm": await jobs.find_firm(str(firm)),
        "case": found,
        "shown": shown,
        "papers": {one["kind"]: one for one in (shown or {"papers": []})["papers"]},
        "kinds": papers_on(market_day(core.now())),
        "refusals": refusals(),
        "industries": industries(),
        "sizes": SIZES,
        "values": values or {name: (shown or {}).get(name) or "" for name in CaseDraft.model_fields},
        "errors": errors or {},
        "message": message,
        "message_bad": bad,
        "may": {"write": may("firm.write"), "verify": may("firm.verify"), "ban": may("firm.ban")},
        "posts": await jobs.posts_of(firm, 20),
    }
    return page(request, "employers/case.html", "firms", status, **context)
