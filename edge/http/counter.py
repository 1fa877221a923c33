"""The counter page of the hall, on the venue's LAN: calls numbers while the console cannot. A site of its own.

Emergency notices are raised there too. Nothing else is served: no status, no metrics, no kiosk. Who calls shows the
station's PIN first.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final, cast, get_args

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from edge.errors import BadAddress, OutboxError, TicketRefused
from edge.http.app import MAX_BODY_BYTES, SHUTDOWN_S
from edge.http.faces import PICTURES, face_routes
from edge.http.notices import COOKIE, NOTICES, Entry, NoticeDoor, door_routes
from edge.http.queue import QUEUE, QueueFeed, queue_events, refusal
from edge.http.resources import SECURITY, page_of, read, static_file
from edge.pictures import Pictures
from edge.queue.desk import HallAct
from edge.queue.pin import SESSION_S, Doors
from protocols.venue.document import Document

DOORS: Final = web.AppKey("doors", Doors)
MAX_PORT: Final = 65_535
_ACTS: Final = frozenset(get_args(HallAct))
#: What may be asked without the PIN.
_OPEN: Final = frozenset({"/", "/enter", "/notice", "/notice/enter", "/face"})


class Asked(Document):
    """What a counter asks for."""

    counter: Annotated[int, Field(ge=1, le=99)]
    act: Annotated[str, Field(pattern=r"^[a-z_]{1,16}$")]


def build_counter_app(
    feed: QueueFeed, notices: NoticeDoor | None = None, pictures: Pictures | None = None
) -> web.Application:
    """Return the application; whoever has the PIN may raise notices and take pictures for terminals, if given."""
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY_BYTES)
    app[QUEUE], app[DOORS] = feed, notices.doors if notices else Doors()
    if notices is not None:
        app[NOTICES] = notices
        app.add_routes(door_routes())
    if pictures is not None:
        app[PICTURES] = pictures
        app.add_routes(face_routes())
    app.add_routes(
        [
            web.get("/", counter_page),
            web.post("/enter", enter),
            web.get("/session", session),
            web.get("/events", queue_events),
            web.post("/acts", act),
            web.get("/static/{name}", static_file),
        ]
    )
    return app


@asynccontextmanager
async def serve_counter(app: web.Application, address: str) -> AsyncIterator[str]:
    """Serve at `host:port` of the LAN and yield the URL; an empty address serves nothing."""
    if not address:
        yield ""
        return
    host, port = split_address(address)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{bound_host}:{bound_port}"
    finally:
        await runner.cleanup()


def split_address(address: str) -> tuple[str, int]:
    """Return host and port; the host is an IP address, because only those are answered."""
    host, _, port = address.rpartition(":")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError as error:
        raise BadAddress(f"{address!r} is no address of the LAN; write 192.168.1.10:8090") from error
    if not 0 <= number <= MAX_PORT:
        raise BadAddress(f"{port} is no port: 0-{MAX_PORT}")
    return host, number


async def counter_page(request: web.Request) -> web.Response:
    """Return the page: the door, and behind it the counter."""
    del request
    return page_of("counter.html")


async def enter(request: web.Request) -> web.Response:
    """Take the PIN; 204 opens a session, 403 is a wrong one, 429 means too many of those."""
    doors, feed = request.app[DOORS], request.app[QUEUE]
    entry = await read(request, Entry)
    if doors.is_shut():
        raise web.HTTPTooManyRequests(text="wait a minute")
    pin = feed.queue.board.pin if feed.queue.board else None
    opened = await asyncio.to_thread(doors.enter, pin, entry.pin)
    if opened is None:
        raise web.HTTPForbidden(text="wrong PIN")
    response = web.Response(status=204)
    response.set_cookie(COOKIE, opened, max_age=int(SESSION_S), httponly=True, samesite="Strict")
    return response


async def session(request: web.Request) -> web.Response:
    """Say that the PIN was entered: 204, or 401 by the guard."""
    del request
    return web.Response(status=204)


async def act(request: web.Request) -> web.Response:
    """Do something at a counter; 409 names why not, such as `online` while the console is there."""
    asked = await read(request, Asked)
    if asked.act not in _ACTS:
        raise refusal(TicketRefused("illegal"))
    try:
        here = await request.app[QUEUE].queue.act(
            asked.counter, cast("HallAct", asked.act), f"hall:{asked.counter}"
        )  # fmt: skip
    except OutboxError as error:
        raise refusal(error) from error
    return web.json_response({"label": here.label if here else "", "state": here.ticket.state if here else ""})


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer to addresses only, not to names (DNS rebinding), and to the PIN's sessions only."""
    try:
        if not _is_address(request.host):
            raise web.HTTPMisdirectedRequest(text="ask for the address of this machine")
        if not (request.path in _OPEN or request.path.startswith("/static/")) and not request.app[DOORS].knows(
            request.cookies.get(COOKIE, "")
        ):
            raise web.HTTPUnauthorized(text="enter the PIN first")
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(SECURITY)
        raise
    if not response.prepared:
        response.headers.update(SECURITY)
    return response


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.rpartition(":")[0] or host)
    except ValueError:
        return False
    return True
