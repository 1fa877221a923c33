"""Errors of pages as pages: what /api/ answers with a problem document a browser is told in words.

A part that htmx fetches is never replaced by an error: the page keeps what it shows and says what went wrong.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from cloud.platform.database import will_pass
from cloud.platform.errors import CloudError, ConflictError, InvalidInputError
from cloud.platform.http import API_PREFIX, Handler
from cloud.platform.keys import CORE, PRINCIPAL, REQUEST_ID
from cloud.platform.problems import problem_of
from cloud.web.assets import Assets
from cloud.web.navigation import home_of
from cloud.web.shell import ASSETS, SINCE, STRINGS, frame_of, render, wants_fragment

#: Addresses of programs: they keep their short answers.
_MACHINES: Final = (API_PREFIX, "/metrics", "/healthz", "/readyz", "/static/", "/live")
_FIRST_ERROR: Final = 400
_NOT_SIGNED_IN: Final = 401
_INTERNAL: Final = 500
_UNAVAILABLE: Final = 503
#: Status -> icon; each has words of its own, others take those of 400 or 500.
SYMBOLS: Final[Mapping[int, str]] = {
    400: "alert-circle",
    403: "lock",
    404: "file-search",
    405: "ban",
    409: "refresh",
    413: "alert-circle",
    429: "hourglass",
    500: "alert-triangle",
    503: "plug-connected-x",
}
#: A page that will be there again soon asks after this long (as static/retry.js does).
RETRY_S: Final = 10
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LOG = logging.getLogger(__name__)


@web.middleware
async def answer_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the error of a page into an error page; remember what the page cannot know yet."""
    if request.path.startswith(_MACHINES):
        return await handler(request)
    request[SINCE] = request.app[CORE].hub.newest
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < _FIRST_ERROR or error.status == _NOT_SIGNED_IN:
            raise
        return error_page(request, error.status)
    except CloudError as error:
        problem = problem_of(error)
        detail = request.app[STRINGS]("error.csrf") if problem.name == "csrf" else _for_people(error)
        return error_page(request, problem.status, detail, problem.headers)
    except Exception as error:  # noqa: BLE001 - the boundary: one broken page must not end the others
        if will_pass(error):
            _LOG.warning("page %s found no database: %r", request[REQUEST_ID], error)
            return error_page(request, _UNAVAILABLE)
        _LOG.exception("page %s failed: %s %s", request[REQUEST_ID], request.method, request.path)
        return error_page(request, _INTERNAL)


def error_page(
    request: web.Request, status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a page that says what happened and what to do; for htmx a header that says it and nothing to show."""
    t = request.app[STRINGS]
    known = status if status in SYMBOLS else (_INTERNAL if status >= _INTERNAL else _FIRST_ERROR)
    detail = detail or t(f"error.{known}_detail")
    if wants_fragment(request):
        return _refused(request, status, detail)
    # Only what was asked for without an effect may be asked for again.
    again = request.path_qs if status >= _INTERNAL and request.method == hdrs.METH_GET else ""
    # The frame asks the database; it is not told to when that is away.
    inside = PRINCIPAL in request and status != _UNAVAILABLE
    context = {
        "layout": "base.html" if inside else "plain.html",
        "title": t(f"error.{known}"),
        "detail": detail,
        "home": home_of(request.get(PRINCIPAL)),
        "symbol": SYMBOLS[known],
        "again": again,
        "back": _back(request),
        "retry_s": RETRY_S if again and status == _UNAVAILABLE else 0,
        "number": request[REQUEST_ID],
        **(frame_of(request) if inside else {}),
    }
    response = render(request, "error.html", context, status)
    response.headers.extend(headers or {})
    if status == _UNAVAILABLE:
        response.headers.setdefault(hdrs.RETRY_AFTER, str(RETRY_S))
    return response


async def offline_page(request: web.Request) -> web.Response:
    """GET /offline: what a browser keeps for the moment when nobody answers."""
    return render(request, "offline.html", {"home": "/"})


async def offline_worker(request: web.Request) -> web.Response:
    """GET /offline.js: the service worker; it changes with the files that its page needs."""
    assets: Assets = request.app[ASSETS]
    script = assets.text("offline.js").replace("{version}", assets.fingerprint)
    return web.Response(text=script, content_type="text/javascript", headers={hdrs.CACHE_CONTROL: "no-cache"})


def _refused(request: web.Request, status: int, detail: str) -> web.Response:
    response = web.Response(status=status, headers={"HX-Reswap": "none", hdrs.CACHE_CONTROL: "no-store"})
    if request.method != hdrs.METH_GET:
        response.headers["HX-Trigger"] = json.dumps({"yz:refused": {"text": detail}})
    return response


def _for_people(error: CloudError) -> str:
    """Return what a service says of an input or a state if it is written for people; the rest is not."""
    words = str(error)
    return words if isinstance(error, InvalidInputError | ConflictError) and _CHINESE.search(words) else ""


def _back(request: web.Request) -> str:
    """Return the page of ours that led here."""
    came_from = urlsplit(request.headers.get(hdrs.REFERER, ""))
    if came_from.netloc != request.host or came_from.path == request.path:
        return ""
    return came_from._replace(scheme="", netloc="", fragment="").geturl()
