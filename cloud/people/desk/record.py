"""The page 求职者 → one person: what he told, groups, guidance, services, placements, history."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import auditlog
from cloud.identity.reveal import check_reason
from cloud.people import subjects
from cloud.people.consents import PURPOSES, consent_texts, give_consents, withdraw_consent
from cloud.people.desk.replies import fields_of, tried
from cloud.people.guidance import cases, catalogue, notes
from cloud.people.guidance.drafts import CaseBody, NoteBody, StepBody
from cloud.people.guidance.steps import FLOWS
from cloud.people.models import Person
from cloud.people.placements import placements
from cloud.people.placements.drafts import ClaimBody, ProofBody
from cloud.people.placements.proofs import proof_rules
from cloud.people.registration import certificates, flags, pictures, tables
from cloud.people.registration.api import person_in, record_of, reveal_person
from cloud.people.registration.api import show_picture as show
from cloud.people.registration.drafts import CertificateBody, FlagBody, FlagEnd
from cloud.people.staff import origin_of_staff
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse
from cloud.platform.times import MARKET_TIME, market_day
from cloud.web.shell import STRINGS, page, see_other

#: Lines of the record's history on the page.
HISTORY: Final = 30
_JPEG: Final = web.RequestKey("person_jpeg", bytes)
_WRONG: Final = web.RequestKey("person_jpeg_error", str)
Step = Callable[[Core, Person, dict[str, str]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says above itself: what is wrong in which section, what was typed there, or that it is done."""

    error: str = ""
    status: int = 200
    section: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


NOTHING: Final = Said()


async def record_page(request: web.Request) -> web.Response:
    """GET /people/{id}."""
    return await _record(request, await person_in(request), Said(note=request.query.get("note", "")))


async def reveal(request: web.Request) -> web.Response:
    """POST /people/{id}/reveal: the part of the page that shows name and numbers; the reason is kept."""
    person, form = await person_in(request), await fields_of(request)
    context: dict[str, Any] = {"id": str(person.id), "opened": None, "error": ""}
    try:
        reason = check_reason(form.get("reason", ""))
        context["opened"] = await reveal_person(request, person, reason)
    except InvalidInputError as error:
        context["error"] = str(error)
    return page(request, "people/_opened.html", **context)


async def erase(request: web.Request) -> web.Response:
    """POST /people/{id}/erase: delete somebody everywhere, who asks for it here; he said so in words."""
    core, person, form = request.app[CORE], await person_in(request), await fields_of(request)
    if form.get("confirm") != "yes":
        return await _record(request, person, Said(request.app[STRINGS]("people.erase_tick"), 422, "erase"))
    label = request[PRINCIPAL].label
    document = await subjects.erase_person(core, person.id, label, "counter", "counter")
    rows = sum(document["removed"].values())
    return page(request, "people/erased.html", "people", erasure=document, rows=rows)


async def consent(request: web.Request) -> web.Response:
    """POST /people/{id}/consents: write down a yes or a withdrawal said at the counter."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        purpose, label = form.get("purpose", ""), request[PRINCIPAL].label
        if form.get("act") == "give":
            await give_consents(core, person.id, [purpose], "counter", label)
        else:
            await withdraw_consent(core, person.id, purpose, label)

    return await _step(request, "consents", step)


async def draw_picture(request: web.Request) -> None:
    """Draw the form's picture anew before the write's transaction; what is wrong with it stands on the page."""
    sent = (await request.post()).get("picture")
    data = sent.file.read() if isinstance(sent, web.FileField) else b""
    if not data:
        return
    try:
        request[_JPEG] = await pictures.redraw(data)
    except InvalidInputError as error:
        request[_WRONG] = str(error)


async def _picture(request: web.Request, core: Core, person: Person) -> dict[str, Any]:
    """Return the picture that came with a form as a member of what is parsed, kept; nothing when there was none."""
    if _WRONG in request:
        raise InvalidInputError(request[_WRONG], {"picture": request[_WRONG]})
    if _JPEG not in request:
        return {}
    kept = await pictures.keep_picture(core, person.id, request[_JPEG], request[PRINCIPAL].label)
    return {"picture": kept["id"]}


async def show_picture(request: web.Request) -> web.Response:
    """GET /people/{id}/pictures/{picture}: a picture of a paper; the look is recorded."""
    return await show(request)


async def add_flag(request: web.Request) -> web.Response:
    """POST /people/{id}/groups."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        given = _given(form, "group", "proof", "reference", "valid_from", "valid_to")
        body = parse(FlagBody, given | await _picture(request, core, person))
        await flags.add_flag(core, person, body, origin_of_staff(request), confirm=True)

    return await _step(request, "groups", step)


async def confirm_flag(request: web.Request) -> web.Response:
    """POST /people/{id}/groups/{flag}/confirm."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        del form
        await flags.confirm_flag(core, person, request.match_info["flag"], request[PRINCIPAL].label)

    return await _step(request, "groups", step)


async def end_flag(request: web.Request) -> web.Response:
    """POST /people/{id}/groups/{flag}/end."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        on = form.get("on") or market_day(core.now()).isoformat()
        body = parse(FlagEnd, {"on": on, "why": form.get("why", "")})
        await flags.end_flag(core, person, request.match_info["flag"], body, request[PRINCIPAL].label)

    return await _step(request, "groups", step)


