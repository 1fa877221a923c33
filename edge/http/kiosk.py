"""The kiosk page's way in: signs somebody in and out, shows him posts, prints a slip. Named acts only (ADR 47).

What the cloud said no to is a 409 whose `reason` chooses the page's words; a secret never stands in an answer.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from aiohttp import web
from pydantic import Field

from edge.errors import KioskRefused
from edge.http.resources import read
from edge.kiosk.desk import KioskDesk
from edge.kiosk.posts import KioskPosts
from firmware_profiles.ui.qr import qr_svg
from protocols.venue.document import Document

#: Consents that may be given while signing in, and whose texts a page may show.
TEXTS: Final = frozenset({"terms", "face"})
Mobile = Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]
Consents = Annotated[list[Annotated[str, Field(pattern=r"^terms$")]], Field(max_length=1)]


class CardWish(Document):
    """Sign me in by the card of this read."""

    read: Annotated[str, Field(max_length=36)]
    consents: Consents


class PhoneWish(Document):
    """Send me a code."""

    phone: Mobile


class CodeWish(Document):
    """Sign me in by the code."""

    phone: Mobile
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    consents: Consents


class SlipWish(Document):
    """Print me this post."""

    post: Annotated[str, Field(max_length=64)]


#: What `shown` says: nothing to look with, nobody looks, somebody is looked at, somebody was found, nobody of ours, a
#: person was enrolled, the try ended without an answer.
FACE_STATES: Final = ("off", "idle", "looking", "proposed", "unknown", "enrolled", "gave_up")


class FaceDoor(Protocol):
    """What the pages use of the station's faces (`edge.faces.service.Faces`); `page` is the kiosk's slot."""

    def shown(self, page: str) -> dict[str, Any]:
        """Return what a page shows, as `FACE_STATES` has it; `off` without a camera that works."""

    def proposed(self, page: str) -> str:
        """Return whom the running try found and who, where needed, confirmed; empty for nobody."""

    async def sign_in(self, page: str) -> None:
        """Begin to look for somebody of the gallery."""

    async def enrol(self, page: str, person: str, consent: str, check: tuple[str, str]) -> None:
        """Begin to enrol a person; `check` is what he typed to confirm by later, (phone4, birthday)."""

    async def confirm(self, page: str, answer: str) -> bool:
        """Return whether the digits are the proposed person's."""

    async def wrong(self, page: str) -> None:
        """Note that the proposed person is somebody else."""

    async def stop(self, page: str) -> None:
        """End the try."""


@dataclass(slots=True)
class KioskDoor:
    """What the routes use; `slots` are the kiosks of the station, `faces` is None without a slot of faces."""

    slots: frozenset[str]
    desk: KioskDesk
    posts: KioskPosts
    phone_page: str
    faces: FaceDoor | None = None


KIOSK: Final = web.AppKey("kiosk", KioskDoor)
Act = Callable[[KioskDoor, str], Awaitable[None]]


def sign_in_routes() -> list[web.RouteDef]:
    """Return the addresses of signing in and of posts."""
    return [
        web.post("/kiosk/{slot}/session/card", by_card),
        web.post("/kiosk/{slot}/session/codes", send_code),
        web.post("/kiosk/{slot}/session/code", by_code),
        web.post("/kiosk/{slot}/session/stay", stay),
        web.post("/kiosk/{slot}/session/end", end),
        web.get("/kiosk/{slot}/texts/{purpose}", consent_text),
        web.get("/kiosk/{slot}/phone.svg", phone_code),
        web.get("/kiosk/{slot}/posts", list_posts),
        web.post("/kiosk/{slot}/slips", print_slip),
    ]


def session_teller(door: KioskDoor | None, slot: str) -> Callable[[], bytes]:
    """Return what has to be said of session and faces on a stream: an event whenever one changed, at first too."""
    told: dict[str, str] = {}

    def newest() -> bytes:
        if door is None or not slot:
            return b""
        faces = door.faces.shown(slot) if door.faces else {"state": "off"}
        said = {"session": door.desk.document(slot), "face": faces}
        texts = {name: json.dumps(document, ensure_ascii=False) for name, document in said.items()}
        events = [f"event: {name}\ndata: {text}\n\n" for name, text in texts.items() if told.get(name) != text]
        told.update(texts)
        return "".join(events).encode()

    return newest


async def by_card(request: web.Request) -> web.Response:
    """Sign in by the card that was read."""
    wish = await read(request, CardWish)
    return await done(request, lambda door, slot: door.desk.by_card(slot, wish.read, wish.consents))


async def send_code(request: web.Request) -> web.Response:
    """Send a code to a phone."""
    wish = await read(request, PhoneWish)
    return await done(request, lambda door, slot: door.desk.cloud.send_code(slot, wish.phone))


async def by_code(request: web.Request) -> web.Response:
    """Sign in by the code."""
    wish = await read(request, CodeWish)
    return await done(request, lambda door, slot: door.desk.by_code(slot, wish.phone, wish.code, wish.consents))


async def stay(request: web.Request) -> web.Response:
    """Note that somebody touched the page."""
    await read(request, Document)
    return await done(request, lambda door, slot: door.desk.stay(slot))


async def end(request: web.Request) -> web.Response:
    """Sign out."""
    await read(request, Document)
    return await done(request, lambda door, slot: door.desk.end(slot))


async def consent_text(request: web.Request) -> web.Response:
    """Return the text in force of a consent; 409 `away` without the cloud, for nobody agrees to what he cannot read."""
    door, slot = door_of(request)
    purpose = request.match_info["purpose"]
    if purpose not in TEXTS:
        raise web.HTTPNotFound
    try:
        text = (await door.desk.cloud.texts(slot))[purpose]
    except KioskRefused as error:
        raise refusal(error) from error
    return web.json_response({name: text[name] for name in ("version", "title", "summary", "text")})


async def phone_code(request: web.Request) -> web.Response:
    """Return the QR that opens the phone page; 404 when the site file does not say where the cloud is."""
    door, _ = door_of(request)
    if not door.phone_page:
        raise web.HTTPNotFound
    return web.Response(body=qr_svg(door.phone_page), content_type="image/svg+xml")


async def list_posts(request: web.Request) -> web.Response:
    """Return the newest posts."""
    door, slot = door_of(request)
    return web.json_response(door.posts.document(slot))


async def print_slip(request: web.Request) -> web.Response:
    """Print a slip of a post for who is signed in."""
    wish = await read(request, SlipWish)

    async def act(door: KioskDoor, slot: str) -> None:
        await door.posts.print_slip(slot, door.desk.require(slot), wish.post)

    return await done(request, act)


def door_of(request: web.Request) -> tuple[KioskDoor, str]:
    """Return the door and the kiosk that a request names."""
    door, slot = request.app[KIOSK], request.match_info["slot"]
    if slot not in door.slots:
        raise web.HTTPNotFound(text="this station has no such kiosk")
    return door, slot


def refusal(error: KioskRefused) -> web.HTTPException:
    """Return the answer to what was refused; the page has words for most reasons, the cloud's for the rest."""
    body = json.dumps({"reason": error.reason, "words": error.words}, ensure_ascii=False)
    return web.HTTPConflict(text=body, content_type="application/json")


async def done(request: web.Request, act: Act) -> web.Response:
    """Do an act at the kiosk that a request names; return its session as it is then."""
    door, slot = door_of(request)
    try:
        await act(door, slot)
    except KioskRefused as error:
        raise refusal(error) from error
    return web.json_response(door.desk.document(slot))
