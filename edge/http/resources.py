"""What the agent's applications share: security headers, package files, event streams that notice a dead reader."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any, Final

from aiohttp import web

from protocols.errors import DocumentError

#: A comment on idle event streams, so that both ends notice a dead one.
PING_INTERVAL_S: Final = 15.0
SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
#: Name below /static/ -> (folder of the package data, file, type).
STATIC: Final[dict[str, tuple[str, str, str]]] = {
    "wall.css": ("edge/http/static", "wall.css", "text/css"),
    "wall.js": ("edge/http/static", "wall.js", "text/javascript"),
    "calls.css": ("edge/http/static", "calls.css", "text/css"),
    "calls.js": ("edge/http/static", "calls.js", "text/javascript"),
    "kiosk.css": ("edge/http/static", "kiosk.css", "text/css"),
    "kiosk.js": ("edge/http/static", "kiosk.js", "text/javascript"),
    "kiosk-person.css": ("edge/http/static", "kiosk-person.css", "text/css"),
    "kiosk-person.js": ("edge/http/static", "kiosk-person.js", "text/javascript"),
    "kiosk-faces.js": ("edge/http/static", "kiosk-faces.js", "text/javascript"),
    "kiosk.json": ("firmware_profiles/ui", "kiosk.zh-CN.json", "application/json"),
    "counter.css": ("edge/http/static", "counter.css", "text/css"),
    "counter.js": ("edge/http/static", "counter.js", "text/javascript"),
    "notices.css": ("edge/http/static", "notices.css", "text/css"),
    "notices.js": ("edge/http/static", "notices.js", "text/javascript"),
    "notice.css": ("edge/http/static", "notice.css", "text/css"),
    "door.js": ("edge/http/static", "door.js", "text/javascript"),
    "notice.js": ("edge/http/static", "notice.js", "text/javascript"),
    "face.css": ("edge/http/static", "face.css", "text/css"),
    "face.js": ("edge/http/static", "face.js", "text/javascript"),
    "face.json": ("firmware_profiles/ui", "face.zh-CN.json", "application/json"),
    "notices.json": ("firmware_profiles/ui", "notices.zh-CN.json", "application/json"),
    "mark.svg": ("edge/http/static", "mark.svg", "image/svg+xml"),
    "tokens.css": ("firmware_profiles/ui", "tokens.css", "text/css"),
    "strings.json": ("firmware_profiles/ui", "wall.zh-CN.json", "application/json"),
    "queue.json": ("firmware_profiles/ui", "queue.zh-CN.json", "application/json"),
}


async def stream(
    request: web.Request, changed: asyncio.Event | None, newest: Callable[[], bytes]
) -> web.StreamResponse:
    """Send what `newest` returns at once and after every change, until the reader goes; None: there is no room."""
    if changed is None:
        raise web.HTTPServiceUnavailable(text="too many pages follow this")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", **SECURITY})
    await response.prepare(request)
    with suppress(ConnectionError):
        await response.write(b"retry: 1000\n\n")
        while True:
            await _next_change(response, changed)
            await response.write(newest())
    return response


async def _next_change(response: web.StreamResponse, changed: asyncio.Event) -> None:
    while True:
        try:
            async with asyncio.timeout(PING_INTERVAL_S):
                await changed.wait()
        except TimeoutError:
            await response.write(b": still here\n\n")
        else:
            changed.clear()
            return


async def static_file(request: web.Request) -> web.Response:
    """Return one file of the table."""
    try:
        folder, file, content_type = STATIC[request.match_info["name"]]
    except KeyError as error:
        raise web.HTTPNotFound from error
    return web.Response(body=resource(folder, file), content_type=content_type, charset="utf-8")


async def read(request: web.Request, model: type[Any]) -> Any:
    """Return the JSON body as a document; another content type could come from any web page."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send application/json")
    try:
        return model.from_bytes(await request.read())
    except DocumentError as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def page_of(file: str) -> web.Response:
    """Return a page of the package."""
    return web.Response(body=resource("edge/http/static", file), content_type="text/html", charset="utf-8")


@cache
def resource(folder: str, file: str) -> bytes:
    """Return a file of the package's data."""
    package, _, rest = folder.partition("/")
    return files(package).joinpath(*rest.split("/"), *file.split("/")).read_bytes()
