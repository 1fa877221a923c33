"""The page 求职者 → registration at the counter: who it is, whose phone it is, then what he tells part by part."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.people.consents import consent_texts
from cloud.people.desk.replies import fields_of, many_of, words_of
from cloud.people.persons import get_person
from cloud.people.registration import counter, tables
from cloud.people.registration.api import person_in
from cloud.people.registration.counter import KnownPhoneError
from cloud.people.registration.drafts import ProfileChange, RegistrationBody
from cloud.people.registration.forms import PARTS, WISHES, change_values, form_values
from cloud.people.registration.profiles import read_profile, save_profile
from cloud.people.staff import origin_of_staff, station_of
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import parse
from cloud.web.shell import page, see_other

_TEXTS = ("name", "id_number", "address", "station")


async def new_page(request: web.Request) -> web.Response:
    """GET /people/new: name, ID number, phone, consents."""
    return await _form(request, {})


async def register(request: web.Request) -> web.Response:
    """POST /people/new: register, or ask whose phone it is; then on to the first part of the profile."""
    form = await fields_of(request)
    try:
        return await _registered(request, form)
    except KnownPhoneError as error:
        return await _form(request, form, known=error.members, status=409)
    except InvalidInputError as error:
        return await _form(request, form, errors=error.fields, error=words_of(error), status=422)
    except ConflictError as error:
        return await _form(request, form, error=str(error), status=409)
    except ProblemError as error:
        return await _form(request, form, error=error.detail, asked=form.get("whose", ""), status=error.status)


async def edit_page(request: web.Request) -> web.Response:
    """GET /people/{id}/edit?part=: one part of what somebody tells."""
    person = await person_in(request)
    profile = await read_profile(request.app[CORE], person, in_the_open=True)
    return await _part(request, profile, form_values(profile))


async def save_part(request: web.Request) -> web.Response:
    """POST /people/{id}/edit?part=: keep a part and go on to the next one."""
    core, person = request.app[CORE], await person_in(request)
    form, many, part = await fields_of(request), await many_of(request), _part_of(request)
    try:
        change = parse(ProfileChange, change_values(form, many, PARTS[part]))
        await save_profile(core, person, change, origin_of_staff(request))
    except InvalidInputError as error:
        profile = await read_profile(core, person, in_the_open=True)
        values = form_values(profile) | form
        return await _part(request, profile, values, errors=error.fields, error=words_of(error), status=422)
    parts = list(PARTS)
    following = parts[parts.index(part) + 1 :]
    if following:
        return see_other(f"/people/{person.id}/edit?part={following[0]}")
    return see_other(f"/people/{person.id}?note=profile")


async def _registered(request: web.Request, form: Mapping[str, str]) -> web.Response:
    core, label = request.app[CORE], request[PRINCIPAL].label
    body = parse(RegistrationBody, _values(form, await many_of(request)))
    body = body.model_copy(update={"station": await station_of(request[PRINCIPAL], body.station)})
    if form.get("act") == "code" and body.phone:
        await counter.send_counter_code(core, body.phone, label)
        return await _form(request, form, asked="same", sent=True)
    found = await counter.register(core, body, label)
    if isinstance(found, ProblemError):
        return await _form(request, form, error=found.detail, asked="same", sent=True, status=found.status)
    return see_other(f"/people/{found.person}/edit?part=basic&note={'fresh' if found.fresh else 'known'}")


def _values(form: Mapping[str, str], many: Mapping[str, list[str]]) -> dict[str, Any]:
    whose = form.get("whose", "")
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in _TEXTS}
    values |= {"consents": many.get("consents", []), "phone": form.get("phone", "").strip() or None}
    if whose in {"same", "other"}:
        values["phone_is"] = {"same": whose == "same", "code": form.get("code", "").strip()}
    return values


async def _form(request: web.Request, values: Mapping[str, str], status: int = 200, **more: Any) -> web.Response:
    names = await fleet.station_names(request[PRINCIPAL].stations)
    ticked = (await many_of(request)).get("consents", []) if request.method == "POST" else []
    context: dict[str, Any] = {
        "values": values, "errors": {}, "error": "", "known": None, "asked": values.get("whose", ""), "sent": False,
        "stations": names, "texts": consent_texts(request.app[CORE]), "ticked": ticked, **more,
    }  # fmt: skip
    return page(request, "people/new.html", "people", status, **context)


async def _part(
    request: web.Request, profile: Mapping[str, Any], values: Mapping[str, str], status: int = 200, **more: Any
) -> web.Response:
    person = await get_person((await person_in(request)).id)
    context: dict[str, Any] = {
        "person": person, "profile": profile, "values": values, "part": _part_of(request), "parts": list(PARTS),
        "educations": tables.educations(), "districts": tables.districts(), "streets": tables.streets(),
        "wishes": WISHES, "errors": {}, "error": "", "note": request.query.get("note", ""), **more,
    }  # fmt: skip
    return page(request, "people/edit.html", "people", status, **context)


def _part_of(request: web.Request) -> str:
    part = request.query.get("part", "basic")
    return part if part in PARTS else "basic"
