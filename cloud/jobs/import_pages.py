"""The pages of 批量导入: send a file, watch it being judged, read what is wrong, decide, take the report."""

import asyncio
from typing import Any, Final

from aiohttp import web

from cloud.jobs import imports
from cloud.jobs.workbooks import check_file
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.phone import fields_of
from cloud.web.shell import page, see_other, wants_fragment

#: Errors on the page; the report has all of them.
SHOWN_ROWS: Final = 100
_FILE: Final = web.RequestKey("import_file", bytes)
_NAME: Final = web.RequestKey("import_name", str)
_WRONG: Final = web.RequestKey("import_wrong", str)


async def imports_page(request: web.Request) -> web.Response:
    """GET /posts/imports: send a file; what was sent before."""
    return await _list(request)


async def check_sent(request: web.Request) -> None:
    """Look at the file before the write's transaction; what is wrong with it stands in the page."""
    sent = (await request.post()).get("file")
    request[_FILE] = sent.file.read() if isinstance(sent, web.FileField) else b""
    request[_NAME] = sent.filename if isinstance(sent, web.FileField) else ""
    try:
        await asyncio.to_thread(check_file, request[_FILE])
    except InvalidInputError as error:
        request[_WRONG] = str(error)


async def send(request: web.Request) -> web.Response:
    """POST /posts/imports."""
    if request.get(_WRONG):
        return await _list(request, request[_WRONG], 422)
    form = await fields_of(request)
    by, publish = request[PRINCIPAL].label, form.get("publish") == "yes" and request[PRINCIPAL].may("post.publish")
    try:
        key = await imports.begin(request.app[CORE], request[_NAME], request[_FILE], by=by, publish=publish)
    except ConflictError as error:
        return await _list(request, str(error), 409)
    return see_other(f"/posts/imports/{key}")


async def import_page(request: web.Request) -> web.Response:
    """GET /posts/imports/{id}: progress, errors, the decision."""
    return await _shown(request)


async def decide(request: web.Request) -> web.Response:
    """POST /posts/imports/{id}/decision: `mode` of the form."""
    mode = (await fields_of(request)).get("mode", "")
    import_id = request.match_info["id"]
    try:
        if mode == "cancel":
            await imports.cancel(request.app[CORE], import_id)
        else:
            chosen: imports.Mode = "all" if mode == "all" else "good"
            await imports.decide(request.app[CORE], import_id, chosen, by=request[PRINCIPAL].label)
    except ConflictError as error:
        return await _shown(request, str(error), 409)
    return see_other(f"/posts/imports/{import_id}")


async def _list(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    context: dict[str, Any] = {"rows": await imports.list_imports(), "error": error}
    return page(request, "jobs/imports.html", "posts", status, **context)


async def _shown(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    import_id = request.match_info["id"]
    job = await imports.get_import(import_id)
    bad, more = await imports.list_rows(import_id, state="bad", limit=SHOWN_ROWS)
    context = {"job": job, "bad": bad, "more": more is not None, "running": job["state"] in imports.RUNNING}
    template = "jobs/_import.html" if wants_fragment(request) else "jobs/import.html"
    return page(request, template, "posts", status, message=message, message_bad=bool(message), **context)
