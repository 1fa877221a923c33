"""The pages 培训创业: the catalogues, who wishes for what, and the QR codes that lead to registration."""

import io
from typing import Any, Final

import segno
from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.people.desk.replies import fields_of, tried
from cloud.people.guidance import cases, catalogue
from cloud.people.guidance.drafts import EnquiryBody, InstitutionBody, OfferBody
from cloud.people.guidance.steps import FLOWS
from cloud.people.registration import sources
from cloud.people.registration.drafts import SourceBody
from cloud.people.registration.shapes import PeriodQuery
from cloud.people.staff import origin_of_staff, period_of, station_of
from cloud.platform.errors import NotFoundError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse
from cloud.platform.times import market_day
from cloud.web.shell import STRINGS, page, see_other

#: What the tender asks for in a year (item C4.2).
TARGET: Final = 200
_OFFER: Final = ("kind", "title", "text", "institution", "place", "hours", "subsidy", "valid_from", "valid_to")


async def services_page(request: web.Request) -> web.Response:
    """GET /people/services: trainings and start-up help, with who asked for them."""
    return await _services(request)


async def add_offer(request: web.Request) -> web.Response:
    """POST /people/services: add a row to a catalogue."""
    core, form, label = request.app[CORE], await fields_of(request), request[PRINCIPAL].label

    async def do() -> web.Response:
        given = {name: value for name in _OFFER if (value := form.get(name, "").strip())}
        await catalogue.save_offer(core, parse(OfferBody, given), label)
        return see_other("/people/services?note=offer")

    return await tried(do, lambda error, status: _services(request, error, status, form))


async def add_institution(request: web.Request) -> web.Response:
    """POST /people/services/institutions: add an institution."""
    core, form, label = request.app[CORE], await fields_of(request), request[PRINCIPAL].label

    async def do() -> web.Response:
        given = {name: form.get(name, "").strip() for name in ("name", "address", "contact", "valid_from")}
        await catalogue.save_institution(core, parse(InstitutionBody, given), label)
        return see_other("/people/services?note=institution")

    return await tried(do, lambda error, status: _services(request, error, status, form))


async def note_enquiry(request: web.Request) -> web.Response:
    """POST /people/services/enquiries: keep a question that was answered at the counter."""
    core, form = request.app[CORE], await fields_of(request)

    async def do() -> web.Response:
        given = {name: form.get(name, "").strip() for name in ("kind", "question", "answer")}
        await catalogue.note_enquiry(core, parse(EnquiryBody, given), origin_of_staff(request))
        return see_other("/people/services?note=enquiry")

    return await tried(do, lambda error, status: _services(request, error, status, form))


async def sources_page(request: web.Request) -> web.Response:
    """GET /people/sources: QR codes with what they brought."""
    return await _sources(request)


async def make_source(request: web.Request) -> web.Response:
    """POST /people/sources: a new QR code."""
    core, form, principal = request.app[CORE], await fields_of(request), request[PRINCIPAL]

    async def do() -> web.Response:
        body = parse(SourceBody, {"label": form.get("label", ""), "station": form.get("station", "")})
        body = body.model_copy(update={"station": await station_of(principal, body.station)})
        await sources.make_source(core, body, principal.label)
        return see_other("/people/sources?note=source")

    return await tried(do, lambda error, status: _sources(request, error, status))


async def end_source(request: web.Request) -> web.Response:
    """POST /people/sources/{code}/end."""
    await sources.end_source(request.app[CORE], request.match_info["code"], request[PRINCIPAL].label)
    return see_other("/people/sources?note=ended")


async def source_picture(request: web.Request) -> web.Response:
    """GET /people/sources/{code}.svg: the QR code, to be printed."""
    code = request.match_info["code"]
    if await sources.find_source(code) is None:
        raise NotFoundError("there is no such code in use")
    drawn = io.BytesIO()
    segno.make(address_of(request, code), error="q").save(drawn, kind="svg", scale=8, border=4, xmldecl=False)
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def address_of(request: web.Request, code: str) -> str:
    """Return what a QR code says."""
    return f"{request.scheme}://{request.host}/my/start?from={code}"


async def _services(
    request: web.Request, error: str = "", status: int = 200, values: dict[str, str] | None = None
) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    today = market_day(core.now())
    since, until = period_of(core, PeriodQuery())
    stations = None if principal.stations is None else sorted(principal.stations)
    wishes = await cases.list_cases(core, "training", stations=stations)
    appointments = await cases.list_cases(core, "startup", stations=stations)
    shown = {"shown": len(wishes) + len(appointments)}
    await audit.record(core, principal.label, "person.list", "case", details=shown)
    context: dict[str, Any] = {
        "trainings": await catalogue.list_offers(("training",)),
        "startups": await catalogue.list_offers(catalogue.STARTUP_KINDS),
        "institutions": await catalogue.list_institutions(today),
        "kinds": catalogue.STARTUP_KINDS,
        "wishes": wishes,
        "appointments": appointments,
        "enquiries": len(await catalogue.list_enquiries(core, since, until, in_the_open=False)),
        "may_guide": principal.may("guidance.write"),
        "counted": await cases.training_intentions(since, until),
        "year": until.year,
        "target": TARGET,
        "flows": FLOWS,
        "today": today.isoformat(),
        "values": values or {},
        "error": error,
        "note": _note(request),
        "may_write": principal.may("offer.write"),
    }
    return page(request, "people/services.html", "people", status, **context)


async def _sources(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    since, until = period_of(request.app[CORE], PeriodQuery())
    context: dict[str, Any] = {
        "rows": await sources.list_sources(since, until),
        "stations": await fleet.station_names(request[PRINCIPAL].stations),
        "year": until.year,
        "error": error,
        "note": _note(request),
        "may_write": request[PRINCIPAL].may("person.write"),
    }
    return page(request, "people/sources.html", "people", status, **context)


def _note(request: web.Request) -> str:
    t, key = request.app[STRINGS], f"people.note.{request.query.get('note', '')}"
    return t(key) if key in t else ""
