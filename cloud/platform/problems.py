"""Errors as RFC 9457 problem documents with a stable `type`: urn:yizhan:problem:{name}."""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from cloud.platform.errors import CloudError, ConflictError, InvalidInputError, LinkDownError, NotFoundError

CONTENT_TYPE: Final = "application/problem+json"

#: Stable word of each status, where an error has no word of its own.
_NAMES: Final[dict[int, str]] = {
    400: "bad-request",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    415: "wrong-content-type",
    422: "invalid-input",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}
#: What the OpenAPI document says of each.
TITLES: Final[dict[int, str]] = {status: name.replace("-", " ") for status, name in _NAMES.items()}


#: What of an HTTP error's head says more than its status.
_KEPT: Final = (hdrs.ALLOW, hdrs.RETRY_AFTER)


class ProblemError(CloudError):
    """An answer that is a problem document; `members` are added to it."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})


def problem_of(error: CloudError | web.HTTPException) -> ProblemError:
    """Return the problem that an error of a service or of aiohttp stands for."""
    match error:
        case ProblemError():
            found = error
        case web.HTTPException():
            name = _NAMES.get(error.status, f"http-{error.status}")
            kept: dict[str, str] = {header: error.headers[header] for header in _KEPT if header in error.headers}
            found = ProblemError(error.status, name, error.text or error.reason, headers=kept)
        case InvalidInputError():
            found = ProblemError(422, "invalid-input", str(error), members=_wrong(error))
        case NotFoundError():
            found = ProblemError(404, "not-found", str(error))
        case ConflictError():
            found = ProblemError(409, error.name, str(error))
        case LinkDownError():
            found = ProblemError(503, "broker-down", str(error))
        case _:
            found = ProblemError(503, "unavailable", str(error))
    return found


def _wrong(error: InvalidInputError) -> dict[str, Any]:
    return {"fields": error.fields, "errors": [one.to_object() for one in error.errors]}


def problem_response(problem: ProblemError) -> web.Response:
    """Return the document as a response."""
    body = {"type": f"urn:yizhan:problem:{problem.name}", "title": problem.name.replace("-", " "),
            "status": problem.status, "detail": problem.detail} | problem.members  # fmt: skip
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=problem.status, text=text, content_type=CONTENT_TYPE, headers=problem.headers)
