"""Who calls, and may he: bearer token or session cookie, CSRF token for cookies that write, permission per route."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, cast
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web
from pydantic import BaseModel

from cloud.identity.acts import Caller, note_failure, noted, scene_of
from cloud.identity.assurance import ACTS, NEEDS
from cloud.identity.audit import Scene
from cloud.identity.roles import OWN, PUBLIC, Access, Permission
from cloud.identity.service import Principal, session_principal, token_principal
from cloud.identity.visitors import KIOSK_PREFIX, SESSION_PREFIX, Visitor, require_act, visitor_of
from cloud.platform.database import transaction
from cloud.platform.errors import NotFoundError
from cloud.platform.http import API_PREFIX, Handler
from cloud.platform.idempotency import Idempotency
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import read_typed

COOKIE: Final = "yz_session"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"
LOGIN_PATH: Final = "/login"
#: Where a person does what he must do first.
DUTY_PAGES: Final = {"password": "/me?duty=password", "second_factor": "/me?duty=second_factor"}
#: Beginnings of addresses that name a station, and the part of the path that does: a foreign station is not there.
STATION_PATHS: Final = {
    "/api/v1/stations/{id}": "id", "/venues/{id}": "id", "/queue/{id}": "id",
    "/api/v1/kpi/opening/{station}": "station",
}  # fmt: skip
#: The public's cookie, and the header in which a kiosk says which one it is beside its visitor's bearer.
VISITOR_COOKIE: Final = "yz_me"
KIOSK_HEADER: Final = "Yizhan-Kiosk"
#: Where the public signs in, by kind of visitor; a kiosk has no page.
VISITOR_LOGINS: Final = {"seeker": "/my/login", "employer": "/employer/login"}
#: Done before a write's transaction begins.
Before = Callable[[web.Request], Awaitable[None]]
_SAFE: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_BEARER: Final = "Bearer "
_VISITORS: Final = (f"{_BEARER}{SESSION_PREFIX}", f"{_BEARER}{KIOSK_PREFIX}")


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the caller into the request, if he says who he is."""
    principal = await _principal(request)
    if principal is not None:
        request[PRINCIPAL] = principal
    return await handler(request)


def guarded(  # noqa: PLR0913, PLR0917 - what a line of the route table says
    handler: Handler,
    access: Access,
    idempotency: Idempotency,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    before: Before | None = None,
) -> Handler:
    """Return `handler` behind the permission it needs, the models of what it takes and, for writes, CSRF.

    A write is one transaction with its row of the audit chain: what the handler changes is kept when it returns, undone
    when it raises. Only what nobody has signed in for does as it likes. `before` runs ahead of the
    transaction: what asks a service outside must not hold the database meanwhile.
    """

    async def guard(request: web.Request) -> web.StreamResponse:
        principal: Caller | None = request.get(PRINCIPAL)
        with scene_of(request) as scene:
            try:
                if access in ACTS:
                    principal = request[VISITOR] = await _visitor(request, NEEDS[access].kind)
                _allow(request, access)
                if request.method not in _SAFE and principal is not None and principal.csrf:
                    await _check_csrf(request, principal)
                await _read(request, body, query, before)
                if request.method in _SAFE:
                    return await handler(request)
                return await _write(request, principal, scene)
            except Exception as error:
                if principal is not None and not scene.kept and (request.method not in _SAFE or _is_refusal(error)):
                    await note_failure(request, principal, access, error)
                raise

    async def _write(request: web.Request, principal: Caller | None, scene: Scene) -> web.StreamResponse:
        act = handler if principal is None else noted(handler, principal, access, scene)
        if request.path.startswith(API_PREFIX):
            return await idempotency.answer(request, principal.label if principal else "", act)
        if principal is None:
            return await act(request)
        # Before the transaction: a slow sender must not hold its lock.
        await request.post()
        async with transaction():
            return await act(request)

    return guard


async def _read(
    request: web.Request, body: type[BaseModel] | None, query: type[BaseModel] | None, before: Before | None
) -> None:
    await read_typed(request, body, query)
    if before is not None:
        await before(request)


def _allow(request: web.Request, access: Access) -> None:
    """Return if the caller may: the public by act, the staff and programs by permission."""
    if access in ACTS:
        require_act(request.app[CORE], request[VISITOR], access)
    elif access != PUBLIC:
        _check_station(request, _require(request, request.get(PRINCIPAL), cast("Permission", access)))


