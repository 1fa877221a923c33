"""Emergency notices over HTTP: what screens are told, what they answer, and the door of who raises one at the station.

The door stands on the loopback address and on the venue's LAN. It opens to the hall's PIN, and on this machine to the
key in the state directory (`yizhan edge notice`); neither needs the cloud.
"""

import asyncio
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from edge.errors import NoticeRefused
from edge.http.names import NOTICE_KEY_FILE
from edge.http.resources import page_of, read
from edge.notices.desk import Notices, Seen, Wish
from edge.queue.pin import SESSION_S, Doors
from protocols.venue.document import Document, Uuid
from protocols.venue.queue import Pin
from protocols.venue.timestamps import format_time

COOKIE: Final = "yz_hall"
#: A screen larger than this is a mistake.
MAX_PIXELS: Final = 65_536
#: What lies under a notice follows it this much later: until then the page paints the notice and says so.
REST_AFTER_S: Final = 1.0
#: Who is said to have raised a notice.
BY_PIN: Final = "hall:pin"
BY_KEY: Final = "hall:command"


class Entry(Document):
    """What opens the door."""

    pin: Annotated[str, Field(pattern=r"^\d{6,12}$")]


class Shown(Document):
    """What a page says of itself: the notice that it has painted, the hash of its words, and its size."""

    notice: Uuid
    content: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    visible: bool
    width: Annotated[int, Field(ge=0, le=MAX_PIXELS)]
    height: Annotated[int, Field(ge=0, le=MAX_PIXELS)]


class Lifting(Document):
    """Which notice is taken back."""

    id: Uuid


@dataclass(frozen=True, slots=True)
class NoticeDoor:
    """The notices, who may touch them, and the station's key; `pin` is the hall's of the moment."""

    notices: Notices
    doors: Doors
    key: str
    title: str
    pin: Callable[[], Pin | None]


NOTICES: Final = web.AppKey("notices", NoticeDoor)


def station_key(state: Path) -> str:
    """Return the station's key, made at the first start; only the agent's user can read it."""
    path = state / NOTICE_KEY_FILE
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def door_routes() -> list[web.RouteDef]:
    """Return the addresses of the door."""
    return [
        web.get("/notice", notice_page),
        web.post("/notice/enter", enter),
        web.get("/notice/state", show_state),
        web.post("/notice/raise", raise_notice),
        web.post("/notice/lift", lift_notice),
    ]


def event_of(notices: Notices) -> bytes:
    """Return what screens show as a server-sent event; `notice` is null when they show what they always do."""
    one = notices.current
    document = one and {
        "id": one.id, "kind": one.kind, "title": one.title, "text": one.text, "mark": one.mark, "sound": one.sound,
        "ends_at": format_time(one.ends_at),
    }  # fmt: skip
    held = notices.in_force()
    more, left_s = max(0, len(held) - 1), held[0].left_s if held else 0.0
    text = json.dumps({"notice": document, "more": more, "left_s": left_s}, ensure_ascii=False, separators=(",", ":"))
    return f"event: notice\ndata: {text}\n\n".encode()


def teller(notices: Notices | None) -> Callable[[], bytes]:
    """Return what yields the event at first and after every change, and nothing in between; for one stream."""
    told = -1

    def newest() -> bytes:
        nonlocal told
        if notices is None or notices.version == told:
            return b""
        told = notices.version
        return event_of(notices)

    return newest


def notice_first(
    notice: Callable[[], bytes], rest: Callable[[], bytes], changed: asyncio.Event | None
) -> Callable[[], bytes]:
    """Return what yields a new notice alone and has `changed` set for the rest soon; a new page gets all at once."""
    begun = False

    def newest() -> bytes:
        nonlocal begun
        told = notice()
        if told and begun and changed is not None:
            asyncio.get_running_loop().call_later(REST_AFTER_S, changed.set)
            return told
        begun = True
        return told + rest()

    return newest


async def take_shown(request: web.Request, slot: str) -> web.Response:
    """Take a page's word: 204, or 409 when it shows something else than it should."""
    shown = await read(request, Shown)
    if not shown.visible:
        raise web.HTTPConflict(text="nobody sees this page")
    seen = Seen("page", shown.width, shown.height)
    if not await request.app[NOTICES].notices.acknowledge(slot, shown.notice, shown.content, seen):
        raise web.HTTPConflict(text="these are not the words of a notice in force")
    return web.Response(status=204)


async def notice_page(request: web.Request) -> web.Response:
    """Return the page: the door, and behind it the templates and what is in force."""
    del request
    return page_of("notice.html")


async def enter(request: web.Request) -> web.Response:
    """Take the PIN; 204 opens a session, 403 is a wrong one, 404 none is set, 429 means too many wrong ones."""
    door = request.app[NOTICES]
    entry, pin = await read(request, Entry), door.pin()
    if door.doors.is_shut():
        raise web.HTTPTooManyRequests(text="wait a minute")
    if pin is None:
        raise web.HTTPNotFound(text="this station has no PIN")
    opened = await asyncio.to_thread(door.doors.enter, pin, entry.pin)
    if opened is None:
        raise web.HTTPForbidden(text="wrong PIN")
    response = web.Response(status=204)
    response.set_cookie(COOKIE, opened, max_age=int(SESSION_S), httponly=True, samesite="Strict")
    return response


async def show_state(request: web.Request) -> web.Response:
    """Return what is in force and which screens show it."""
    who_asks(request)
    door = request.app[NOTICES]
    return web.json_response(
        {"title": door.title, "screens": sorted(door.notices.screens), "notices": door.notices.status()}
    )


async def raise_notice(request: web.Request) -> web.Response:
    """Put a notice on the station's screens: 201 with it; 409 names why not."""
    by = who_asks(request)
    wish = await read(request, Wish)
    try:
        notice = await request.app[NOTICES].notices.raise_here(wish, by)
    except NoticeRefused as refusal:
        raise _conflict(refusal) from refusal
    return web.json_response(notice.to_object(), status=201)


async def lift_notice(request: web.Request) -> web.Response:
    """Take a notice back: 204; 409 when it is not in force."""
    by = who_asks(request)
    lifting = await read(request, Lifting)
    try:
        await request.app[NOTICES].notices.lift_here(lifting.id, by)
    except NoticeRefused as refusal:
        raise _conflict(refusal) from refusal
    return web.Response(status=204)


def who_asks(request: web.Request) -> str:
    """Return who asks; 401 to everybody else."""
    door = request.app[NOTICES]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if given and hmac.compare_digest(given.encode(), door.key.encode()):
        return BY_KEY
    if door.doors.knows(request.cookies.get(COOKIE, "")):
        return BY_PIN
    raise web.HTTPUnauthorized(text="enter the PIN first")


def _conflict(refusal: NoticeRefused) -> web.HTTPConflict:
    body = json.dumps({"reason": refusal.reason, "text": str(refusal)})
    return web.HTTPConflict(text=body, content_type="application/json")
