"""Errors of pages as pages: what /api/ answers with a problem document a browser is told in words."""

import logging
from typing import Final

from aiohttp import web

from cloud.platform.errors import CloudError, InvalidInputError
from cloud.platform.http import API_PREFIX, Handler
from cloud.platform.keys import CORE, PRINCIPAL, REQUEST_ID
from cloud.platform.problems import problem_of
from cloud.web.navigation import home_of
from cloud.web.shell import SINCE, STRINGS, render

#: Addresses of programs: they keep their short answers.
_MACHINES: Final = (API_PREFIX, "/metrics", "/healthz", "/readyz", "/static/", "/live")
_FIRST_ERROR: Final = 400
_NOT_SIGNED_IN: Final = 401
_INTERNAL: Final = 500
_UNAVAILABLE: Final = 503
#: Statuses with words of their own; others take those of 400 or 500.
_WORDS: Final = (400, 403, 404, 429, 500, 503)
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
        words = request.app[STRINGS]("error.csrf") if problem.name == "csrf" else ""
        # What services say about input is written for people; the rest is not.
        return error_page(
            request, problem.status, words or (str(error) if isinstance(error, InvalidInputError) else "")
        )
    except Exception:  # noqa: BLE001 - the boundary: one broken page must not end the others
        _LOG.exception("page %s failed: %s %s", request[REQUEST_ID], request.method, request.path)
        return error_page(request, _INTERNAL)


def error_page(request: web.Request, status: int, detail: str = "") -> web.Response:
    """Return a page that says what happened and what to do."""
    t = request.app[STRINGS]
    known = status if status in _WORDS else (_INTERNAL if status >= _INTERNAL else _FIRST_ERROR)
    context = {
        "title": t(f"error.{known}"),
        "detail": detail or t(f"error.{known}_detail"),
        "home": home_of(request.get(PRINCIPAL)),
        "symbol": "plug-connected-x" if status == _UNAVAILABLE else "alert-circle",
    }
    return render(request, "error.html", context, status)
