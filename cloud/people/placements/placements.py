"""Placements: claimed by the operator, proved by a proof, disputed and decided by the purchaser."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.jobs import service as jobs
from cloud.people.doors import require_admission
from cloud.people.persons import get_person
from cloud.people.placements.drafts import ClaimBody, ProofBody
from cloud.people.placements.models import Placement, PlacementProof, PlacementStep
from cloud.people.placements.proofs import Source, proof_rules
from cloud.people.placements.states import Act, after
from cloud.people.registration.flags import groups_on
from cloud.people.registration.pictures import own_picture, show_picture
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

#: Domain event: a placement is proved; the key is the placement.
PROVED: Final = "placement.proved"
NEWS: Final = "placement"
MAX_PROOFS: Final = 20
MAX_AT_FIRM: Final = 200
_TAIL: Final = 4


async def claim(core: Core, body: ClaimBody, by: str, station: str = "") -> dict[str, Any]:
    """Note that somebody found work; the same person, employer and day twice is a conflict."""
    person = await get_person(UUID(body.person))
    async with core.outbox.transaction():
        if body.started_on > market_day(core.now()):
            raise InvalidInputError("上岗日期不能晚于今天", {"started_on": "上岗日期不能晚于今天"})
        values = await _place(body)
        await require_admission(core, person, body.started_on, occupation=values["occupation"])
        same = {"person_id": person.id, "employer": values["employer"], "started_on": body.started_on}
        if await Placement.exists(**same):
            raise ConflictError("这个人在同一单位、同一天的记录已经有了", "placement-known")
        row = await Placement.create(
            id=new_id(), state="claimed", form=body.form, station=station or person.station, claimed_by=by,
            claimed_at=core.now(), changed_at=core.now(), **same, **{k: v for k, v in values.items() if k not in same},
        )  # fmt: skip
        await _step(core, row, "claimed", by)
    return await placement_document(core, row)


async def add_proof(
    core: Core, placement: str, body: ProofBody, by: str, source: Source = "operator"
) -> dict[str, Any]:
    """Add a proof; the first one makes a claim a proved placement."""
    async with core.outbox.transaction():
        row = await _locked(placement)
        if row.state == "rejected":
            raise ConflictError("这条记录已经作废，不能再加证明", "placement-state")
        if await PlacementProof.filter(placement_id=row.id).count() >= MAX_PROOFS:
            raise ConflictError(f"一条记录最多 {MAX_PROOFS} 份证明", "too-many")
        _check_asked(core, row, body)
        proof_id = new_id()
        await PlacementProof.create(
            id=proof_id, placement_id=row.id, kind=body.kind, source=source, by=by, at=core.now(),
            reference=seal_text(core, "placement_proof.reference", proof_id, body.reference),
            answer=seal_text(core, "placement_proof.answer", proof_id, body.answer),
            picture=await own_picture(UUID(str(row.person_id)), body.picture),
            whom=body.whom if body.answer else "", asked_at=body.asked_at,
        )  # fmt: skip
        details = {"kind": body.kind, "source": source}
        await audit.record(core, by, "placement.proof", f"placement:{row.id}", details=details)
        if row.state == "claimed":
            await _act(core, row, "prove", by, proof_rules()[body.kind].name)
    return await placement_document(core, row)


async def confirm_by_employer(core: Core, placement: str, firm: UUID, by: str) -> dict[str, Any]:
    """Let a firm's own user confirm a placement at that firm: the employer vouches for it, once."""
    async with core.outbox.transaction():
        row = await _locked(placement)
        if row.firm != firm:
            raise NotFoundError("there is no such placement")
        if row.state == "rejected":
            raise ConflictError("这条记录已经作废", "placement-state")
        if not await PlacementProof.exists(placement_id=row.id, source="employer"):
            proof: dict[str, Any] = {"kind": "employer", "source": "employer", "by": by, "at": core.now()}
            await PlacementProof.create(id=new_id(), placement_id=row.id, **proof)
            details = {"kind": "employer", "source": "employer"}
            await audit.record(core, by, "placement.proof", f"placement:{row.id}", details=details)
        if row.state == "claimed":
            await _act(core, row, "prove", by, proof_rules()["employer"].name)
    return brief(row, ())


async def placements_at(firm: UUID) -> list[dict[str, Any]]:
    """Return the placements at a firm that wait for its word or have it, the newest first; nobody's groups."""
    found = Placement.filter(firm=firm).exclude(state="rejected")
    return [brief(row, ()) for row in await found.order_by("-id").limit(MAX_AT_FIRM)]


async def act(core: Core, placement: str, what: Act, by: str, why: str) -> dict[str, Any]:
    """Withdraw, dispute, uphold or reject a placement."""
    async with core.outbox.transaction():
        row = await _locked(placement)
        await _act(core, row, what, by, why)
    return await placement_document(core, row)


async def get_placement(core: Core, placement: str, *, in_the_open: bool = False) -> dict[str, Any]:
    """Return one placement with its proofs and history; what was said on the telephone only `in_the_open`."""
    return await placement_document(core, await _found(placement), in_the_open=in_the_open)


async def proof_picture(core: Core, placement: str, proof: str, by: str) -> bytes:
    """Return the picture of a proof; that somebody saw it is recorded."""
    row = await _found(placement)
    one = await PlacementProof.get_or_none(id=read_id(proof, "proof"), placement_id=row.id)
    if one is None or one.picture is None:
        raise NotFoundError("there is no such picture")
    return await show_picture(core, UUID(str(row.person_id)), str(one.picture), by)


