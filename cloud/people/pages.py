"""The phone pages of jobseekers: log in, see, copy, agree and withdraw, go. Forms only, no script."""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from cloud.identity import public
from cloud.identity.guard import VISITOR_COOKIE
from cloud.identity.public import ProofNeededError, TooManyCodesError, Visitor
from cloud.identity.realname import PROVIDER_WORDS, real_name_check
from cloud.identity.replies import asker_of
from cloud.people import service
from cloud.people.readable import sections_of
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError
from cloud.web.phone import fields_of, go, mobile_of, onward, onward_of, phone_page, signed_in, signed_out
from cloud.web.shell import STRINGS
from protocols.venue.rfc3339 import parse_time

HOME: Final = "/my"


async def login_page(request: web.Request) -> web.Response:
    """GET /my/login: ask for the phone."""
    return _login(request)


async def send_code(request: web.Request) -> web.Response:
    """POST /my/codes: send a code and ask for it."""
    form = await fields_of(request)
    try:
        phone = mobile_of(form.get("phone", ""))
        await public.send_code(request.app[CORE], phone, "login", asker_of(request))
    except InvalidInputError as error:
        return _login(request, str(error), typed=form.get("phone", "")[:20], status=422)
    except TooManyCodesError as error:
        return _login(request, error.detail, typed=form.get("phone", "")[:20], status=429)
    return _login(request, phone=phone)


async def log_in(request: web.Request) -> web.Response:
    """POST /my/login: open a session and go on to where the person wanted to go."""
    form = await fields_of(request)
    try:
        phone = mobile_of(form.get("phone", ""))
    except InvalidInputError as error:
        return _login(request, str(error), status=422)
    consents = [service.TERMS] if form.get("terms") == "yes" else []
    try:
        opened = await service.log_in_by_code(request.app[CORE], phone, form.get("code", ""), consents)
    except ProblemError as error:
        return _login(request, error.detail, phone=phone, status=error.status)
    if isinstance(opened, ProblemError):
        return _login(request, opened.detail, phone=phone, status=opened.status)
    return signed_in(request, opened, onward(form.get("next", ""), HOME))


async def log_out(request: web.Request) -> web.Response:
    """POST /my/logout."""
    await public.end_session(request[VISITOR])
    return signed_out(f"{HOME}/login")


async def mine(request: web.Request) -> web.Response:
    """GET /my: the person's own record, masked, and what he agreed to."""
    core, visitor = request.app[CORE], request[VISITOR]
    person = await service.read_masked(core, visitor)
    note = f"my.note.{request.query.get('note', '')}"
    return phone_page(
        request,
        "people/mine.html",
        home=HOME,
        person=person,
        profile=await service.read_profile(core, await service.get_person(visitor.id)),
        since=parse_time(person["created_at"]),
        consents=await _consents(request, visitor),
        realname=_realname(request),
        note=request.app[STRINGS](note) if note in request.app[STRINGS] else "",
    )


async def save_consent(request: web.Request) -> web.Response:
    """POST /my/consents: agree to one purpose, or withdraw it."""
    form, core, visitor = await fields_of(request), request.app[CORE], request[VISITOR]
    purpose = form.get("purpose", "")
    if form.get("act") == "give":
        async with core.outbox.transaction():
            await service.give_consents(core, visitor.id, [purpose], "phone")
    else:
        await service.withdraw_consent(core, visitor.id, purpose)
    return go(f"{HOME}?note={'agreed' if form.get('act') == 'give' else 'withdrawn'}")


async def copy_page(request: web.Request) -> web.Response:
    """GET /my/copy: everything that is kept, to be read."""
    visitor = request[VISITOR]
    document = await service.export_own(request.app[CORE], visitor)
    return phone_page(
        request,
        "people/copy.html",
        home=HOME,
        sections=sections_of(document["packages"], request.app[STRINGS]),
        made_at=parse_time(document["made_at"]),
        hidden=visitor.carded and visitor.assurance == "phone",
    )


async def copy_file(request: web.Request) -> web.Response:
    """GET /my/copy.json: everything that is kept, to be taken along."""
    document = await service.export_own(request.app[CORE], request[VISITOR])
    text = json.dumps(document, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="application/json", headers=headers)


async def erase_page(request: web.Request) -> web.Response:
    """GET /my/erase: what goes, what stays, and what must be proved first."""
    return await _erase(request)


async def send_proof_code(request: web.Request) -> web.Response:
    """POST /my/prove/codes: a code to the person's own phone."""
    core, visitor = request.app[CORE], request[VISITOR]
    try:
        await public.send_code(core, await service.phone_of(core, visitor), "prove", asker_of(request))
    except (TooManyCodesError, ConflictError) as error:
        return await _erase(request, str(error), status=429)
    return await _erase(request, sent=True)


async def prove(request: web.Request) -> web.Response:
    """POST /my/prove: the code is judged; the page says what comes next."""
    code = (await fields_of(request)).get("code", "")
    proved = await service.prove_by_code(request.app[CORE], request[VISITOR], code)
    if isinstance(proved, ProblemError):
        return await _erase(request, proved.detail, sent=proved.name == "code-wrong", status=proved.status)
    return go(f"{HOME}/erase")


async def erase(request: web.Request) -> web.Response:
    """POST /my/erase: delete the record everywhere and say so."""
    if (await fields_of(request)).get("confirm") != "yes":
        return await _erase(request, status=422)
    try:
        erasure = await service.erase(request.app[CORE], request[VISITOR], "phone")
    except ProofNeededError as error:
        return await _erase(request, status=error.status)
    response = phone_page(
        request,
        "people/gone.html",
        home=HOME,
        erasure=erasure,
        at=parse_time(erasure["at"]),
        rows=sum(erasure["removed"].values()),
        visitor=None,
    )
    response.del_cookie(VISITOR_COOKIE, path="/")
    return response


def _login(
    request: web.Request, error: str = "", *, phone: str = "", typed: str = "", status: int = 200
) -> web.Response:
    context = {"error": error, "phone": phone, "typed": typed, "next": onward_of(request, HOME)}
    return phone_page(request, "people/login.html", home=HOME, status=status, **context)


async def _consents(request: web.Request, visitor: Visitor) -> list[Mapping[str, Any]]:
    given = {row["purpose"]: row["at"] for row in await service.consents_of(visitor.id) if not row["withdrawn_at"]}
    return [
        {
            "purpose": purpose,
            "text": text.name,
            "title": text.title,
            "summary": text.summary,
            "required": service.PURPOSES[purpose].required,
            "at": parse_time(given[purpose]) if purpose in given else None,
        }
        for purpose, text in service.consent_texts(request.app[CORE]).items()
    ]


async def _erase(request: web.Request, error: str = "", *, sent: bool = False, status: int = 200) -> web.Response:
    missing = public.missing_for(request.app[CORE], request[VISITOR], "me.erase")
    context = {"missing": missing, "sent": sent, "error": error, "realname": _realname(request)}
    return phone_page(request, "people/erase.html", home=HOME, status=status, **context)


def _realname(request: web.Request) -> str:
    return PROVIDER_WORDS[real_name_check(request.app[CORE].settings).provider]
