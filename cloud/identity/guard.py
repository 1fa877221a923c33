"""Who calls, and may he: bearer token or session cookie, CSRF token for cookies that write, permission per route."""

import hmac
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web
from pydantic import BaseModel

from cloud.identity.acts import note_failure, noted, scene_of
from cloud.identity.audit import Scene
from cloud.identity.roles import PUBLIC, Access, Permission
from cloud.identity.service import Principal, session_principal, token_principal
from cloud.platform.database import transaction
from cloud.platform.http import API_PREFIX, Handler
from cloud.platform.idempotency import Idempotency
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import read_typed

COOKIE: Final = "yz_session"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"
LOGIN_PATH: Final = "/login"
_SAFE: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_BEARER: Final = "Bearer "


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the caller into the request, if he says who he is."""
    principal = await _principal(request)
    if principal is not None:
        request[PRINCIPAL] = principal
    return await handler(request)


def guarded(
    handler: Handler,
    access: Access,
    idempotency: Idempotency,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
) -> Handler:
    """Return `handler` behind the permission it needs, the models of what it takes and, for writes, CSRF.

    A write is one transaction with its row of the audit chain: what the handler changes is kept when it returns, undone
    when it raises. Only what nobody has signed in for does as it likes.
    """

    async def guard(request: web.Request) -> web.StreamResponse:
        principal = request.get(PRINCIPAL)
        with scene_of(request) as scene:
            try:
                if access != PUBLIC:
                    principal = _require(request, principal, access)
                if request.method not in _SAFE and principal is not None and principal.csrf:
                    await _check_csrf(request, principal)
                await read_typed(request, body, query)
                if request.method in _SAFE:
                    return await handler(request)
                return await _write(request, principal, scene)
            except Exception as error:
                if principal is not None and not scene.kept and (request.method not in _SAFE or _is_refusal(error)):
                    await note_failure(request, principal, access, error)
                raise

    async def _write(request: web.Request, principal: Principal | None, scene: Scene) -> web.StreamResponse:
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


async def _principal(request: web.Request) -> Principal | None:
    core = request.app[CORE]
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
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
        raise ProblemError(403, "forbidden", f"role {principal.role} lacks {permission}")
    return principal


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, ProblemError) and error.status == 403  # noqa: PLR2004 - forbidden


def _to_login(request: web.Request) -> web.HTTPException:
    """Return the way to the login; a part of a page cannot be redirected, so it has its page go there."""
    if request.headers.get("HX-Request") == "true":
        onward = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return web.HTTPUnauthorized(headers={"HX-Redirect": f"{LOGIN_PATH}?next={quote(onward, safe='')}"})
    onward = request.path_qs if request.method == hdrs.METH_GET else "/"
    return web.HTTPSeeOther(f"{LOGIN_PATH}?next={quote(onward, safe='')}")


async def _check_csrf(request: web.Request, principal: Principal) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given = str((await request.post()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest(given.encode(), principal.csrf.encode()):
        raise ProblemError(403, "csrf", f"send the session's token as {CSRF_HEADER} or as the form field {CSRF_FIELD}")
