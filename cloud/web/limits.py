"""How much one caller may use: requests by token, session or address, and the time that he takes to send them.

A stranger who tries tokens empties the bucket of his address before the database is asked; callers behind the same
address whose token is known keep theirs.
"""

import asyncio
import hashlib
import time
from typing import Final

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from cloud.identity.guard import COOKIE, VISITOR_COOKIE
from cloud.platform.address import client_address
from cloud.platform.http import Handler
from cloud.platform.keys import PRINCIPAL, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.rates import Buckets, Rate
from cloud.platform.settings import Settings

#: Small and needed by everybody: files of the pages, and what watches the core.
_FREE: Final = ("/static/", "/healthz", "/readyz", "/live")
#: A body comes within this, s: 256 KiB need less on any line that can show the console.
BODY_TIMEOUT_S: Final = 20.0
#: The same of a file: 8 MiB at 1 Mbit/s, what a phone in a hall has at worst.
UPLOAD_TIMEOUT_S: Final = 75.0
#: (method, path) of the routes that take files -> bytes of their body.
UPLOADS: Final = web.AppKey("uploads", dict[tuple[str, str], int])
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class Limits:
    """The buckets of one process."""

    def __init__(self, settings: Settings) -> None:
        self._known = Buckets(Rate(settings.rate_per_s, settings.rate_burst))
        self._strangers = Buckets(Rate(settings.rate_stranger_per_s, settings.rate_stranger_burst))

    def wait_s(self, request: web.Request, credential: str, now_s: float) -> int:
        """Count a request; return 0, or after how many seconds the caller may come again."""
        if credential and credential in self._known:
            return self._known.take(credential, now_s)
        return self._strangers.take(client_address(request), now_s)

    def welcome(self, credential: str, now_s: float) -> None:
        """Remember that a credential is good: from now on it has a bucket of its own."""
        if credential not in self._known:
            self._known.take(credential, now_s)


def limited(limits: Limits) -> Middleware:
    """Return the middleware that counts; it stands before the one that finds out who calls."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_FREE):
            return await handler(request)
        credential = _fingerprint(request)
        wait_s = limits.wait_s(request, credential, time.monotonic())
        if wait_s:
            words = f"too many requests; come again in {wait_s} s"
            raise ProblemError(429, "too-many-requests", words, headers={"Retry-After": str(wait_s)})
        try:
            return await handler(request)
        finally:
            if credential and (PRINCIPAL in request or VISITOR in request):
                limits.welcome(credential, time.monotonic())

    return count


@web.middleware
async def read_in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read the body before anything is locked or asked for it; a slow sender gets 408, a form that is none 400."""
    if request.can_read_body:
        limit_s = _allow_upload(request)
        try:
            async with asyncio.timeout(limit_s):
                await (request.post() if request.content_type in _FORMS else request.read())
        except TimeoutError as error:
            raise ProblemError(408, "too-slow", f"the body did not come within {limit_s:g} s") from error
        except (LookupError, ValueError, HttpProcessingError) as error:
            raise ProblemError(400, "bad-request", "the form cannot be read") from error
    return await handler(request)


def _allow_upload(request: web.Request) -> float:
    """Let a route that takes files have its larger body; return how long the body may take, s."""
    resource = request.match_info.route.resource
    max_bytes = request.app[UPLOADS].get((request.method, resource.canonical)) if resource else None
    if max_bytes is None:
        return BODY_TIMEOUT_S
    request._client_max_size = max_bytes  # noqa: SLF001 - the library has one bound for all routes
    return UPLOAD_TIMEOUT_S


def _fingerprint(request: web.Request) -> str:
    """Return what stands for a credential, also one that is none; the credential itself is kept nowhere."""
    cookies = request.cookies.get(COOKIE) or request.cookies.get(VISITOR_COOKIE)
    given = request.headers.get(hdrs.AUTHORIZATION) or cookies or ""
    return hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest() if given else ""
