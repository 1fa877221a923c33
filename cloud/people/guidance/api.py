"""REST of guidance for the staff: notes, services step by step, the catalogues and what was asked about them."""

from aiohttp import web

from cloud.identity import audit
from cloud.people.guidance import cases, catalogue, notes
from cloud.people.guidance import shapes as guided
from cloud.people.guidance.drafts import CaseBody, EnquiryBody, InstitutionBody, NoteBody, OfferBody, StepBody
from cloud.people.registration import shapes as registered
from cloud.people.registration.api import person_in
from cloud.people.staff import origin_of_staff, period_of
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import body_of, query_of
from cloud.platform.times import market_day


async def list_notes(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}/guidance: talks of guidance; what was said is not for whoever reads masked."""
    core, person, principal = request.app[CORE], await person_in(request), request[PRINCIPAL]
    await audit.record(core, principal.label, "guidance.read", f"person:{person.id}")
    found = await notes.notes_of(core, person.id, in_the_open=principal.may("guidance.write"))
    return answer(guided.NotePage(items=[guided.NoteShown(**one) for one in found], next=None))


async def write_note(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/guidance: keep what was said in a talk."""
    person, origin = await person_in(request), origin_of_staff(request)
    document = await notes.write_note(request.app[CORE], person, body_of(request, NoteBody), origin.by, origin.station)
    return answer(guided.NoteShown(**document), 201)


async def list_person_cases(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}/services: services for somebody, with their history."""
    core, person = request.app[CORE], await person_in(request)
    await audit.record(core, request[PRINCIPAL].label, "case.read", f"person:{person.id}")
    items = [guided.CaseShown.model_validate(one) for one in await cases.cases_of(core, person.id)]
    return answer(guided.CaseHistoryPage(items=items, next=None))


async def open_case(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/services: begin a service for somebody."""
    person, origin = await person_in(request), origin_of_staff(request)
    document = await cases.open_case(request.app[CORE], person, body_of(request, CaseBody), origin)
    return answer(guided.CaseShown.model_validate(document), 201)


async def step_case(request: web.Request) -> web.Response:
    """POST /api/v1/services/{id}/steps: take a service to its next state."""
    body, label = body_of(request, StepBody), request[PRINCIPAL].label
    document = await cases.step_case(request.app[CORE], request.match_info["id"], body, label)
    return answer(guided.CaseShown.model_validate(document))


async def list_cases(request: web.Request) -> web.Response:
    """GET /api/v1/services: services of a kind with whose they are, masked."""
    core, query, principal = request.app[CORE], query_of(request, guided.CasesQuery), request[PRINCIPAL]
    stations = None if principal.stations is None else list(principal.stations)
    found = await cases.list_cases(core, query.kind, query.state, stations)
    details = {"shown": len(found), "kind": query.kind}
    await audit.record(core, principal.label, "person.list", "case", details=details)
    return answer(guided.CasePage(items=[guided.CaseLine(**one) for one in found], next=None))


async def count_intentions(request: web.Request) -> web.Response:
    """GET /api/v1/trainings/intentions: how many intentions a period has, each person once per project and year."""
    since, until = period_of(request.app[CORE], query_of(request, registered.PeriodQuery))
    found = await cases.training_intentions(since, until)
    return answer(
        guided.IntentionsShown(
            since=since.isoformat(), until=until.isoformat(), intentions=found.intentions, persons=found.persons,
            repeats=found.repeats,
        )
    )  # fmt: skip


async def list_trainings(request: web.Request) -> web.Response:
    """GET /api/v1/trainings: the training projects that are shown today."""
    return await _offers(request, ("training",))


async def list_startups(request: web.Request) -> web.Response:
    """GET /api/v1/startups: the start-up help that is shown today."""
    return await _offers(request, catalogue.STARTUP_KINDS)


async def add_training(request: web.Request) -> web.Response:
    """POST /api/v1/trainings: add a training project."""
    return await _save(request, 201)


async def add_startup(request: web.Request) -> web.Response:
    """POST /api/v1/startups: add start-up help."""
    return await _save(request, 201)


async def change_training(request: web.Request) -> web.Response:
    """PUT /api/v1/trainings/{id}: replace what is said of a training project."""
    return await _save(request, 200)


async def change_startup(request: web.Request) -> web.Response:
    """PUT /api/v1/startups/{id}: replace what is said of start-up help."""
    return await _save(request, 200)


async def list_institutions(request: web.Request) -> web.Response:
    """GET /api/v1/trainings/institutions: the institutions that train."""
    day = market_day(request.app[CORE].now())
    items = [guided.InstitutionShown(**one) for one in await catalogue.list_institutions(day)]
    return answer(guided.InstitutionPage(items=items, next=None))


async def add_institution(request: web.Request) -> web.Response:
    """POST /api/v1/trainings/institutions: add an institution."""
    body, label = body_of(request, InstitutionBody), request[PRINCIPAL].label
    return answer(guided.InstitutionShown(**await catalogue.save_institution(request.app[CORE], body, label)), 201)


async def change_institution(request: web.Request) -> web.Response:
    """PUT /api/v1/trainings/institutions/{id}: replace what is said of an institution."""
    body, label = body_of(request, InstitutionBody), request[PRINCIPAL].label
    document = await catalogue.save_institution(request.app[CORE], body, label, request.match_info["id"])
    return answer(guided.InstitutionShown(**document))


async def list_enquiries(request: web.Request) -> web.Response:
    """GET /api/v1/trainings/enquiries: questions of a period with their answers."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    since, until = period_of(core, query_of(request, registered.PeriodQuery))
    may = principal.may("guidance.write")
    found = await catalogue.list_enquiries(core, since, until, in_the_open=may)
    await audit.record(core, principal.label, "enquiry.list", "enquiry", details={"shown": len(found)})
    return answer(guided.EnquiryPage(items=[guided.EnquiryShown(**one) for one in found], next=None))


async def note_enquiry(request: web.Request) -> web.Response:
    """POST /api/v1/trainings/enquiries: keep a question that was answered."""
    document = await catalogue.note_enquiry(request.app[CORE], body_of(request, EnquiryBody), origin_of_staff(request))
    return answer(guided.EnquiryShown(**document), 201)


async def _offers(request: web.Request, kinds: tuple[str, ...]) -> web.Response:
    found = await catalogue.list_offers(kinds, market_day(request.app[CORE].now()))
    return answer(guided.OfferPage(items=[guided.OfferShown.model_validate(one) for one in found], next=None))


async def _save(request: web.Request, status: int) -> web.Response:
    """Keep a row of the catalogue that the address names; its kind must be one of that catalogue."""
    body = body_of(request, OfferBody)
    if (body.kind == "training") != ("/trainings" in request.path):
        raise InvalidInputError("这一项不属于这个目录", {"kind": "这一项不属于这个目录"})
    label, offer = request[PRINCIPAL].label, request.match_info.get("id", "")
    document = await catalogue.save_offer(request.app[CORE], body, label, offer)
    return answer(guided.OfferShown.model_validate(document), status)
