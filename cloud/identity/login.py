"""The way in and out of the console: name and password, then the code of the second factor."""

from datetime import date, datetime
from typing import Final

from aiohttp import web

from cloud.identity import service
from cloud.identity.guard import COOKIE
from cloud.platform.address import client_address
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.formats import SHANGHAI
from cloud.web.navigation import home_of
from cloud.web.shell import STRINGS, render
from cloud.web.views.strip import empty_strip

CODE_PATH: Final = "/login/code"


async def login_page(request: web.Request) -> web.Response:
    """GET /login."""
    return await _login(request, next_of(request.query.get("next", "")))


async def login(request: web.Request) -> web.Response:
    """POST /login: open a session and go on to where the person wanted to go, or to the second factor."""
    form = await request.post()
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    onward = next_of(str(form.get("next", "")))
    t = request.app[STRINGS]
    try:
        opened = await service.log_in(request.app[CORE], name, password, origin_of(request))
    except service.WrongPasswordError:
        return await _login(request, onward, name, t("login.wrong"), 401)
    except service.LockedError as error:
        return await _login(request, onward, name, t("login.wait", seconds=error.wait_s), 429)
    return _opened(request, opened, onward)


async def code_page(request: web.Request) -> web.Response:
    """GET /login/code: the second factor of a login that has begun."""
    onward = next_of(request.query.get("next", ""))
    try:
        await service.half_session(request.app[CORE], request.cookies.get(COOKIE, ""))
    except service.LoginEndedError:
        raise web.HTTPSeeOther("/login") from None
    return _code(request, onward)


async def enter_code(request: web.Request) -> web.Response:
    """POST /login/code: a code of the authenticator or a recovery code."""
    form = await request.post()
    onward, code = next_of(str(form.get("next", ""))), str(form.get("code", ""))
    t = request.app[STRINGS]
    try:
        cookie = request.cookies.get(COOKIE, "")
        opened = await service.finish_login(request.app[CORE], cookie, code, origin_of(request))
    except service.WrongCodeError:
        return _code(request, onward, t("login.code_wrong"), 401)
    except service.LockedError as error:
        return _code(request, onward, t("login.wait", seconds=error.wait_s), 429)
    except service.LoginEndedError as error:
        return await _login(request, onward, "", str(error), 401)
    return _opened(request, opened, onward)


async def logout(request: web.Request) -> web.Response:
    """POST /logout."""
    if PRINCIPAL in request:
        await service.log_out(request[PRINCIPAL])
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


def origin_of(request: web.Request) -> service.Origin:
    """Return where a login comes from."""
    return service.Origin(client_address(request), request.headers.get("User-Agent", ""))


def next_of(target: str) -> str:
    """Return an address of this console, never one of somebody else."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


def _opened(request: web.Request, opened: service.Login, onward: str) -> web.Response:
    if opened.half:
        target = str(request.rel_url.with_path(CODE_PATH).with_query({"next": onward}))
    else:
        target = home_of(opened.principal) if onward == "/" else onward
    response = web.Response(status=303, headers={"Location": target})
    response.set_cookie(
        COOKIE,
        opened.cookie,
        httponly=True,
        samesite="Lax",
        secure=request.app[CORE].settings.secure_cookies,
        path="/",
    )
    return response


async def _login(request: web.Request, onward: str, name: str = "", error: str = "", status: int = 200) -> web.Response:
    """Return the form; before the first account it says how one is made, for there is no default one."""
    fresh = not await service.any_account()
    context = {"strip": empty_strip(_day(request.app[CORE].now())), "next": onward, "name": name, "error": error}
    return render(request, "login.html", {**context, "fresh": fresh}, status)


def _code(request: web.Request, onward: str, error: str = "", status: int = 200) -> web.Response:
    strip = empty_strip(_day(request.app[CORE].now()))
    return render(request, "identity/code.html", {"strip": strip, "next": onward, "error": error}, status)


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
