"""What every request passes: request id, security headers, problem documents; and how REST handlers read and answer.

Who the caller is and what he may do is decided in cloud/identity/guard.py.
"""

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import uuid_utils
from aiohttp import hdrs, web
from pydantic import BaseModel

from cloud.platform.database import will_pass
from cloud.platform.errors import CloudError
from cloud.platform.keys import CORE, PRINCIPAL, REQUEST_ID
from cloud.platform.logs import REQUEST
from cloud.platform.problems import ProblemError, problem_of, problem_response
from cloud.platform.shapes import parse

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: A post is about 4 KB; nothing that the REST interface takes is near this.
MAX_BODY_BYTES: Final = 256 * 1024
API_PREFIX: Final = "/api/"

SECURITY_HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: One year, sent when pages come over HTTPS only.
HSTS: Final = "max-age=31536000; includeSubDomains"
_FIRST_ERROR: Final = 400
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger(__name__)

__all__ = ["Handler", "answer", "answer_problems", "observe", "parse"]


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, measure it, put the security headers on the answer."""
    given = request.headers.get("X-Request-Id", "")
    request[REQUEST_ID] = given if _GIVEN_ID.fullmatch(given) else str(uuid_utils.uuid7())
    token = REQUEST.set(request[REQUEST_ID])
    started = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        _decorate(error, request)
        raise
    finally:
        took_s = time.perf_counter() - started
        request.app[CORE].metrics.http_seconds.labels(_method(request), str(status)).observe(took_s)
        _note(request, status, took_s)
        REQUEST.reset(token)
    if not response.prepared:
        _decorate(response, request)
    return response


def _method(request: web.Request) -> str:
    """Return the method; all that nobody has heard of are one, because each would be a series of its own."""
    return request.method if request.method in hdrs.METH_ALL else "other"


def _note(request: web.Request, status: int, took_s: float) -> None:
    """Leave a line: of writes and of what went wrong always, of reads when asked for. Queries may name people."""
    principal = request.get(PRINCIPAL)
    written = request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}
    level = logging.INFO if written or status >= _FIRST_ERROR else logging.DEBUG
    extra = {"method": _method(request), "path": request.path, "status": status, "ms": round(took_s * 1000, 1)}
    _LOG.log(level, "request", extra={**extra, "by": principal.label if principal else ""})


def _decorate(response: web.StreamResponse, request: web.Request) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[CORE].settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    response.headers.setdefault("X-Request-Id", request[REQUEST_ID])
    if request.path.startswith(API_PREFIX):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error below /api/ into a problem document; elsewhere errors of services become HTTP errors."""
    try:
        return await handler(request)
    except (CloudError, web.HTTPException) as error:
        if isinstance(error, web.HTTPException) and (error.status < _FIRST_ERROR or not _is_api(request)):
            raise
        answered = problem_response(problem_of(error))
        if isinstance(error, web.HTTPMethodNotAllowed):
            answered.headers[hdrs.ALLOW] = ",".join(sorted(_methods_of(request) or error.allowed_methods))
        return answered
    except Exception as error:  # noqa: BLE001 - the boundary: one broken request must not end the others
        if will_pass(error):
            _LOG.warning("request %s found no database: %r", request[REQUEST_ID], error)
            return problem_response(ProblemError(503, "unavailable", "the database does not answer; try again"))
        _LOG.exception("request %s failed: %s %s", request[REQUEST_ID], request.method, request.path)
        detail = f"this is our fault; it is in the log as request {request[REQUEST_ID]}"
        return problem_response(ProblemError(500, "internal", detail))


def _methods_of(request: web.Request) -> set[str]:
    """Return the methods of an address that stands in the table as it is; the router adds those of `…/{id}`."""
    resources = request.app.router.resources()
    return {route.method for one in resources if one.canonical == request.path for route in one}


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(API_PREFIX)


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON answer: of a model, without the members that it was not given, or of what JSON knows."""
    if isinstance(body, BaseModel):
        text = body.model_dump_json(by_alias=True, exclude_unset=True)
    else:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)
