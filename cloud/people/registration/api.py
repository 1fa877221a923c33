"""REST of registrations for the staff: the list, the counter, one record with its flags, certificates and pictures."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from cloud.identity import audit
from cloud.identity.public_shapes import PhoneBody
from cloud.identity.replies import sent
from cloud.identity.reveal import check_reason
from cloud.jobs.reveals import RevealAsked
from cloud.people import subjects
from cloud.people.consents import consents_of, give_consents, withdraw_consent
from cloud.people.models import Person
from cloud.people.persons import get_person, masked, revealed
from cloud.people.registration import certificates, counter, flags, listing, pictures, shapes, sources, tables
from cloud.people.registration.drafts import (
    CertificateBody,
    FlagBody,
    FlagEnd,
    ProfileChange,
    RegistrationBody,
    SourceBody,
)
from cloud.people.registration.profiles import profile_of, read_profile, save_profile
from cloud.people.rows import open_text, read_id
from cloud.people.shapes import ConsentBody, ErasureBody, ErasureDocument
from cloud.people.staff import origin_of_staff, period_of, station_of
from cloud.platform.core import Core
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError, problem_response
from cloud.platform.shapes import body_of, query_of
from cloud.platform.versions import answer_version, check_version, names_version, tag_of

_PICTURE: Final = web.RequestKey("picture", bytes)


async def list_people(request: web.Request) -> web.Response:
    """GET /api/v1/people: jobseekers, masked, newest first."""
    core, query, principal = request.app[CORE], query_of(request, shapes.PeopleQuery), request[PRINCIPAL]
    wanted = listing.Wanted(
        text=query.text.strip(), group=query.group, level=query.level, district=query.district, willing=query.willing,
        occupation=query.occupation, not_recommended=query.not_recommended == "true", stations=principal.stations,
    )  # fmt: skip
    cursor = UUID(query.cursor) if query.cursor else None
    items, following = await listing.list_persons(core, wanted, cursor, query.limit)
    details = {"shown": len(items), "filters": wanted.names()}
    await audit.record(core, principal.label, "person.list", "person", details=details)
    lines = [shapes.PersonLine(**item) for item in items]
    return answer(shapes.PersonPage(items=lines, next=following))


async def get_statistics(request: web.Request) -> web.Response:
    """GET /api/v1/people/statistics: the numbers of today."""
    return answer(shapes.StripShown(**await listing.strip_of(request.app[CORE], request[PRINCIPAL].stations)))


async def register(request: web.Request) -> web.Response:
    """POST /api/v1/people: register who stands at the counter, or find him."""
    core, body = request.app[CORE], body_of(request, RegistrationBody)
    body = body.model_copy(update={"station": await station_of(request[PRINCIPAL], body.station)})
    found = await counter.register(core, body, request[PRINCIPAL].label)
    if isinstance(found, ProblemError):
        return problem_response(found)
    person = await get_person(found.person)
    document = counter.document_of(core, found, person, await read_profile(core, person))
    head = {"Location": f"/api/v1/people/{person.id}"}
    return answer(shapes.RegisteredShown.model_validate(document), 201 if found.fresh else 200, head)


async def send_code(request: web.Request) -> web.Response:
    """POST /api/v1/people/codes: a code to the phone of who stands at the counter."""
    await counter.send_counter_code(request.app[CORE], body_of(request, PhoneBody).phone, request[PRINCIPAL].label)
    return sent()


async def get_record(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}: one jobseeker, masked."""
    person = await person_in(request)
    return answer(shapes.RecordShown.model_validate(await record_of(request, person)))


async def record_of(request: web.Request, person: Person) -> dict[str, Any]:
    """Return one record as the caller may see it; that he looked is recorded."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    await audit.record(core, principal.label, "person.read", f"person:{person.id}")
    return {
        "person": masked(core, person),
        "profile": await read_profile(core, person, in_the_open=principal.may("person.write")),
        "consents": await consents_of(person.id),
        "flags": await flags.flags_of(core, person),
    }


async def get_profile(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}/profile: what somebody told, with its version."""
    person, principal = await person_in(request), request[PRINCIPAL]
    await audit.record(request.app[CORE], principal.label, "person.read", f"person:{person.id}")
    return answer_version(request, await _profile(request.app[CORE], person))


async def change_profile(request: web.Request) -> web.Response:
    """PATCH /api/v1/people/{id}/profile: write down what is new; absent members stay."""
    core, person = request.app[CORE], await person_in(request)
    if names_version(request):
        check_version(request, tag_of(await _profile(core, person)))
    await save_profile(core, person, body_of(request, ProfileChange), origin_of_staff(request))
    return answer_version(request, await _profile(core, person))


