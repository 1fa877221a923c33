"""REST of what a jobseeker does for himself, on his phone or at a kiosk: registration, wishes for training, help."""

from uuid import UUID

from aiohttp import web

from cloud.identity import audit
from cloud.identity.public import Visitor
from cloud.people.guidance import cases, notes
from cloud.people.guidance import shapes as guided
from cloud.people.guidance.drafts import CaseBody, OwnCaseBody
from cloud.people.models import Person
from cloud.people.own_shapes import OwnRecordShown
from cloud.people.persons import get_person
from cloud.people.placements.placements import placements_of
from cloud.people.registration import certificates, flags
from cloud.people.registration import shapes as registered
from cloud.people.registration.drafts import CertificateBody, FlagBody, ProfileChange
from cloud.people.registration.origin import Origin, origin_of
from cloud.people.registration.profiles import Document, read_profile, save_profile
from cloud.platform.core import Core
from cloud.platform.http import answer
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.shapes import body_of, parse


async def get_profile(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/profile: what the caller told, and what is missing."""
    core, visitor, person = await _self(request)
    await audit.record(core, visitor.label, "person.read", f"person:{visitor.name}")
    return answer(_shown(await read_profile(core, person, in_the_open=True)))


async def change_profile(request: web.Request) -> web.Response:
    """PATCH /api/v1/seeker/profile: tell what is new; absent members stay."""
    core, visitor, person = await _self(request)
    await save_profile(core, person, body_of(request, ProfileChange), origin_of(visitor))
    return answer(_shown(await read_profile(core, person, in_the_open=True)))


async def add_certificate(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/certificates: tell of a certificate."""
    core, visitor, person = await _self(request)
    document = await certificates.add_certificate(core, person, body_of(request, CertificateBody), origin_of(visitor))
    return answer(registered.CertificateShown(**document), 201)


async def remove_certificate(request: web.Request) -> web.Response:
    """DELETE /api/v1/seeker/certificates/{certificate}: forget a certificate."""
    core, visitor, person = await _self(request)
    await certificates.remove_certificate(core, person, request.match_info["certificate"], origin_of(visitor))
    return web.Response(status=204)


async def claim_group(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/groups: say that the caller belongs to a group; the counter confirms it with the proof."""
    core, visitor, person = await _self(request)
    document = await flags.add_flag(core, person, body_of(request, FlagBody), origin_of(visitor), confirm=False)
    return answer(registered.FlagShown(**document), 201)


async def wish_training(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/training-intentions: wish for a training."""
    core, visitor, person = await _self(request)
    body = parse(CaseBody, {**body_of(request, OwnCaseBody).model_dump(), "kind": "training"})
    return answer(guided.CaseShown.model_validate(await cases.open_case(core, person, body, origin_of(visitor))), 201)


async def ask_startup(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/appointments: ask for an appointment about starting up."""
    core, visitor, person = await _self(request)
    body = parse(CaseBody, {**body_of(request, OwnCaseBody).model_dump(), "kind": "startup"})
    return answer(guided.CaseShown.model_validate(await cases.open_case(core, person, body, origin_of(visitor))), 201)


async def get_record(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/record: what was done for the caller."""
    core, visitor, person = await _self(request)
    return answer(OwnRecordShown.model_validate(await own_record(core, person, origin_of(visitor))))


async def own_record(core: Core, person: Person, origin: Origin) -> Document:
    """Return what was done for somebody as he may see it; the look is recorded."""
    await audit.record(core, origin.by, "person.read", f"person:{person.id}")
    placed = await placements_of(core, person.id)
    lines = [{name: value for name, value in one.items() if name not in {"proofs", "history"}} for one in placed]
    return {
        "flags": await flags.flags_of(core, person),
        "cases": await cases.cases_of(core, UUID(str(person.id))),
        "placements": lines,
        "guidance": await notes.notes_of(core, person.id, in_the_open=True),
    }


async def _self(request: web.Request) -> tuple[Core, Visitor, Person]:
    visitor = request[VISITOR]
    return request.app[CORE], visitor, await get_person(visitor.id)


def _shown(document: Document) -> registered.ProfileShown:
    return registered.ProfileShown.model_validate(document)
