"""REST of placements: claimed and proved by the operator, disputed and decided by the purchaser, asked again later."""

from collections import Counter
from uuid import UUID

from aiohttp import web

from cloud.identity import audit
from cloud.people.placements import follow_ups, placements, shapes
from cloud.people.placements.drafts import ClaimBody, DecisionBody, FollowUpBody, JudgeBody, ProofBody
from cloud.people.placements.period import key_group_placed, listed
from cloud.people.placements.states import Act
from cloud.people.registration.api import person_in
from cloud.people.registration.pictures import CONTENT_TYPE
from cloud.people.staff import origin_of_staff, period_of
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.shapes import body_of, query_of


async def list_placements(request: web.Request) -> web.Response:
    """GET /api/v1/placements: what counts in a period, what does not and why."""
    core, query, principal = request.app[CORE], query_of(request, shapes.PlacedQuery), request[PRINCIPAL]
    since, until = period_of(core, query)
    stations = None if principal.stations is None else sorted(principal.stations)
    placed = await key_group_placed(since, until, stations)
    items = await listed(core, placed, query.verdict)
    details = {"shown": len(items), "since": since.isoformat(), "until": until.isoformat()}
    await audit.record(core, principal.label, "person.list", "placement", details=details)
    return answer(
        shapes.PlacedShown(
            since=since.isoformat(), until=until.isoformat(), key_group_placed=placed.count,
            verdicts=dict(Counter(one.verdict for one in placed.judged)),
            items=[shapes.JudgedShown.model_validate(item) for item in items],
        )
    )  # fmt: skip


async def claim(request: web.Request) -> web.Response:
    """POST /api/v1/placements: somebody found work."""
    origin = origin_of_staff(request)
    document = await placements.claim(request.app[CORE], body_of(request, ClaimBody), origin.by, origin.station)
    head = {"Location": f"/api/v1/placements/{document['id']}"}
    return answer(shapes.PlacementShown.model_validate(document), 201, head)


async def get_placement(request: web.Request) -> web.Response:
    """GET /api/v1/placements/{id}: one placement with its proofs and history."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    opened = principal.may("placement.write") or principal.may("placement.judge")
    document = await placements.get_placement(core, request.match_info["id"], in_the_open=opened)
    await audit.record(core, request[PRINCIPAL].label, "placement.read", f"placement:{document['id']}")
    return answer(shapes.PlacementShown.model_validate(document))


async def show_picture(request: web.Request) -> web.Response:
    """GET /api/v1/placements/{id}/proofs/{proof}/picture: the picture of a proof; the look is recorded."""
    label, proof = request[PRINCIPAL].label, request.match_info["proof"]
    jpeg = await placements.proof_picture(request.app[CORE], request.match_info["id"], proof, label)
    return web.Response(body=jpeg, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


async def list_person_placements(request: web.Request) -> web.Response:
    """GET /api/v1/people/{id}/placements: somebody's placements."""
    core, person = request.app[CORE], await person_in(request)
    await audit.record(core, request[PRINCIPAL].label, "placement.read", f"person:{person.id}")
    found = await placements.placements_of(core, UUID(str(person.id)))
    items = [shapes.PlacementShown.model_validate(one) for one in found]
    return answer(shapes.PlacementPage(items=items, next=None))


async def add_proof(request: web.Request) -> web.Response:
    """POST /api/v1/placements/{id}/proofs: add what proves a placement."""
    body, label = body_of(request, ProofBody), request[PRINCIPAL].label
    document = await placements.add_proof(request.app[CORE], request.match_info["id"], body, label)
    return answer(shapes.PlacementShown.model_validate(document), 201)


async def list_at_firm(request: web.Request) -> web.Response:
    """GET /api/v1/employer/placements: who began to work at the caller's firm, as the market was told."""
    found = await placements.placements_at(_firm(request))
    items = [shapes.PlacementLine.model_validate(one) for one in found]
    return answer(shapes.PlacementLinePage(items=items, next=None))


async def confirm_at_firm(request: web.Request) -> web.Response:
    """POST /api/v1/employer/placements/{id}/confirmation: the firm confirms that somebody works there."""
    visitor = request[VISITOR]
    document = await placements.confirm_by_employer(
        request.app[CORE], request.match_info["id"], _firm(request), visitor.label
    )
    return answer(shapes.PlacementLine.model_validate(document))


async def withdraw(request: web.Request) -> web.Response:
    """POST /api/v1/placements/{id}/withdrawal: the operator takes a claim back."""
    return await _act(request, "withdraw", body_of(request, JudgeBody).why)


async def dispute(request: web.Request) -> web.Response:
    """POST /api/v1/placements/{id}/dispute: the purchaser doubts a proved placement; it does not count meanwhile."""
    return await _act(request, "dispute", body_of(request, JudgeBody).why)


async def decide(request: web.Request) -> web.Response:
    """POST /api/v1/placements/{id}/decision: a disputed placement stands, or it does not."""
    body = body_of(request, DecisionBody)
    return await _act(request, "uphold" if body.uphold else "reject", body.why)


async def list_follow_ups(request: web.Request) -> web.Response:
    """GET /api/v1/follow-ups: whom to ask whether the job lasted, or what was answered."""
    core, done = request.app[CORE], query_of(request, shapes.FollowUpsQuery).done == "true"
    found = await follow_ups.list_follow_ups(core, waiting=not done)
    details = {"shown": len(found)}
    await audit.record(core, request[PRINCIPAL].label, "person.list", "follow-up", details=details)
    return answer(shapes.FollowUpPage(items=[shapes.FollowUpShown(**one) for one in found], next=None))


async def answer_follow_up(request: web.Request) -> web.Response:
    """POST /api/v1/follow-ups/{id}/answer: keep what was heard."""
    body, label = body_of(request, FollowUpBody), request[PRINCIPAL].label
    document = await follow_ups.answer_follow_up(request.app[CORE], request.match_info["id"], body, label)
    return answer(shapes.FollowUpShown(**document))


def _firm(request: web.Request) -> UUID:
    """Return the firm that the caller acts for; NotFoundError for who acts for none."""
    firm = request[VISITOR].firm
    if firm is None:
        raise NotFoundError("there is no such firm")
    return firm


async def _act(request: web.Request, what: Act, why: str) -> web.Response:
    document = await placements.act(request.app[CORE], request.match_info["id"], what, request[PRINCIPAL].label, why)
    return answer(shapes.PlacementShown.model_validate(document))