async def placements_of(core: Core, person: UUID) -> list[dict[str, Any]]:
    """Return somebody's placements, the newest first."""
    rows = await Placement.filter(person_id=person).order_by("-started_on", "-id")
    return [await placement_document(core, row) for row in rows]


async def placement_document(core: Core, row: Placement, *, in_the_open: bool = False) -> dict[str, Any]:
    """Return a placement as REST shows it; of a reference its end, of a talk only that there was one."""
    groups = await groups_on([(UUID(str(row.person_id)), row.started_on)])
    proofs = await PlacementProof.filter(placement_id=row.id).order_by("id")
    steps = await PlacementStep.filter(placement_id=row.id).order_by("id")
    return {
        **brief(row, groups[UUID(str(row.person_id)), row.started_on]),
        "proofs": [_proof(core, one, in_the_open=in_the_open) for one in proofs],
        "history": [
            {"state": one.state, "by": one.by, "at": format_time(one.at),
             "note": open_text(core, "placement_step.note", one.id, one.note)}
            for one in steps
        ],
    }  # fmt: skip


def brief(row: Placement, groups: Sequence[str]) -> dict[str, Any]:
    """Return a placement as lists show it."""
    return {
        "id": str(row.id),
        "person": str(row.person_id),
        "post": str(row.post) if row.post else None,
        "firm": str(row.firm) if row.firm else None,
        "employer": row.employer,
        "title": row.title,
        "occupation": row.occupation,
        "form": row.form,
        "form_name": jobs.FORMS[row.form],
        "started_on": row.started_on.isoformat(),
        "state": row.state,
        "station": row.station,
        "groups": list(groups),
        "claimed_by": row.claimed_by,
        "claimed_at": format_time(row.claimed_at),
    }


def said(core: Core, proof: PlacementProof) -> str:
    """Return what was said on the telephone; who shows it has recorded that."""
    return open_text(core, "placement_proof.answer", proof.id, proof.answer)


async def _place(body: ClaimBody) -> dict[str, Any]:
    """Return the columns that say where: those of the post, or the words that were typed."""
    if body.post is None:
        return {"employer": body.employer, "title": body.title, "occupation": body.occupation}
    post = await jobs.get_post(body.post)
    return {
        "post": UUID(post["id"]), "firm": UUID(post["firm"]), "employer": post["firm_name"],
        "title": post["title"], "occupation": post["occupation"],
    }  # fmt: skip


def _check_asked(core: Core, row: Placement, body: ProofBody) -> None:
    """Refuse a talk that was before the work began, or that is yet to come."""
    if body.asked_at is None:
        return
    if body.asked_at > core.now():
        raise InvalidInputError("通话时间不能晚于现在", {"asked_at": "通话时间不能晚于现在"})
    if market_day(body.asked_at) < row.started_on:
        raise InvalidInputError("通话早于上岗日期，不能作为证明", {"asked_at": "通话早于上岗日期"})


def _proof(core: Core, row: PlacementProof, *, in_the_open: bool) -> dict[str, Any]:
    reference = open_text(core, "placement_proof.reference", row.id, row.reference)
    return {
        "id": str(row.id),
        "kind": row.kind,
        "kind_name": proof_rules()[row.kind].name,
        "source": row.source,
        "reference": f"****{reference[-_TAIL:]}" if reference else "",
        "picture": str(row.picture) if row.picture else None,
        "whom": row.whom or None,
        "has_answer": row.answer is not None,
        "answer": said(core, row) if in_the_open and row.answer else None,
        "asked_at": format_time(row.asked_at) if row.asked_at else None,
        "by": row.by,
        "at": format_time(row.at),
    }


async def _act(core: Core, row: Placement, what: Act, by: str, note: str) -> None:
    row.state = after(row.state, what)
    row.changed_at = core.now()
    await row.save(update_fields=["state", "changed_at"])
    await _step(core, row, what, by, note)
    if row.state == "proved":
        await core.outbox.emit(PROVED, str(row.id), {}, core.now())


async def _step(core: Core, row: Placement, what: str, by: str, note: str = "") -> None:
    step = new_id()
    sealed = seal_text(core, "placement_step.note", step, note)
    await PlacementStep.create(id=step, placement_id=row.id, state=row.state, note=sealed, by=by, at=core.now())
    details = {"act": what, "state": row.state, "person": str(row.person_id)}
    await audit.record(core, by, "placement.write", f"placement:{row.id}", details=details)
    after_commit(partial(core.hub.publish, NEWS, {"id": str(row.id)}))


async def _found(placement: str) -> Placement:
    row = await Placement.get_or_none(id=read_id(placement, "placement"))
    if row is None:
        raise NotFoundError("there is no such placement")
    return row


async def _locked(placement: str) -> Placement:
    row = await Placement.select_for_update().get_or_none(id=read_id(placement, "placement"))
    if row is None:
        raise NotFoundError("there is no such placement")
    return row


async def rows_between(start: date, end: date, stations: Sequence[str] | None = None) -> list[Placement]:
    """Return the placements whose work began from `start` to `end`, both days among them."""
    found = Placement.filter(started_on__gte=start, started_on__lte=end)
    if stations is not None:
        found = found.filter(station__in=list(stations))
    return await found.order_by("started_on", "id")
