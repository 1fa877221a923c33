"""Live pictures for terminals that insist on one: staff of the station take it here, for a command that waits for it.

The page stands where the emergency notices do: on the loopback address, whose browser may use the machine's camera, and
on the venue's LAN, where a phone's own camera is used. The door is the notices' too: the hall's PIN.
"""

from typing import Final
from urllib.parse import unquote

from aiohttp import web

from devices.driver import LivePicture
from devices.people import MAX_NAME
from edge.errors import PictureRefused
from edge.http.notices import who_asks
from edge.http.resources import page_of
from edge.pictures import Pictures, overwrite
from protocols.errors import ParsingError
from protocols.frames.jpeg import MAX_PICTURE_BYTES, bare

PICTURES: Final = web.AppKey("pictures", Pictures)
#: What the page says of the person, in heads: a body that is the picture alone is never taken apart or kept.
CONSENT: Final = "X-Consent"
NAME: Final = "X-Person-Name"


def face_routes() -> list[web.RouteDef]:
    """Return the addresses of the page."""
    return [
        web.get("/face", face_page),
        web.get("/face/wishes", show_wishes),
        web.post("/face/wishes/{wish}", take_picture),
    ]


async def face_page(request: web.Request) -> web.Response:
    """Return the page: the door, and behind it what waits for a picture."""
    del request
    return page_of("face.html")


async def show_wishes(request: web.Request) -> web.Response:
    """Return what waits for a picture; 401 without the PIN."""
    who_asks(request)
    return web.json_response({"wishes": request.app[PICTURES].status()})


async def take_picture(request: web.Request) -> web.Response:
    """Take one JPEG for one wish: 200 with what became of it, once the terminal has it or refused it.

    400: no picture that a terminal takes; 409: nobody waits for it; 413: too large; 415: not declared as a JPEG, as no
    form of a strange page can; 428: the person's consent was not declared.
    """
    who_asks(request)
    if request.content_type != "image/jpeg":
        raise web.HTTPUnsupportedMediaType(text="send image/jpeg")
    if request.headers.get(CONSENT) != "yes":
        raise web.HTTPPreconditionRequired(text="the person must have consented")
    sent = await _received(request)
    try:
        still = bare(sent)
    except ParsingError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    finally:
        overwrite(sent)
    name = unquote(request.headers.get(NAME, ""))[:MAX_NAME].strip()
    try:
        ended = await request.app[PICTURES].give(request.match_info["wish"], LivePicture(still.data, name))
    except PictureRefused as error:
        raise web.HTTPConflict(text=str(error)) from error
    return web.json_response({"outcome": ended.outcome, "text": ended.text})


async def _received(request: web.Request) -> bytearray:
    """Return the body in one piece of memory that can be overwritten; 413 when it is too large."""
    room, size = bytearray(MAX_PICTURE_BYTES), 0
    async for piece in request.content.iter_any():
        if size + len(piece) > MAX_PICTURE_BYTES:
            overwrite(room)
            raise web.HTTPRequestEntityTooLarge(max_size=MAX_PICTURE_BYTES, actual_size=size + len(piece))
        room[size : size + len(piece)] = piece
        size += len(piece)
    del room[size:]
    return room
