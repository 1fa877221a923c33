"""The phone's page 刷脸: its text, the other ways beside it, where the face lies, and taking it back in two taps."""

from typing import Final

from aiohttp import web

from cloud.legal import service as legal
from cloud.people import consents
from cloud.people.faces import correcting, status
from cloud.platform.keys import CORE, VISITOR
from cloud.web.phone import fields_of, go, phone_page
from cloud.web.shell import STRINGS

HOME: Final = "/my"
HERE: Final = "/my/face"


async def face_page(request: web.Request) -> web.Response:
    """GET /my/face?ask=yes: what somebody sees of his own face; `ask` is the second of the two taps."""
    core, person = request.app[CORE], request[VISITOR].id
    note = f"face.note.{request.query.get('note', '')}"
    return phone_page(
        request,
        "people/face_mine.html",
        home=HOME,
        text=legal.in_force(core, "face"),
        agrees=await consents.has_consent(person, consents.FACE),
        own=await status.own(core, person),
        asked=request.query.get("ask") == "yes",
        note=request.app[STRINGS](note) if note in request.app[STRINGS] else "",
    )


async def save(request: web.Request) -> web.Response:
    """POST /my/face: agree, or take it back; every station is told at once."""
    core, person = request.app[CORE], request[VISITOR].id
    if (await fields_of(request)).get("act") == "give":
        async with core.outbox.transaction():
            await consents.give_consents(core, person, [consents.FACE], "phone")
        return go(f"{HERE}?note=agreed")
    await consents.withdraw_consent(core, person, consents.FACE)
    return go(f"{HERE}?note=withdrawn")


async def deny(request: web.Request) -> web.Response:
    """POST /my/face/looks/{id}: it was not the person; his template goes from that station."""
    visitor = request[VISITOR]
    await correcting.deny(request.app[CORE], request.match_info["id"], visitor.id, visitor.label)
    return go(f"{HERE}?note=denied")
