"""REST of firms' users: their own portal, and the staff's counter that adds the first of them."""

from uuid import UUID

from aiohttp import web

from cloud.employers import drafts, service
from cloud.employers.replies import opened_response
from cloud.identity import public
from cloud.identity.public_shapes import PhoneBody, PhoneCodeBody
from cloud.identity.replies import asker_of, sent
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.shapes import body_of


async def send_code(request: web.Request) -> web.Response:
    """POST /api/v1/employer/codes: nobody learns whether the phone is a user's."""
    core, phone = request.app[CORE], body_of(request, PhoneBody).phone
    await public.send_code(core, phone, "employer", asker_of(request), known=await service.knows_phone(core, phone))
    return sent()


async def log_in(request: web.Request) -> web.Response:
    """POST /api/v1/employer/sessions: open a session by phone code."""
    body = body_of(request, PhoneCodeBody)
    return opened_response(await service.log_in(request.app[CORE], body.phone, body.code))


async def log_out(request: web.Request) -> web.Response:
    """DELETE /api/v1/employer/session: end the session."""
    await public.end_session(request[VISITOR])
    return web.Response(status=204)


async def get_employer(request: web.Request) -> web.Response:
    """GET /api/v1/employer: the firm that the session acts for."""
    visitor = request[VISITOR]
    firm = await service.own_firm(visitor)
    firms = [drafts.FirmChoice(**one) for one in await service.firms_of(visitor)]
    role = next(one.role for one in firms if one.current)
    return answer(
        drafts.EmployerDocument(member=visitor.name, role=role, firm=firm["id"], name=firm["name"], firms=firms)
    )


async def switch(request: web.Request) -> web.Response:
    """POST /api/v1/employer/firm: act for another firm; the session is replaced."""
    firm = str(body_of(request, drafts.SwitchBody).firm)
    return opened_response(await service.switch_firm(request.app[CORE], request[VISITOR], firm))


async def list_own(request: web.Request) -> web.Response:
    """GET /api/v1/employer/members: who acts for the firm."""
    firm = await service.firm_of(request[VISITOR])
    return await _members(request, UUID(firm["id"]))


async def add_own(request: web.Request) -> web.Response:
    """POST /api/v1/employer/members: by an owner."""
    firm = await service.firm_of(request[VISITOR])
    return await _add(request, firm["id"], request[VISITOR].label)


async def remove_own(request: web.Request) -> web.Response:
    """DELETE /api/v1/employer/members/{id}: by an owner."""
    firm, visitor = await service.firm_of(request[VISITOR]), request[VISITOR]
    await service.remove_member(request.app[CORE], UUID(firm["id"]), request.match_info["id"], by=visitor.label)
    return web.Response(status=204)


async def list_members(request: web.Request) -> web.Response:
    """GET /api/v1/firms/{id}/members: who acts for a firm."""
    return await _members(request, _firm(request))


async def add_member(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/members: let somebody act for a firm."""
    return await _add(request, str(_firm(request)), request[PRINCIPAL].label)


async def remove_member(request: web.Request) -> web.Response:
    """DELETE /api/v1/firms/{id}/members/{member}: end somebody's right to act for a firm."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    await service.remove_member(core, _firm(request), request.match_info["member"], by=by)
    return web.Response(status=204)


async def _members(request: web.Request, firm: UUID) -> web.Response:
    rows = await service.list_members(request.app[CORE], firm)
    return answer(drafts.MemberPage(items=[drafts.MemberDocument(**row) for row in rows], next=None))


async def _add(request: web.Request, firm: str, by: str) -> web.Response:
    member = await service.add_member(request.app[CORE], firm, body_of(request, drafts.MemberDraft), by=by)
    return answer(drafts.MemberDocument(**member), 201)


def _firm(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise NotFoundError("there is no such firm") from error
