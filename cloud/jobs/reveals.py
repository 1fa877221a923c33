"""Showing a contact's whole phone number: over REST and in the pages, each time with a reason that is kept."""

from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field

from cloud.identity.reveal import MAX_REASON, reveal
from cloud.jobs.contacts import FIRM_PHONE, POST_PHONE
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Asked, Shape, body_of
from cloud.web.shell import page

#: First word of the address -> key of keyring.SEALED.
_NAMES: Final = {"posts": POST_PHONE, "firms": FIRM_PHONE}


class RevealAsked(Asked):
    """Why somebody needs the number."""

    reason: Annotated[str, Field(max_length=MAX_REASON)]


class Revealed(Shape):
    """The whole number."""

    phone: str


async def reveal_post_phone(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/reveal: show the whole phone number of a contact; the reason is kept."""
    return await _answer(request, "posts")


async def reveal_firm_phone(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/reveal: show the whole phone number of a contact; the reason is kept."""
    return await _answer(request, "firms")


async def reveal_form(request: web.Request) -> web.Response:
    """POST /posts/{id}/reveal and /firms/{id}/reveal: the part of the page that shows the number."""
    reason = str((await request.post()).get("reason", ""))
    thing = request.path.split("/")[1]
    context: dict[str, Any] = {"thing": thing, "id": request.match_info["id"], "phone": "", "error": ""}
    try:
        context["phone"] = await _reveal(request, thing, reason)
    except InvalidInputError as error:
        context["error"] = str(error)
    return page(request, "jobs/_phone.html", **context)


async def _answer(request: web.Request, thing: str) -> web.Response:
    phone = await _reveal(request, thing, body_of(request, RevealAsked).reason)
    return answer(Revealed(phone=phone).model_dump())


async def _reveal(request: web.Request, thing: str, reason: str) -> str:
    return await reveal(request.app[CORE], request[PRINCIPAL].label, _NAMES[thing], request.match_info["id"], reason)
