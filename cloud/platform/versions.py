"""Which version of a thing is meant (RFC 9110, 13.1): an ETag on what is read, If-Match on what is written over it.

A handler compares inside its transaction, after it has locked the row, so that of two who read the same version only
one writes.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel

from cloud.platform.http import answer
from cloud.platform.problems import ProblemError

_TAG: Final = re.compile(r'(?:W/)?"[!#-~]*"')
_DIGITS: Final = 32
_NOT_MODIFIED: Final = 304


def tag_of(body: BaseModel) -> str:
    """Return the ETag of what is answered: equal content has an equal tag."""
    text = body.model_dump_json(by_alias=True, exclude_unset=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"'


def names_version(request: web.Request) -> bool:
    """Return whether the caller says which version he writes over."""
    return hdrs.IF_MATCH in request.headers


def check_version(request: web.Request, tag: str) -> None:
    """Return when the caller names no version, or that of `tag`, the one in force; else a 412 problem says so."""
    if names_version(request) and tag not in _named(request, hdrs.IF_MATCH, tag):
        detail = f"it has changed meanwhile: its version is {tag} now; read it again"
        raise ProblemError(412, "precondition-failed", detail, headers={hdrs.ETAG: tag})


def answer_version(
    request: web.Request,
    body: BaseModel,
    tag: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return an answer with its ETag (`tag`, else of its content); 304 to a reader who has just that version."""
    tag = tag or tag_of(body)
    head = {**(headers or {}), hdrs.ETAG: tag}
    if request.method == hdrs.METH_GET and hdrs.IF_NONE_MATCH in request.headers:
        known = {one.removeprefix("W/") for one in _named(request, hdrs.IF_NONE_MATCH, tag)}
        if tag in known:
            return web.Response(status=_NOT_MODIFIED, headers=head)
    return answer(body, status, head)


def _named(request: web.Request, header: str, tag: str) -> set[str]:
    """Return the tags in a header; `*` stands for the one in force, what is no tag for none."""
    text = ",".join(request.headers.getall(header)).strip()
    return {tag} if text == "*" else set(_TAG.findall(text))
