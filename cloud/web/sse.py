"""GET /live: tells a page which of its parts are out of date (server-sent events).

The stream carries names, not content: `live-{part}`. The page fetches the part again with its own rights, so that
nobody is sent what he may not read. Names are collected while a client is slow, so what waits for it is bounded by
the number of parts, and a burst of news becomes one fetch.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.notify.hub import Message, Subscription
from cloud.platform.problems import ProblemError

#: News of a burst are collected for this long.
COLLECT_S: Final = 0.25
#: A comment this often keeps proxies from closing the line and finds clients that are gone.
KEEPALIVE_S: Final = 15.0
#: More parts than this in one burst mean: fetch everything.
MAX_PARTS: Final = 64
#: Ids count milliseconds since 1970 and up.
MAX_ID_DIGITS: Final = 18
#: What a page fetches again when it cannot know what it missed.
EVERYTHING: Final = "live-all"

#: The open lines: they end with the application, also those whose browser left without a word.
LINES: Final = web.AppKey("live-lines", set[asyncio.Task[Any]])

#: The same of the public, counted by visitor.
VISITOR_LINES: Final = web.AppKey("visitor-lines", Counter[str])
#: One person has a page open, perhaps on a second device.
MAX_LINES: Final = 4

Parts = Callable[[Mapping[str, Any]], tuple[str, ...]]


def _of_station(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-station-{data['station']}", "live-venues", "live-today")


def _of_news(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (*_of_station(data), "live-notices")


def _of_values(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-values-{data['station']}",)


def _of_wall(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-station-{data['station']}",)


def _of_queue(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-queue-{data['station']}",)


def _of_ticket(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-ticket-{data['id']}", "live-tickets", "live-today", "live-notices")


def _of_thread(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-thread-{data['id']}", "live-threads", "live-today", "live-notices")


def _of_post(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"live-post-{data['id']}", "live-posts", "live-today", "live-notices")


#: Topic of the hub -> the parts of pages it makes out of date.
TOPICS: Final[dict[str, Parts]] = {
    "station": _of_station,
    "slot": _of_station,
    "command": _of_news,
    "twin": _of_station,
    "alarm": _of_news,
    "live": _of_values,
    "opening": _of_station,
    "wall": _of_wall,
    "proof": _of_wall,
    "post": _of_post,
    "repair": lambda _: ("live-repairs", "live-venues", "live-today"),
    "fair": lambda data: (f"live-fair-{data['id']}", "live-fairs", "live-today", "live-notices"),
    "fair-watch": lambda _: ("live-fairs", "live-today", "live-notices"),
    "policy": lambda _: ("live-policies", "live-today", "live-notices"),
    "emergency": lambda data: (f"live-emergency-{data['id']}", "live-emergencies"),
    "queue": _of_queue,
    "ticket": _of_ticket,
    "thread": _of_thread,
    "survey": lambda data: (f"live-survey-{data['id']}",),
    "person": lambda _: ("live-people",),
    "faces": lambda _: ("live-faces",),
    "placement": lambda _: ("live-placements",),
    "notice": lambda _: ("live-notices",),
    "approval": lambda _: ("live-approvals", "live-today", "live-notices"),
    "tree": lambda _: (EVERYTHING,),
    "resync": lambda _: (EVERYTHING,),
}


def set_up_live(app: web.Application) -> None:
    """Have the lines of an application end when it stops."""
    app[LINES] = set()
    app[VISITOR_LINES] = Counter()

    async def hang_up(app: web.Application) -> None:
        for line in app[LINES]:
            line.cancel()

    app.on_shutdown.append(hang_up)


async def live(request: web.Request) -> web.StreamResponse:
    """Send names of parts until the browser goes away."""
    principal = request[PRINCIPAL]

    def wants(message: Message) -> bool:
        return "station" not in message.data or principal.allows(message.data["station"])

    return await _stream(request, tuple(TOPICS), wants)


async def visitor_live(
    request: web.Request, topic: str, wants: Callable[[Mapping[str, Any]], bool]
) -> web.StreamResponse:
    """Send names of parts of one topic to somebody of the public; 429 when he has too many lines open."""
    label, lines = request[VISITOR].label, request.app[VISITOR_LINES]
    if lines[label] >= MAX_LINES:
        raise ProblemError(429, "too-many-requests", f"at most {MAX_LINES} lines at a time")
    lines[label] += 1
    try:
        return await _stream(request, (topic,), lambda message: wants(message.data))
    finally:
        lines[label] -= 1
        if not lines[label]:
            del lines[label]


async def _stream(
    request: web.Request, topics: tuple[str, ...], wants: Callable[[Message], bool]
) -> web.StreamResponse:
    task = asyncio.current_task()
    lines = request.app[LINES]
    if task is None:
        raise RuntimeError("a request is handled in a task")
    lines.add(task)
    task.add_done_callback(lines.discard)
    headers = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    with request.app[CORE].hub.subscribe(*topics, last_id=_last_id(request), wants=wants) as subscription:
        await response.write(b": hello\n\n")
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(await next_bytes(subscription))
    return response


async def next_bytes(subscription: Subscription) -> bytes:
    """Return what to send next: the parts of one burst of news, or a comment when nothing happened."""
    try:
        async with asyncio.timeout(KEEPALIVE_S):
            first = await subscription.get()
    except TimeoutError:
        return b": still here\n\n"
    messages = [first]
    deadline = asyncio.get_running_loop().time() + COLLECT_S
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            while True:
                messages.append(await subscription.get())
    return render_parts(messages)


def render_parts(messages: list[Message]) -> bytes:
    """Return one event for each part, all with the id of the newest message."""
    parts: dict[str, None] = {}
    for message in messages:
        parts |= dict.fromkeys(TOPICS[message.topic](message.data))
    names = [EVERYTHING] if EVERYTHING in parts or len(parts) > MAX_PARTS else list(parts)
    newest = max(message.id for message in messages)
    return "".join(f"id: {newest}\nevent: {name}\ndata: {newest}\n\n" for name in names).encode()


def _last_id(request: web.Request) -> int | None:
    """Return the newest news that the page knows: of the broken line before this one, else of its own making."""
    text = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS else None
