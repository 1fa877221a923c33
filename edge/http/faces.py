"""Faces at the kiosk's page: look, enrol, confirm, that was not me, stop. Who is meant never comes from the page.

Numbers, reasons and boxes come here; no picture does, and no name before its person has confirmed.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, Final, Protocol

from aiohttp import web
from pydantic import Field

from edge.errors import KioskRefused
from edge.http.kiosk import KioskDoor, done, refusal
from edge.http.resources import read
from protocols.venue.document import Document

#: What somebody types who confirms: the last four digits of his phone, or his birthday as MMDD.
Digits = Annotated[str, Field(pattern=r"^[0-9]{4}$")]


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


class EnrolWish(Document):
    """Enrol me; by one of these I confirm later."""

    phone4: Digits
    birthday: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$")]


class Answer(Document):
    """The digits of who was proposed; empty where the gallery is small enough to need none."""

    digits: Annotated[str, Field(pattern=r"^([0-9]{4})?$")]


FACES: Final = web.AppKey("faces", FaceDoor)


def face_routes() -> list[web.RouteDef]:
    """Return the addresses of faces."""
    return [
        web.post("/kiosk/{slot}/face/look", look),
        web.post("/kiosk/{slot}/face/enrol", enrol),
        web.post("/kiosk/{slot}/face/confirm", confirm),
        web.post("/kiosk/{slot}/face/wrong", wrong),
        web.post("/kiosk/{slot}/face/stop", stop),
        web.post("/kiosk/{slot}/face/consent", agree),
        web.post("/kiosk/{slot}/face/withdraw", withdraw),
    ]


def face_teller(faces: FaceDoor | None, page: str) -> Callable[[], bytes]:
    """Return what has to be said of faces on a stream: an event whenever it changed, at first too."""
    told = ""

    def newest() -> bytes:
        nonlocal told
        if not page:
            return b""
        text = json.dumps(faces.shown(page) if faces else {"state": "off"}, ensure_ascii=False)
        if text == told:
            return b""
        told = text
        return f"event: face\ndata: {text}\n\n".encode()

    return newest


async def look(request: web.Request) -> web.Response:
    """Begin to look for who stands before the camera."""
    await read(request, Document)
    faces = _faces(request)
    return await done(request, lambda _door, slot: faces.sign_in(slot))


async def enrol(request: web.Request) -> web.Response:
    """Begin to enrol who is signed in and has agreed; his consent is the one that the cloud holds."""
    wish, faces = await read(request, EnrolWish), _faces(request)

    async def act(door: KioskDoor, slot: str) -> None:
        session = door.desk.require(slot)
        if not session.person or not session.face_consent:
            raise KioskRefused("no_face_consent")
        await faces.enrol(slot, session.person, session.face_consent, (wish.phone4, wish.birthday))

    return await done(request, act)


async def confirm(request: web.Request) -> web.Response:
    """Take the digits of who was proposed; right ones sign him in, and only then does the page learn a name."""
    answer, faces = await read(request, Answer), _faces(request)

    async def act(door: KioskDoor, slot: str) -> None:
        if answer.digits and not await faces.confirm(slot, answer.digits):
            raise KioskRefused("wrong_digits")
        person = faces.proposed(slot)
        if not person:
            raise KioskRefused("face_gone")
        await door.desk.by_face(slot, person)

    return await done(request, act)


async def wrong(request: web.Request) -> web.Response:
    """Note that the station took somebody for somebody else; whoever was signed in by it is signed out."""
    await read(request, Document)
    faces = _faces(request)

    async def act(door: KioskDoor, slot: str) -> None:
        await faces.wrong(slot)
        await door.desk.end(slot)

    return await done(request, act)


async def stop(request: web.Request) -> web.Response:
    """End the try."""
    await read(request, Document)
    faces = _faces(request)
    return await done(request, lambda _door, slot: faces.stop(slot))


async def agree(request: web.Request) -> web.Response:
    """Note at the cloud that who is signed in agrees to faces."""
    await read(request, Document)

    async def act(door: KioskDoor, slot: str) -> None:
        await door.desk.agree_to_face(slot)

    return await done(request, act)


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw the consent to faces: every station erases, and answers with a receipt."""
    await read(request, Document)
    return await done(request, lambda door, slot: door.desk.withdraw_face(slot))


def _faces(request: web.Request) -> FaceDoor:
    faces = request.app.get(FACES)
    if faces is None:
        raise refusal(KioskRefused("face_off"))
    return faces