async def add_certificate(request: web.Request) -> web.Response:
    """POST /people/{id}/certificates."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        body = parse(CertificateBody, _given(form, "name", "number", "issuer", "issued_on", "valid_to"))
        await certificates.add_certificate(core, person, body, origin_of_staff(request))

    return await _step(request, "certificates", step)


async def write_note(request: web.Request) -> web.Response:
    """POST /people/{id}/guidance."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        body = parse(NoteBody, _given(form, "topic", "way", "content", "next_step", "next_on"))
        origin = origin_of_staff(request)
        await notes.write_note(core, person, body, origin.by, origin.station)

    return await _step(request, "guidance", step)


async def open_case(request: web.Request) -> web.Response:
    """POST /people/{id}/services."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        body = parse(CaseBody, _given(form, "kind", "about", "wish", "wanted_on", "note"))
        await cases.open_case(core, person, body, origin_of_staff(request))

    return await _step(request, "services", step)


async def step_case(request: web.Request) -> web.Response:
    """POST /people/{id}/services/{case}: the next state, written `state` or `state:outcome`."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        del person
        state, _, outcome = form.get("step", "").partition(":")
        body = parse(StepBody, {"state": state, "outcome": outcome, "note": form.get("note", "")})
        await cases.step_case(core, request.match_info["case"], body, request[PRINCIPAL].label)

    return await _step(request, "services", step)


async def claim(request: web.Request) -> web.Response:
    """POST /people/{id}/placements."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        given = _given(form, "employer", "title", "form", "started_on")
        body = parse(ClaimBody, given | {"person": str(person.id)})
        origin = origin_of_staff(request)
        await placements.claim(core, body, origin.by, origin.station)

    return await _step(request, "placements", step)


async def add_proof(request: web.Request) -> web.Response:
    """POST /people/{id}/placements/{placement}/proofs."""

    async def step(core: Core, person: Person, form: dict[str, str]) -> None:
        given: dict[str, Any] = _given(form, "kind", "reference", "whom", "answer")
        given |= await _picture(request, core, person)
        if given.get("kind") == "telephone":
            given["asked_at"] = _moment(form.get("asked_at", ""))
        body = parse(ProofBody, given)
        await placements.add_proof(core, request.match_info["placement"], body, request[PRINCIPAL].label)

    return await _step(request, "placements", step)


async def _step(request: web.Request, section: str, step: Step) -> web.Response:
    """Do one step of the page and come back to its section, or say on the page what is wrong."""
    core, person, form = request.app[CORE], await person_in(request), await fields_of(request)

    async def do() -> web.Response:
        await step(core, person, form)
        return see_other(f"/people/{person.id}?note={section}#{section}")

    async def again(error: str, status: int) -> web.Response:
        return await _record(request, person, Said(error, status, section, form))

    return await tried(do, again)


async def _record(request: web.Request, person: Person, said: Said = NOTHING) -> web.Response:
    core, principal, t = request.app[CORE], request[PRINCIPAL], request.app[STRINGS]
    today = market_day(core.now())
    may_guide = principal.may("guidance.write")
    history, _ = await auditlog.list_rows(auditlog.Filter(subject=f"person:{person.id}"), before=None, limit=HISTORY)
    given = await record_of(request, person)
    context: dict[str, Any] = {
        **given,
        "id": str(person.id),
        "consents": _consents(core, given["consents"]),
        "guidance": await notes.notes_of(core, person.id, in_the_open=may_guide),
        "cases": await cases.cases_of(core, person.id),
        "placements": await placements.placements_of(core, person.id),
        "history": history,
        "stations": await fleet.station_names(),
        "groups": tables.groups(),
        "proof_kinds": tables.proof_kinds(),
        "proof_rules": proof_rules(),
        "bars": list(dict.fromkeys(bar.word for bar in tables.minor_bars())),
        "flows": FLOWS,
        "offers": await catalogue.list_offers(("training", *catalogue.STARTUP_KINDS), today),
        "today": today.isoformat(),
        "clock_now": core.now().astimezone(MARKET_TIME).strftime("%Y-%m-%dT%H:%M"),
        "may_write": principal.may("person.write"),
        "may_guide": may_guide,
        "may_place": principal.may("placement.write"),
        "values": said.values,
        "error": said.error,
        "section": said.section,
        "note": t(f"people.note.{said.note}") if f"people.note.{said.note}" in t else "",
    }
    return page(request, "people/record.html", "people", said.status, **context)


def _consents(core: Core, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    given = {row["purpose"]: row["at"] for row in rows if not row["withdrawn_at"]}
    texts = consent_texts(core)
    return [
        {"purpose": purpose, "title": texts[purpose].title, "required": one.required, "at": given.get(purpose)}
        for purpose, one in PURPOSES.items()
    ]


def _given(form: dict[str, str], *names: str) -> dict[str, Any]:
    """Return the fields that were filled in."""
    return {name: value for name in names if (value := form.get(name, "").strip())}


def _moment(text: str) -> datetime:
    """Return a time that a browser's field holds: the market's, without offset."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=MARKET_TIME)
    except ValueError as error:
        raise InvalidInputError("请选择通话时间", {"asked_at": "请选择通话时间"}) from error
