"""The pages of 应急通知: raise one in two steps, and see which screens show it."""

from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from cloud.emergency import raising, status
from cloud.emergency.shapes import NoticeDraft
from cloud.fleet import service as fleet
from cloud.identity.guard import visible
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other
from firmware_profiles.ui.notices import notice_templates

AREA: Final = "emergency"
#: Of a form, what a notice says and for how long.
_TEXTS: Final = ("kind", "title", "text")
_FIELDS: Final = (*_TEXTS, "minutes", "drill", "sound")


async def notices_page(request: web.Request) -> web.Response:
    """GET /emergencies?kind=: notices in force, past ones, and the form of a template that was chosen."""
    template = notice_templates().get(request.query.get("kind", ""))
    values: dict[str, str] = {}
    if template is not None and request[PRINCIPAL].may("emergency.raise"):
        values = {"kind": template.kind, "title": template.title, "text": template.text}
        values["minutes"] = str(template.minutes)
    return await _shown(request, values)


async def raise_form(request: web.Request) -> web.Response:
    """POST /emergencies."""
    form = await fields_of(request)
    chosen = [str(one) for one in (await request.post()).getall("stations", []) if one]
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in _TEXTS}
    values |= {"drill": form.get("drill") == "yes", "sound": form.get("sound") == "yes", "stations": chosen or None}
    minutes = form.get("minutes", "")
    values["minutes"] = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) <= 4 else 0  # noqa: PLR2004 - digits of a day's minutes
    values["text"] = " ".join(values["text"].split())
    try:
        row = await raising.raise_notice(request.app[CORE], parse(NoticeDraft, values), request[PRINCIPAL])
    except (ConflictError, InvalidInputError) as error:
        words = str(error) if isinstance(error, ConflictError) else request.app[STRINGS]("emergency.wrong")
        return await _shown(request, form, words)
    return see_other(f"/emergencies/{row.id}")


async def notice_page(request: web.Request) -> web.Response:
    """GET /emergencies/{id}."""
    document = await status.notice_document(request.match_info["id"], request[PRINCIPAL])
    return page(request, "emergency/notice.html", AREA, notice=document, kinds=_kinds())


async def lift_form(request: web.Request) -> web.Response:
    """POST /emergencies/{id}/lift."""
    with suppress(ConflictError):  # it ended meanwhile: the page says so
        await raising.lift_notice(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    return see_other(f"/emergencies/{request.match_info['id']}")


async def _shown(request: web.Request, values: dict[str, str], message: str = "") -> web.Response:
    names = {key: name for key, name in (await fleet.station_names()).items() if visible(request, key)}
    lines, _ = await status.list_notices(request[PRINCIPAL])
    values = dict.fromkeys(_FIELDS, "") | values
    return page(
        request, "emergency/list.html", AREA, 422 if message else 200, notices=lines, values=values, message=message,
        templates=list(notice_templates().values()), stations=names, kinds=_kinds(),
    )  # fmt: skip


def _kinds() -> dict[str, str]:
    return {one.kind: one.name for one in notice_templates().values()}
