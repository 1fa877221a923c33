"""The portal's first pages: a firm's users log in and see who else acts for the firm."""

from typing import Any, Final, get_args
from uuid import UUID

from aiohttp import web

from cloud.employers import service
from cloud.employers.drafts import MemberDraft
from cloud.identity import public
from cloud.identity.assurance import FirmRole
from cloud.identity.public import TooManyCodesError
from cloud.identity.replies import asker_of
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError
from cloud.web.phone import fields_of, go, mobile_of, onward, onward_of, phone_page, signed_in, signed_out
from cloud.web.shell import STRINGS

HOME: Final = "/employer"


async def login_page(request: web.Request) -> web.Response:
    """GET /employer/login: ask for the phone."""
    return _login(request)


async def send_code(request: web.Request) -> web.Response:
    """POST /employer/codes: the same answer for every number."""
    form, core = await fields_of(request), request.app[CORE]
    typed = form.get("phone", "")[:20]
    try:
        phone = mobile_of(typed)
        known = await service.knows_phone(core, phone)
        await public.send_code(core, phone, "employer", asker_of(request), known=known)
    except InvalidInputError as error:
        return _login(request, str(error), typed=typed, status=422)
    except TooManyCodesError as error:
        return _login(request, error.detail, typed=typed, status=429)
    return _login(request, phone=phone)


async def log_in(request: web.Request) -> web.Response:
    """POST /employer/login."""
    form = await fields_of(request)
    try:
        phone = mobile_of(form.get("phone", ""))
    except InvalidInputError as error:
        return _login(request, str(error), status=422)
    opened = await service.log_in(request.app[CORE], phone, form.get("code", ""))
    if isinstance(opened, ProblemError):
        return _login(request, opened.detail, phone=phone, status=opened.status)
    return signed_in(request, opened, onward(form.get("next", ""), HOME))


async def log_out(request: web.Request) -> web.Response:
    """POST /employer/logout."""
    await public.end_session(request[VISITOR])
    return signed_out(f"{HOME}/login")


async def firm_page(request: web.Request) -> web.Response:
    """GET /employer: the firm, and who acts for it."""
    return await _firm(request, {}, {})


async def add_member(request: web.Request) -> web.Response:
    """POST /employer/members: by an owner."""
    firm, form = await service.firm_of(request[VISITOR]), await fields_of(request)
    values = {name: form.get(name, "") for name in ("name", "phone", "role")}
    try:
        draft = parse(MemberDraft, values)
        await service.add_member(request.app[CORE], firm["id"], draft, by=request[VISITOR].label)
    except InvalidInputError as error:
        t = request.app[STRINGS]
        errors = {name: t(f"employer.wrong.{name}") for name in error.fields if f"employer.wrong.{name}" in t}
        return await _firm(request, values, errors, 422)
    except ConflictError as error:
        return await _firm(request, values, {"phone": str(error)}, 409)
    return go(HOME)


async def remove_member(request: web.Request) -> web.Response:
    """POST /employer/members/{id}/remove: by an owner."""
    firm, visitor = await service.firm_of(request[VISITOR]), request[VISITOR]
    await service.remove_member(request.app[CORE], UUID(firm["id"]), request.match_info["id"], by=visitor.label)
    return go(HOME)


async def switch(request: web.Request) -> web.Response:
    """POST /employer/firm: act for another firm."""
    firm = (await fields_of(request)).get("firm", "")
    return signed_in(request, await service.switch_firm(request.app[CORE], request[VISITOR], firm), HOME)


def _login(
    request: web.Request, error: str = "", *, phone: str = "", typed: str = "", status: int = 200
) -> web.Response:
    context = {"error": error, "phone": phone, "typed": typed, "next": onward_of(request, HOME)}
    return phone_page(request, "employers/login.html", home=HOME, status=status, **context)


async def _firm(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    core, visitor = request.app[CORE], request[VISITOR]
    firm = await service.own_firm(visitor)
    context: dict[str, Any] = {
        "firm": firm,
        "firms": await service.firms_of(visitor),
        "members": await service.list_members(core, UUID(firm["id"])),
        "me": visitor.name,
        "owner": visitor.role == "owner",
        "roles": get_args(FirmRole),
        "values": values,
        "errors": errors,
    }
    return phone_page(request, "employers/firm.html", home=HOME, status=status, **context)
