"""The queue's pages on this machine: the kiosk takes numbers, and its stream and the wall's show the calls."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from edge.errors import OutboxError, TicketRefused
from edge.http.kiosk import KIOSK, session_teller
from edge.http.notices import NOTICES, notice_first, take_shown, teller
from edge.http.resources import page_of, read, resource, stream
from edge.queue.desk import Queue
from edge.queue.picture import issued_document, picture
from edge.queue.voice import CLIPS, SUFFIX
from edge.visitors import Visitors
from protocols.venue.document import Document, Uuid
from protocols.venue.queue import Letter, PriorityKey

#: Pages that may follow the queue at a time.
MAX_PAGES: Final = 64


class Wish(Document):
    """What the kiosk page asks: a number of a service; `key` names the wish, so that asking again gives the same."""

    key: Uuid
    letter: Letter
    priority: PriorityKey = ""
    #: The read that the page greeted somebody for, so that his card finds this number again today.
    read: Annotated[str, Field(max_length=36)] = ""


class QueueFeed:
    """The queue as pages follow it; `kiosks` are the slots that have a kiosk page."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts it joins
        self,
        queue: Queue,
        visitors: Visitors,
        title: str,
        kiosks: list[str],
        now: Callable[[], datetime],
        online: Callable[[], bool],
    ) -> None:
        self.queue = queue
        self.visitors = visitors
        self.title = title
        self.kiosks = kiosks
        self._now = now
        self._online = online
        self._followers: set[asyncio.Event] = set()
        queue.watch(self.changed)
        visitors.watch(self.changed)

    def changed(self) -> None:
        """Have every page look again."""
        for follower in self._followers:
            follower.set()

    @contextmanager
    def follow(self) -> Iterator[asyncio.Event | None]:
        """Yield an event that is set at every change, at first too; None when there is no room."""
        if len(self._followers) >= MAX_PAGES:
            yield None
            return
        follower = asyncio.Event()
        follower.set()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def event(self) -> bytes:
        """Return the newest picture as a server-sent event."""
        text = picture(self.queue, self.title, self._now(), online=self._online())
        return f"event: queue\ndata: {text}\n\n".encode()

    def greeting(self, page: str, greeted: str) -> tuple[str, bytes]:
        """Return who stands before a page as (read, server-sent event), the event empty when that read was told."""
        visit = self.visitors.shown(page)
        if visit is None or visit.read == greeted:
            return greeted, b""
        known = self.visitors.number_of(visit)
        document = {
            "read": visit.read, "outcome": visit.outcome, "name": visit.name, "code": visit.code,
            "welcome": visit.welcome, "ticket": None if known is None else issued_document(known, self.title),
        }  # fmt: skip
        return visit.read, f"event: visitor\ndata: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


QUEUE: Final = web.AppKey("queue", QueueFeed)


def kiosk_routes() -> list[web.RouteDef]:
    """Return the addresses of the kiosk page."""
    return [
        web.get("/kiosk/{slot}", kiosk_page),
        web.get("/kiosk/{slot}/events", queue_events),
        web.post("/kiosk/{slot}/tickets", take_number),
        web.post("/kiosk/{slot}/notice", kiosk_notice),
        web.get("/voice/{clip}", voice_clip),
    ]


async def kiosk_page(request: web.Request) -> web.Response:
    """Return the page of one kiosk."""
    _known_kiosk(request)
    return page_of("kiosk.html")


async def queue_events(request: web.Request) -> web.StreamResponse:
    """Stream the queue: the whole newest picture at once and after every change; at a kiosk also who stands there.

    An emergency notice comes before everything else.
    """
    feed, door = request.app[QUEUE], request.app.get(NOTICES)
    page, greeted = _known_kiosk(request) if "slot" in request.match_info else "", ""
    notice = teller(door.notices if door else None)
    session = session_teller(request.app.get(KIOSK), page)

    def newest() -> bytes:
        nonlocal greeted
        greeted, greeting = feed.greeting(page, greeted)
        return feed.event() + session() + greeting

    with feed.follow() as changed:
        return await stream(request, changed, notice_first(notice, newest, changed))


async def kiosk_notice(request: web.Request) -> web.Response:
    """Take a page's word that it shows the emergency notice."""
    return await take_shown(request, _known_kiosk(request))


async def take_number(request: web.Request) -> web.Response:
    """Give out a number; 409 names why none is given."""
    slot = _known_kiosk(request)
    wish = await read(request, Wish)
    feed = request.app[QUEUE]
    try:
        issued = await feed.queue.issue(slot, wish.letter, wish.priority, wish.key)
    except OutboxError as error:
        raise refusal(error) from error
    feed.visitors.took(slot, wish.read, issued.held.ticket.id)
    return web.json_response(issued_document(issued, feed.title), status=201)


async def voice_clip(request: web.Request) -> web.Response:
    """Return one clip."""
    name = request.match_info["clip"].removesuffix(SUFFIX)
    if name not in CLIPS:
        raise web.HTTPNotFound
    return web.Response(body=resource("edge/http/static", f"voice/{name}{SUFFIX}"), content_type="audio/wav")


def refusal(error: OutboxError) -> web.HTTPException:
    """Return the answer to what cannot be done: the page has words for `reason`."""
    reason = error.reason if isinstance(error, TicketRefused) else "not_stored"
    body = f'{{"reason": "{reason}"}}'
    return web.HTTPConflict(text=body, content_type="application/json")


def _known_kiosk(request: web.Request) -> str:
    slot = request.match_info["slot"]
    if slot not in request.app[QUEUE].kiosks:
        raise web.HTTPNotFound(text="this station has no such kiosk")
    return slot
