"""The agent's web application; every address of it stands in `build_app`."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from edge.http.faces import PICTURES, face_routes
from edge.http.feeds import Beat, Feeds
from edge.http.names import HTTP_FILE
from edge.http.notices import NOTICES, NoticeDoor, door_routes, notice_first, take_shown, teller
from edge.http.queue import QUEUE, QueueFeed, kiosk_routes
from edge.http.resources import SECURITY, page_of, static_file, stream
from edge.pictures import Pictures
from edge.statefile import write_durably
from protocols.errors import DocumentError

LOOPBACK: Final = "127.0.0.1"
#: A page of another name that resolves here must not read or prove anything (DNS rebinding).
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
#: A beat is about 120 bytes.
MAX_BODY_BYTES: Final = 4_096
#: Open event streams may not hold up the exit.
SHUTDOWN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Reports:
    """What the application asks the agent at each request."""

    status: Callable[[], dict[str, Any]]
    metrics: Callable[[], bytes]


FEEDS: Final = web.AppKey("feeds", Feeds)
REPORTS: Final = web.AppKey("reports", Reports)


def build_app(
    feeds: Feeds,
    reports: Reports,
    queue: QueueFeed | None = None,
    notices: NoticeDoor | None = None,
    pictures: Pictures | None = None,
) -> web.Application:
    """Return the application; without a queue there is no kiosk page, without notices nothing pre-empts a page.

    Pictures need the door of the notices.
    """
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY_BYTES)
    app[FEEDS], app[REPORTS] = feeds, reports
    app.add_routes(
        [
            web.get("/wall/{slot}", wall_page),
            web.get("/wall/{slot}/events", wall_events),
            web.post("/wall/{slot}/beat", wall_beat),
            web.get("/static/{name}", static_file),
            web.get("/status", show_status),
            web.get("/metrics", show_metrics),
            web.get("/healthz", show_health),
        ]
    )
    if notices is not None:
        app[NOTICES] = notices
        app.add_routes([*door_routes(), web.post("/wall/{slot}/notice", wall_notice)])
    if pictures is not None:
        app[PICTURES] = pictures
        app.add_routes(face_routes())
    if queue is not None:
        app[QUEUE] = queue
        app.add_routes(kiosk_routes())
    return app


@asynccontextmanager
async def serve(app: web.Application, port: int, state: Path) -> AsyncIterator[str]:
    """Serve on the loopback address (0: any free port) and yield the base URL, which also goes to `http.json`."""
    # Without cancellation a page that went away would keep its place until the next ping.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        bound = runner.addresses[0][1]
        url = f"http://{LOOPBACK}:{bound}"
        write_durably(state / HTTP_FILE, json.dumps({"url": url, "port": bound}).encode())
        yield url
    finally:
        await runner.cleanup()


async def wall_page(request: web.Request) -> web.Response:
    """Return the page of one wall."""
    _known_slot(request)
    return page_of("wall.html")


async def wall_events(request: web.Request) -> web.StreamResponse:
    """Stream a wall's pictures: the whole newest one at once and after every change, calls, notices."""
    slot = _known_slot(request)
    feeds, queue, door = request.app[FEEDS], request.app.get(QUEUE), request.app.get(NOTICES)
    shown, notice = -1, teller(door.notices if door else None)

    def newest() -> bytes:
        nonlocal shown
        picture = feeds.picture(slot)
        events = f"id: {picture.rev}\nevent: wall\ndata: {picture.text}\n\n".encode()
        if queue is None or queue.queue.version == shown:
            return events
        shown = queue.queue.version
        return events + queue.event()

    with feeds.follow(slot) as changed:
        return await stream(request, changed, notice_first(notice, newest, changed))


async def wall_beat(request: web.Request) -> web.Response:
    """Take a page's beat."""
    slot = _known_slot(request)
    if request.content_type != "application/json":  # else any web page could send one
        raise web.HTTPUnsupportedMediaType(text="send application/json")
    try:
        beat = Beat.from_bytes(await request.read())
    except DocumentError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    await request.app[FEEDS].beat(slot, beat)
    return web.Response(status=204)


async def wall_notice(request: web.Request) -> web.Response:
    """Take a page's word that it shows the emergency notice."""
    return await take_shown(request, _known_slot(request))


async def show_status(request: web.Request) -> web.Response:
    """Return what the agent knows of itself."""
    return web.json_response(request.app[REPORTS].status())


async def show_metrics(request: web.Request) -> web.Response:
    """Return the metrics in Prometheus' text format."""
    return web.Response(body=request.app[REPORTS].metrics(), content_type="text/plain", charset="utf-8")


async def show_health(request: web.Request) -> web.Response:
    """Say that the agent's loop runs."""
    del request
    return web.Response(text="ok\n")


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only to our own names, and send the security headers with everything."""
    if request.host.rpartition(":")[0] not in HOSTS and request.host not in HOSTS:
        raise web.HTTPMisdirectedRequest(text="ask for 127.0.0.1 or localhost")
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(SECURITY)
        raise
    if not response.prepared:
        response.headers.update(SECURITY)
    return response


def _known_slot(request: web.Request) -> str:
    slot = request.match_info["slot"]
    if not request.app[FEEDS].has(slot):
        raise web.HTTPNotFound(text="this station has no such wall")
    return slot
