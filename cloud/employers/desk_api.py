"""REST of verification: the staff's side and the firm's own."""

from typing import Any
from uuid import UUID

from aiohttp import web

from cloud.employers import service
from cloud.employers.drafts import (
    BanAsked,
    CaseDraft,
    DecisionAsked,
    NoteAsked,
    OwnPosts,
    Registration,
    VerificationShown,
)
from cloud.employers.replies import opened_response
from cloud.jobs import service as jobs
from cloud.jobs.shapes import FirmShown
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import body_of

#: What a picture comes as.
PICTURES = ("image/jpeg", "image/png", "image/webp")
_PICTURE = web.RequestKey("picture", bytes)


async def draw_paper(request: web.Request) -> None:
    """Draw a picture anew before the write's transaction: that takes seconds and must not hold the database."""
    if request.content_type not in PICTURES:
        raise ProblemError(415, "wrong-content-type", f"send one of {', '.join(PICTURES)}")
    kind = request.match_info["kind"]
    request[_PICTURE] = await service.redraw(request.app[CORE], kind, await request.read())


async def get_verification(request: web.Request) -> web.Response:
    """GET /api/v1/firms/{id}/verification: how a firm stands, its rounds and what happened."""
    return await _shown(request, firm_in(request))


async def put_details(request: web.Request) -> web.Response:
    """PUT /api/v1/firms/{id}/verification: what the firm says of itself, written down at the counter."""
    firm, by = firm_in(request), request[PRINCIPAL].label
    await service.save_details(request.app[CORE], firm, body_of(request, CaseDraft), by=by)
    return await _shown(request, firm)


async def put_paper(request: web.Request) -> web.Response:
    """PUT /api/v1/firms/{id}/papers/{kind}: the picture of a paper, taken at the counter."""
    firm, by = firm_in(request), request[PRINCIPAL].label
    await jobs.find_firm(str(firm))
    kind = request.match_info["kind"]
    await service.keep_paper(request.app[CORE], firm, kind, request[_PICTURE], by=by)
    return await _shown(request, firm)


async def decide(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/verification/decision: verify with the originals that were seen, or refuse."""
    firm, core, by = firm_in(request), request.app[CORE], request[PRINCIPAL].label
    asked = body_of(request, DecisionAsked)
    await jobs.find_firm(str(firm))
    if asked.verify:
        await service.verify(core, firm, by=by, seen=asked.seen)
    else:
        await service.refuse(core, firm, asked.reasons, by=by)
    return await _shown(request, firm)


async def attest(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/verify: the caller saw the originals of all the papers that the law names."""
    firm = firm_in(request)
    await jobs.find_firm(str(firm))
    await service.verify(request.app[CORE], firm, by=request[PRINCIPAL].label)
    return answer(FirmShown.model_validate(await jobs.find_firm(str(firm))))


async def revoke(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/verification/revoke: withdraw a verification; the firm's posts come down."""
    firm, note = firm_in(request), body_of(request, NoteAsked).note
    await jobs.find_firm(str(firm))
    await service.revoke(request.app[CORE], firm, by=request[PRINCIPAL].label, note=note)
    return await _shown(request, firm)


async def put_ban(request: web.Request) -> web.Response:
    """PUT /api/v1/firms/{id}/ban: put a firm on the blacklist; its posts come down."""
    firm, asked = firm_in(request), body_of(request, BanAsked)
    await service.ban(request.app[CORE], firm, asked.reason, asked.to, by=request[PRINCIPAL].label)
    return await _shown(request, firm)


async def lift_ban(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/ban/lift: take a firm off the blacklist; it must be verified again."""
    firm, note = firm_in(request), body_of(request, NoteAsked).note
    await jobs.find_firm(str(firm))
    await service.lift(request.app[CORE], firm, note, by=request[PRINCIPAL].label)
    return await _shown(request, firm)


async def register(request: web.Request) -> web.Response:
    """POST /api/v1/employer/firms: register a firm with its first owner, by phone code."""
    return opened_response(await service.register(request.app[CORE], body_of(request, Registration)))


async def get_own(request: web.Request) -> web.Response:
    """GET /api/v1/employer/verification: how the caller's firm stands."""
    return await _shown(request, own_firm(request))


async def put_own_details(request: web.Request) -> web.Response:
    """PUT /api/v1/employer/verification: what the firm says of itself."""
    firm, by = own_firm(request), request[VISITOR].label
    await service.save_details(request.app[CORE], firm, body_of(request, CaseDraft), by=by)
    return await _shown(request, firm)


async def put_own_paper(request: web.Request) -> web.Response:
    """PUT /api/v1/employer/papers/{kind}: the picture of a paper."""
    firm, kind = own_firm(request), request.match_info["kind"]
    await service.keep_paper(request.app[CORE], firm, kind, request[_PICTURE], by=request[VISITOR].label)
    return await _shown(request, firm)


async def submit(request: web.Request) -> web.Response:
    """POST /api/v1/employer/verification/submit: hand the papers in; 422 names what is missing."""
    firm = own_firm(request)
    await service.submit(request.app[CORE], firm, by=request[VISITOR].label)
    return await _shown(request, firm)


async def take_back(request: web.Request) -> web.Response:
    """POST /api/v1/employer/verification/take-back: write again in papers that nobody has decided."""
    firm = own_firm(request)
    await service.take_back(request.app[CORE], firm, by=request[VISITOR].label)
    return await _shown(request, firm)


async def list_own_posts(request: web.Request) -> web.Response:
    """GET /api/v1/employer/posts: the firm's posts, newest first."""
    return await _own_posts(request)


async def confirm_own_post(request: web.Request) -> web.Response:
    """POST /api/v1/employer/posts/{id}/confirm: we still seek."""
    await service.confirm_own(request.app[CORE], request[VISITOR], request.match_info["id"])
    return await _own_posts(request)


def firm_in(request: web.Request) -> UUID:
    """Return the firm that the address names; NotFoundError when it names none."""
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise NotFoundError("there is no such firm") from error


def own_firm(request: web.Request) -> UUID:
    """Return the firm that a session acts for."""
    firm = request[VISITOR].firm
    if firm is None:
        raise TypeError("a firm's user has a firm")
    return firm


async def _shown(request: web.Request, firm: UUID) -> web.Response:
    found: dict[str, Any] = await service.get_case(request.app[CORE], firm)
    return answer(VerificationShown.model_validate(found))


async def _own_posts(request: web.Request) -> web.Response:
    return answer(OwnPosts.model_validate({"items": await jobs.posts_of(own_firm(request))}))
