"""Faces at the kiosk's page: look, enrol, confirm, that was not me, stop. Who is meant never comes from the page.

Numbers, reasons and boxes come here; no picture does, and no name before its person has confirmed.
"""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from edge.errors import KioskRefused
from edge.http.kiosk import KIOSK, FaceDoor, KioskDoor, done, refusal, sign_in_routes
from edge.http.resources import read
from protocols.venue.document import Document

#: What somebody types who confirms: the last four digits of his phone, or his birthday as MMDD.
Digits = Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class EnrolWish(Document):
    """Enrol me; by one of these I confirm later."""

    phone4: Digits
    birthday: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$")]


class Answer(Document):
    """The digits of who was proposed; empty where the gallery is small enough to need none."""

    digits: Annotated[str, Field(pattern=r"^([0-9]{4})?$")]


def add_kiosk(app: web.Application, door: KioskDoor) -> None:
    """Add signing in, posts and faces to the application of the pages; before that it is the queue's kiosk alone."""
    app[KIOSK] = door
    app.add_routes([*sign_in_routes(), *look_routes()])


def look_routes() -> list[web.RouteDef]:
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
    faces = request.app[KIOSK].faces
    if faces is None:
        raise refusal(KioskRefused("face_off"))
    return faces
