"""Services step by step: employment registration, pension, injury cover, training intentions, start-up appointments."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final, cast
from uuid import UUID

from cloud.identity import audit
from cloud.people.doors import require_admission
from cloud.people.guidance.catalogue import find_offer
from cloud.people.guidance.counting import Intention, Intentions, count_intentions
from cloud.people.guidance.drafts import CaseBody, StepBody
from cloud.people.guidance.models import ServiceCase, ServiceCaseStep, ServiceOffer
from cloud.people.guidance.steps import FLOWS, Kind, check_step
from cloud.people.models import Person
from cloud.people.persons import masked
from cloud.people.registration.origin import Origin
from cloud.people.registration.sources import bounds
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

MAX_OPEN: Final = 20
MAX_LISTED: Final = 500
NEWS: Final = "case"


async def open_case(core: Core, person: Person, body: CaseBody, origin: Origin) -> dict[str, Any]:
    """Begin a service; one that is open already for the same thing is returned as it is."""
    async with core.outbox.transaction():
        await require_admission(core, person)
        await lock_names([f"cases:{person.id}"])
        about = await _about(core, body)
        running = await _running(person.id, body, about)
        if running is not None:
            return await case_document(core, running)
        if await ServiceCase.filter(person_id=person.id, state__in=_open_states()).count() >= MAX_OPEN:
            raise ConflictError("正在办理的事项太多，请先办完", "too-many")
        now = core.now()
        row = await ServiceCase.create(
            id=new_id(), person_id=person.id, kind=body.kind, state=FLOWS[body.kind].first, about=about,
            wish=body.wish, wanted_on=body.wanted_on, channel=origin.channel, station=origin.station,
            opened_by=origin.by, opened_at=now, changed_at=now,
        )  # fmt: skip
        await _step(core, row, origin.by, body.note)
    return await case_document(core, row)


async def step_case(core: Core, case: str, body: StepBody, by: str) -> dict[str, Any]:
    """Take a case to its next state, with the outcome where it ends in one."""
    async with core.outbox.transaction():
        row = await ServiceCase.select_for_update().get_or_none(id=read_id(case, "case"))
        if row is None:
            raise NotFoundError("there is no such case")
        check_step(cast("Kind", row.kind), row.state, body.state, body.outcome)
        row.state, row.outcome, row.changed_at = body.state, body.outcome, core.now()
        await row.save(update_fields=["state", "outcome", "changed_at"])
        await _step(core, row, by, body.note)
    return await case_document(core, row)


async def cases_of(core: Core, person: UUID, kinds: Collection[str] = tuple(FLOWS)) -> list[dict[str, Any]]:
    """Return somebody's cases with their history, the newest first."""
    rows = await ServiceCase.filter(person_id=person, kind__in=list(kinds)).order_by("-id").limit(MAX_LISTED)
    return [await case_document(core, row) for row in rows]


async def case_document(core: Core, row: ServiceCase) -> dict[str, Any]:
    """Return a case with its history."""
    offer = await ServiceOffer.get_or_none(id=row.about) if row.about else None
    steps = await ServiceCaseStep.filter(case_id=row.id).order_by("id")
    history = [
        {"state": one.state, "by": one.by, "at": format_time(one.at),
         "note": open_text(core, "case_step.note", one.id, one.note)}
        for one in steps
    ]  # fmt: skip
    return {**_brief(row, offer), "history": history}


async def list_cases(
    core: Core, kind: Kind, state: str = "", stations: Sequence[str] | None = None, limit: int = MAX_LISTED
) -> list[dict[str, Any]]:
    """Return cases of a kind with whose they are, masked; those that wait longest first."""
    found = ServiceCase.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if stations is not None:
        found = found.filter(station__in=list(stations))
    rows = await found.order_by("-changed_at").limit(limit).prefetch_related("person")
    offers = {one.id: one for one in await ServiceOffer.filter(id__in={row.about for row in rows if row.about})}
    return [{**_brief(row, offers.get(row.about) if row.about else None), **_whose(core, row.person)} for row in rows]


async def training_intentions(start: date, end: date) -> Intentions:
    """Return the training intentions from `start` to `end` as C4.2 counts them (counting.py)."""
    first, last = bounds(start, end)
    rows = await ServiceCase.filter(kind="training", opened_at__gte=first, opened_at__lt=last).values(
        "person_id", "about", "opened_at"
    )
    return count_intentions(_intention(row) for row in rows)


async def count_cases(kind: Kind, start: date, end: date, states: Collection[str] = ()) -> int:
    """Return how many cases of a kind were opened in a period, in some states or in any."""
    first, last = bounds(start, end)
    found = ServiceCase.filter(kind=kind, opened_at__gte=first, opened_at__lt=last)
    return await (found.filter(state__in=list(states)) if states else found).count()


def _intention(row: Mapping[str, Any]) -> Intention:
    opened: datetime = row["opened_at"]
    return Intention(str(row["person_id"]), str(row["about"] or ""), market_day(opened))


async def _about(core: Core, body: CaseBody) -> UUID | None:
    """Return the row of the catalogue that a case is about; it must be of its kind and shown today."""
    if body.about is None:
        return None
    offer = await find_offer(body.about)
    fits = (offer.kind == "training") == (body.kind == "training") and body.kind in {"training", "startup"}
    if not fits or not offer.valid_from <= market_day(core.now()) <= offer.valid_to:
        raise InvalidInputError("这个项目已经下架，请另选一个", {"about": "这个项目已经下架"})
    return offer.id


async def _running(person: UUID, body: CaseBody, about: UUID | None) -> ServiceCase | None:
    same = ServiceCase.filter(person_id=person, kind=body.kind, about=about, state__in=_open_states())
    if about is None and body.kind in {"training", "startup"}:
        same = same.filter(wish=body.wish)
    return await same.first()


def _open_states() -> list[str]:
    return sorted({state for flow in FLOWS.values() for state, following in flow.steps.items() if following})


async def _step(core: Core, row: ServiceCase, by: str, note: str) -> None:
    step = new_id()
    sealed = seal_text(core, "case_step.note", step, note)
    await ServiceCaseStep.create(id=step, case_id=row.id, state=row.state, note=sealed, by=by, at=core.now())
    details = {"case": str(row.id), "kind": row.kind, "state": row.state}
    await audit.record(core, by, "case.write", f"person:{row.person_id}", details=details)
    after_commit(partial(core.hub.publish, NEWS, {"kind": row.kind}))


def _brief(row: ServiceCase, offer: ServiceOffer | None) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "person": str(row.person_id),
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "about": str(row.about) if row.about else None,
        "title": offer.title if offer else row.wish,
        "wanted_on": row.wanted_on.isoformat() if row.wanted_on else None,
        "channel": row.channel,
        "station": row.station,
        "opened_by": row.opened_by,
        "opened_at": format_time(row.opened_at),
        "changed_at": format_time(row.changed_at),
    }


def _whose(core: Core, person: Person) -> dict[str, Any]:
    shown = masked(core, person)
    return {"name": shown["name"], "phone": shown["phone"]}