async def visitor_in(request: web.Request) -> Visitor | None:
    """Return who of the public calls; by bearer there is no CSRF, for no other site can send one."""
    core = request.app[CORE]
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
    if authorization.startswith(_VISITORS):
        secret, kiosk = authorization.removeprefix(_BEARER).strip(), request.headers.get(KIOSK_HEADER, "")
        visitor = await visitor_of(core, secret, kiosk)
        return replace(visitor, csrf="") if visitor else None
    cookie = request.cookies.get(VISITOR_COOKIE)
    return await visitor_of(core, cookie) if cookie else None


async def _visitor(request: web.Request, kind: str) -> Visitor:
    """Return who of the public calls, or ask him to sign in: a page goes to the login of its kind."""
    visitor = await visitor_in(request)
    page = not request.path.startswith(API_PREFIX)
    if visitor is None or (page and visitor.kind != kind):
        if page:
            raise _to_login(request, VISITOR_LOGINS[kind])
        challenge = {"WWW-Authenticate": "Bearer"}
        raise ProblemError(401, "not-signed-in", f"log in as a {kind}", headers=challenge)
    return visitor


async def _principal(request: web.Request) -> Principal | None:
    core = request.app[CORE]
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
    if authorization.startswith(_VISITORS):
        return None
    if authorization.startswith(_BEARER):
        return await token_principal(core, authorization.removeprefix(_BEARER).strip())
    cookie = request.cookies.get(COOKIE)
    return await session_principal(core, cookie) if cookie else None


def _require(request: web.Request, principal: Principal | None, permission: Permission) -> Principal:
    if principal is None:
        if not request.path.startswith(API_PREFIX):
            raise _to_login(request)
        challenge = {"WWW-Authenticate": "Bearer"}
        raise ProblemError(401, "not-signed-in", "send a bearer token or log in", headers=challenge)
    if not principal.may(permission):
        raise ProblemError(403, "forbidden", f"{principal.label} lacks {permission}")
    if principal.duty and permission != OWN:
        if not request.path.startswith(API_PREFIX):
            raise _go(request, DUTY_PAGES[principal.duty])
        raise ProblemError(403, "duty", f"first see to the {principal.duty.replace('_', ' ')}: /api/v1/me")
    return principal


def _check_station(request: web.Request, principal: Principal) -> None:
    if principal.stations is None:
        return
    resource = request.match_info.route.resource
    path = resource.canonical if resource else ""
    for start, part in STATION_PATHS.items():
        if (path == start or path.startswith(f"{start}/")) and not principal.allows(request.match_info[part]):
            raise NotFoundError(f"there is no station {request.match_info[part]!r}")


def visible(request: web.Request, station: str | None) -> bool:
    """Return whether the caller of a request may see what belongs to a station; None belongs to no station."""
    principal = request.get(PRINCIPAL)
    return principal is not None and principal.allows(station)


def require_visible(request: web.Request, station: str | None, what: str) -> None:
    """Treat `what` as not there when it belongs to a station that the caller may not see."""
    if not visible(request, station):
        raise NotFoundError(f"there is no {what}")


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, ProblemError) and error.status == 403  # noqa: PLR2004 - forbidden


def _to_login(request: web.Request, login: str = LOGIN_PATH) -> web.HTTPException:
    """Return the way to the login; a part of a page cannot be redirected, so it has its page go there."""
    onward = request.path_qs if request.method == hdrs.METH_GET else "/"
    if _of_htmx(request):
        onward = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
    return _go(request, f"{login}?next={quote(onward, safe='')}")


def _go(request: web.Request, target: str) -> web.HTTPException:
    return web.HTTPUnauthorized(headers={"HX-Redirect": target}) if _of_htmx(request) else web.HTTPSeeOther(target)


def _of_htmx(request: web.Request) -> bool:
    return request.headers.get("HX-Request") == "true"


async def _check_csrf(request: web.Request, principal: Caller) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given = str((await request.post()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest(given.encode(), principal.csrf.encode()):
        raise ProblemError(403, "csrf", f"send the session's token as {CSRF_HEADER} or as the form field {CSRF_FIELD}")
