"""The catalogues: institutions and training projects, start-up help; with validity, and the questions about them."""

from collections.abc import Collection
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from cloud.jobs import service as jobs
from cloud.people.guidance.drafts import EnquiryBody, InstitutionBody, OfferBody
from cloud.people.guidance.models import ServiceEnquiry, ServiceOffer, TrainingInstitution
from cloud.people.persons import get_person
from cloud.people.registration.origin import Origin
from cloud.people.registration.sources import bounds
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import InvalidInputError, NotFoundError
from protocols.venue.timestamps import format_time

#: Kinds of the catalogue of start-up help.
STARTUP_KINDS: Final = ("course", "project", "opening", "loan")
MAX_LISTED: Final = 500
NEWS: Final = "offer"


async def save_institution(core: Core, body: InstitutionBody, by: str, institution: str = "") -> dict[str, Any]:
    """Add an institution, or replace what is said of one."""
    async with core.outbox.transaction():
        values = body.model_dump() | {"changed_by": by, "changed_at": core.now()}
        if institution:
            row = await _institution(institution)
            await row.update_from_dict(values).save()
        else:
            row = await TrainingInstitution.create(id=new_id(), **values)
    return institution_document(row)


async def list_institutions(day: date | None = None) -> list[dict[str, Any]]:
    """Return the institutions by name; those in force on a day, or all."""
    rows = await TrainingInstitution.all().order_by("name").limit(MAX_LISTED)
    found = [row for row in rows if day is None or row.valid_from <= day <= (row.valid_to or date.max)]
    return [institution_document(row) for row in found]


async def save_offer(core: Core, body: OfferBody, by: str, offer: str = "") -> dict[str, Any]:
    """Add a row to a catalogue, or replace one."""
    if body.occupation and body.occupation not in jobs.occupations():
        raise InvalidInputError("没有这个职业代码", {"occupation": "没有这个职业代码"})
    async with core.outbox.transaction():
        values: dict[str, Any] = body.model_dump(exclude={"institution"}) | {"changed_at": core.now()}
        values["institution_id"] = (await _institution(body.institution)).id if body.institution else None
        if offer:
            row = await find_offer(offer)
            await row.update_from_dict(values).save()
        else:
            row = await ServiceOffer.create(id=new_id(), made_by=by, made_at=core.now(), **values)
        after_commit(partial(core.hub.publish, NEWS, {"kind": row.kind}))
    return await offer_document(row)


async def find_offer(offer: str) -> ServiceOffer:
    """Return a row of a catalogue; NotFoundError when there is none."""
    row = await ServiceOffer.get_or_none(id=read_id(offer, "offer"))
    if row is None:
        raise NotFoundError("there is no such offer")
    return row


async def list_offers(kinds: Collection[str], day: date | None = None) -> list[dict[str, Any]]:
    """Return rows of the catalogues, the newest first; those shown on a day, or all."""
    found = ServiceOffer.filter(kind__in=list(kinds))
    if day is not None:
        found = found.filter(valid_from__lte=day, valid_to__gte=day)
    rows = await found.order_by("-id").limit(MAX_LISTED)
    asked = {row.institution_id for row in rows if row.institution_id}
    known = {row.id: row for row in await TrainingInstitution.filter(id__in=asked)}
    return [_offer(row, known.get(UUID(str(row.institution_id))) if row.institution_id else None) for row in rows]


async def offer_document(row: ServiceOffer) -> dict[str, Any]:
    """Return a row of a catalogue as REST shows it."""
    return _offer(row, await TrainingInstitution.get_or_none(id=row.institution_id) if row.institution_id else None)


def _offer(row: ServiceOffer, institution: TrainingInstitution | None) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "title": row.title,
        "text": row.text,
        "occupation": row.occupation,
        "institution": institution_document(institution) if institution else None,
        "place": row.place,
        "hours": row.hours,
        "fee_fen": row.fee_fen,
        "subsidy": row.subsidy,
        "seats": row.seats,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(),
        "made_by": row.made_by,
        "made_at": format_time(row.made_at),
        "changed_at": format_time(row.changed_at),
    }


def institution_document(row: TrainingInstitution) -> dict[str, Any]:
    """Return an institution as REST shows it."""
    return {
        "id": str(row.id),
        "name": row.name,
        "address": row.address,
        "contact": row.contact,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }


async def note_enquiry(core: Core, body: EnquiryBody, origin: Origin) -> dict[str, Any]:
    """Keep a question with its answer."""
    async with core.outbox.transaction():
        person = (await get_person(UUID(body.person))).id if body.person else None
        offer = (await find_offer(body.offer)).id if body.offer else None
        row_id = new_id()
        row = await ServiceEnquiry.create(
            id=row_id, kind=body.kind, offer=offer, person=person, channel=origin.channel, station=origin.station,
            question=seal_text(core, "enquiry.question", row_id, body.question),
            answer=seal_text(core, "enquiry.answer", row_id, body.answer), by=origin.by, at=core.now(),
        )  # fmt: skip
    return enquiry_document(core, row)


async def list_enquiries(core: Core, start: date, end: date, *, in_the_open: bool) -> list[dict[str, Any]]:
    """Return the questions of a period, the newest first; the words only `in_the_open`."""
    first, last = bounds(start, end)
    rows = await ServiceEnquiry.filter(at__gte=first, at__lt=last).order_by("-id").limit(MAX_LISTED)
    return [enquiry_document(core, row, in_the_open=in_the_open) for row in rows]


def enquiry_document(core: Core, row: ServiceEnquiry, *, in_the_open: bool = True) -> dict[str, Any]:
    """Return a question with its answer as REST shows it."""
    texts = {
        "question": open_text(core, "enquiry.question", row.id, row.question) if in_the_open else None,
        "answer": open_text(core, "enquiry.answer", row.id, row.answer) if in_the_open else None,
    }
    return {
        "id": str(row.id),
        "kind": row.kind,
        "offer": str(row.offer) if row.offer else None,
        "person": str(row.person) if row.person else None,
        **texts,
        "channel": row.channel,
        "station": row.station,
        "by": row.by,
        "at": format_time(row.at),
    }


async def _institution(institution: str) -> TrainingInstitution:
    row = await TrainingInstitution.get_or_none(id=read_id(institution, "institution"))
    if row is None:
        raise NotFoundError("there is no such institution")
    return row