async def reveal(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/reveal: name, numbers and address in the open; the reason is kept."""
    person = await person_in(request)
    document = await reveal_person(request, person, body_of(request, RevealAsked).reason)
    return answer(shapes.OpenedShown(**document))


async def reveal_person(request: web.Request, person: Person, reason: str) -> dict[str, str | None]:
    """Return the sealed fields in the open for who gave a reason."""
    core = request.app[CORE]
    reason = check_reason(reason)
    await audit.record(core, request[PRINCIPAL].label, "person.reveal", f"person:{person.id}", reason=reason)
    profile = await profile_of(person.id)
    phone = open_text(core, "profile.contact_phone", profile.id, profile.contact_phone) if profile else ""
    return {**revealed(core, person), "contact_phone": phone or None}


async def erase(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/erasure: delete somebody everywhere, who asks for it at the counter."""
    body_of(request, ErasureBody)
    person = await person_in(request)
    document = await subjects.erase_person(request.app[CORE], person.id, request[PRINCIPAL].label, "counter", "counter")
    return answer(ErasureDocument.model_validate(document))


async def give(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/consents: write down what somebody agrees to at the counter."""
    core, person = request.app[CORE], await person_in(request)
    purposes = body_of(request, ConsentBody).purposes
    await give_consents(core, person.id, purposes, "counter", request[PRINCIPAL].label)
    return answer(shapes.RecordShown.model_validate(await record_of(request, person)))


async def withdraw(request: web.Request) -> web.Response:
    """DELETE /api/v1/people/{id}/consents/{purpose}: write down that somebody agrees no longer."""
    person = await person_in(request)
    label = request[PRINCIPAL].label
    await withdraw_consent(request.app[CORE], person.id, request.match_info["purpose"], label)
    return web.Response(status=204)


async def list_groups(request: web.Request) -> web.Response:
    """GET /api/v1/groups: whom the market helps first, with basis and proofs."""
    del request
    names = tables.proof_kinds()
    items = [
        shapes.GroupShown(
            group=rule.id, kind=rule.kind, name=rule.name, basis=rule.basis, days=rule.days, note=rule.note,
            proofs={proof: names[proof] for proof in rule.proofs}, valid_from=rule.start.isoformat(),
            valid_to=rule.end.isoformat() if rule.end else None,
        )
        for rule in tables.groups().values()
    ]  # fmt: skip
    return answer(shapes.GroupPage(items=items, next=None))


async def add_flag(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/groups: note that somebody belongs to a group, with the proof."""
    person, body = await person_in(request), body_of(request, FlagBody)
    document = await flags.add_flag(request.app[CORE], person, body, origin_of_staff(request), confirm=True)
    return answer(shapes.FlagShown(**document), 201)


async def confirm_flag(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/groups/{flag}/confirmation: confirm what somebody said of himself."""
    person = await person_in(request)
    label = request[PRINCIPAL].label
    return answer(shapes.FlagShown(**await flags.confirm_flag(request.app[CORE], person, _flag(request), label)))


async def end_flag(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/groups/{flag}/end: somebody belongs to a group no longer."""
    person, body = await person_in(request), body_of(request, FlagEnd)
    label = request[PRINCIPAL].label
    return answer(shapes.FlagShown(**await flags.end_flag(request.app[CORE], person, _flag(request), body, label)))


async def add_certificate(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/certificates: keep a certificate."""
    person, body = await person_in(request), body_of(request, CertificateBody)
    document = await certificates.add_certificate(request.app[CORE], person, body, origin_of_staff(request))
    return answer(shapes.CertificateShown(**document), 201)


async def remove_certificate(request: web.Request) -> web.Response:
    """DELETE /api/v1/people/{id}/certificates/{certificate}: forget a certificate."""
    person, origin = await person_in(request), origin_of_staff(request)
    await certificates.remove_certificate(request.app[CORE], person, request.match_info["certificate"], origin)
    return web.Response(status=204)


async def draw_picture(request: web.Request) -> None:
    """Draw the picture in the body anew, before the transaction."""
    if request.content_type not in pictures.TYPES:
        raise ProblemError(415, "wrong-content-type", f"send one of {', '.join(pictures.TYPES)}")
    request[_PICTURE] = await pictures.redraw(await request.read())


async def keep_picture(request: web.Request) -> web.Response:
    """POST /api/v1/people/{id}/pictures: keep a picture of one of somebody's papers."""
    person = await person_in(request)
    label = request[PRINCIPAL].label
    return answer(
        shapes.PictureShown(**await pictures.keep_picture(request.app[CORE], person.id, request[_PICTURE], label)), 201
    )


async def show_picture(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}/pictures/{picture}: the picture as JPEG; the look is recorded."""
    person = await person_in(request)
    label, name = request[PRINCIPAL].label, request.match_info["picture"]
    jpeg = await pictures.show_picture(request.app[CORE], person.id, name, label)
    return web.Response(body=jpeg, content_type=pictures.CONTENT_TYPE, headers={"Cache-Control": "no-store"})


async def list_sources(request: web.Request) -> web.Response:
    """GET /api/v1/registration-sources: QR codes with what they brought."""
    since, until = period_of(request.app[CORE], query_of(request, shapes.PeriodQuery))
    items = [shapes.SourceShown(**row) for row in await sources.list_sources(since, until)]
    return answer(shapes.SourcePage(items=items, next=None))


async def make_source(request: web.Request) -> web.Response:
    """POST /api/v1/registration-sources: a new QR code."""
    body = body_of(request, SourceBody)
    body = body.model_copy(update={"station": await station_of(request[PRINCIPAL], body.station)})
    document = await sources.make_source(request.app[CORE], body, request[PRINCIPAL].label)
    return answer(shapes.SourceShown(**document), 201)


async def end_source(request: web.Request) -> web.Response:
    """POST /api/v1/registration-sources/{code}/end: take a QR code out of use."""
    await sources.end_source(request.app[CORE], request.match_info["code"], request[PRINCIPAL].label)
    return web.Response(status=204)


async def person_in(request: web.Request) -> Person:
    """Return the person that the address names; NotFoundError when there is none."""
    return await get_person(read_id(request.match_info["id"], "person"))


async def _profile(core: Core, person: Person) -> shapes.ProfileShown:
    return shapes.ProfileShown.model_validate(await read_profile(core, person, in_the_open=True))


def _flag(request: web.Request) -> str:
    return request.match_info["flag"]
