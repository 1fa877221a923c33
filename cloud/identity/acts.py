"""What requests leave in the audit chain: each write once, each refusal of somebody who said who he is.

A handler that records its own row, with words of its own, is not recorded again.
"""

import ipaddress
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import hdrs, web

from cloud.identity import audit
from cloud.identity.service import Principal
from cloud.identity.visitors import Visitor
from cloud.platform.address import client_address
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError
from cloud.platform.http import API_PREFIX, Handler
from cloud.platform.keys import CORE, REQUEST_ID
from cloud.platform.problems import problem_of

#: Who is named in a row: the staff, a program, somebody of the public.
Caller = Principal | Visitor
#: Forms that ask only, although they are sent by POST.
QUESTIONS: Final = frozenset({"/posts/screen"})
#: First words of addresses whose noun is another one.
_NOUNS: Final = {"venues": "station", "me": "account", "auth": "session"}
#: Addresses that no permission gives a name to.
_ACTIONS: Final = {"/logout": "session.close"}
_REST: Final = f"{API_PREFIX}v1/"
_V4_KEPT: Final = 24
_V6_KEPT: Final = 48
_FIRST_ERROR: Final = 400
_REFUSED: Final = frozenset({401, 403})


@contextmanager
def scene_of(request: web.Request) -> Iterator[audit.Scene]:
    """Give what is recorded in the body the request's id and the network that it came from."""
    with audit.scene(request[REQUEST_ID], network(client_address(request))) as scene:
        yield scene


def network(remote: str | None) -> str:
    """Return an address without what tells one household from the next, such as `10.1.2.0/24`."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, _V4_KEPT if address.version == 4 else _V6_KEPT), strict=False))  # noqa: PLR2004 - the version of IP


def noted(handler: Handler, principal: Caller, access: str, scene: audit.Scene) -> Handler:
    """Return `handler` that also records what it did, in the transaction in force."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        if not scene.rows and not _asks_only(request):
            await _record(request, principal, access, response.status, response.headers.get(hdrs.LOCATION, ""))
        return response

    return act


async def note_failure(request: web.Request, principal: Caller, access: str, error: Exception) -> None:
    """Record a write that was undone, or refused; whether that works or not, the caller hears of the error itself."""
    status = problem_of(error).status if isinstance(error, CloudError | web.HTTPException) else 500
    if status < _FIRST_ERROR or _asks_only(request):
        return
    try:
        async with transaction():
            await _record(request, principal, access, status, "")
    except FAILURES:
        if not isinstance(error, FAILURES):
            raise


async def _record(request: web.Request, principal: Caller, access: str, status: int, location: str) -> None:
    result: audit.Result = "ok" if status < _FIRST_ERROR else "refused" if status in _REFUSED else "failed"
    route = _route(request)
    details: dict[str, Any] = {"method": request.method, "route": route, "status": status}
    subject, made = subject_of(request.path), subject_of(location.partition("?")[0])
    subject = made if made.startswith(f"{subject}:") else subject
    action = action_of(request.method, route, access)
    await audit.record(request.app[CORE], principal.label, action, subject, details=details, result=result)


def operator() -> str:
    """Return who acts when a program is run on the core's machine: the account of its system."""
    try:
        return f"shell:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"shell:{os.getuid()}"


def action_of(method: str, route: str, access: str) -> str:
    """Return `noun.verb`: the permission that the route needs, or else what its address says."""
    if "." in access:
        return access
    if route in _ACTIONS:
        return _ACTIONS[route]
    return f"{_noun(route)}.{'delete' if method == hdrs.METH_DELETE else 'write'}"


def subject_of(path: str) -> str:
    """Return what an address is about: `/api/v1/posts/0192…/publish` is about `post:0192…`."""
    words = path.removeprefix(_REST).strip("/").split("/")
    return f"{_noun(path)}:{words[1]}" if len(words) > 1 and words[1] else _noun(path)


def _noun(path: str) -> str:
    word = path.removeprefix(_REST).strip("/").split("/")[0].partition("?")[0]
    return _NOUNS.get(word, word.removesuffix("s") if not word.endswith("ss") else word) or "core"


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _asks_only(request: web.Request) -> bool:
    return _route(request) in QUESTIONS
