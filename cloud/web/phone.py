"""What the pages of the public have in common: their frame, their cookie, what their forms send."""

from typing import Any, Final

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from cloud.identity import public
from cloud.identity.guard import VISITOR_COOKIE
from cloud.identity.phones import Mobile
from cloud.identity.public import Opened
from cloud.platform.errors import InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.web.shell import render

_MOBILE: Final = TypeAdapter[str](Mobile)
#: Where a form says to go on to after the login.
_NEXT: Final = web.RequestKey("next", str)


def phone_page(request: web.Request, template: str, *, home: str, status: int = 200, **context: Any) -> web.Response:
    """Return a page of the public."""
    visitor, principal = request.get(VISITOR), request.get(PRINCIPAL)
    csrf = visitor.csrf if visitor else principal.csrf if principal else ""
    frame = {"home": home, "visitor": visitor, "csrf": csrf, "error": "", "note": ""}
    return render(request, template, {**frame, **context}, status)


def signed_in(request: web.Request, opened: Opened, target: str) -> web.Response:
    """Give the browser the cookie of a new session and send it on."""
    response = go(target)
    longest = public.LIFETIMES[opened.visitor.kind][1]
    response.set_cookie(
        VISITOR_COOKIE,
        opened.secret,
        max_age=int(longest.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.app[CORE].settings.secure_cookies,
        path="/",
    )
    return response


def signed_out(target: str) -> web.Response:
    """Take the cookie away and send the browser on."""
    response = go(target)
    response.del_cookie(VISITOR_COOKIE, path="/")
    return response


def mobile_of(text: str) -> str:
    """Return a mobile number; InvalidInputError when it is none."""
    try:
        return _MOBILE.validate_python(text)
    except ValidationError as error:
        raise InvalidInputError("请填写 11 位手机号", {"phone": "请填写 11 位手机号"}) from error


def onward(text: str, home: str) -> str:
    """Return where to go after the login: a page of the same part, never another site."""
    return text if text == home or text.startswith(f"{home}/") else home


def onward_of(request: web.Request, home: str) -> str:
    """Return where to go after the login that a request is a step of: its address or its form says it."""
    return onward(request.query.get("next") or request.get(_NEXT, ""), home)


async def fields_of(request: web.Request) -> dict[str, str]:
    """Return the texts of a form; where it says to go on to is remembered for `onward_of`."""
    fields = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    request[_NEXT] = fields.get("next", "")
    return fields


def go(target: str) -> web.Response:
    """Send the browser to another page after a form."""
    return web.Response(status=303, headers={"Location": target})
