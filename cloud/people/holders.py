"""Who keeps data of persons: one table of packages that export, erase and move it. Read it to know where it lies.

A table with a column that names a person must stand in `tables` of a holder or in KEPT, or a test fails.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cloud.employers import service as employers
from cloud.fairs import service as fairs
from cloud.identity import public
from cloud.people import holding
from cloud.people.consents import consents_of
from cloud.people.faces import holding as faces
from cloud.people.models import Consent, Person, RealNameCheck
from cloud.people.persons import masked, open_field, revealed
from cloud.platform.core import Core
from cloud.platform.idempotency import forget_answers
from cloud.platform.notify import ledger
from cloud.service import service as desk
from protocols.venue.timestamps import format_time

Exporter = Callable[[Core, Person], Awaitable[Any]]
#: Returns the rows that went, by table.
Eraser = Callable[[Core, Person], Awaitable[dict[str, int]]]
#: From the first person to the second, who is the same.
Mover = Callable[[UUID, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Holder:
    """One package's part; all run inside the caller's transaction. `tables` are names of models."""

    tables: tuple[str, ...]
    export: Exporter
    erase: Eraser
    move: Mover


async def _export_own(core: Core, person: Person) -> dict[str, Any]:
    checks = await RealNameCheck.filter(person_id=person.id).order_by("id")
    return {
        "person": {**masked(core, person), **revealed(core, person), "birth": person.birth and str(person.birth)},
        "consents": await consents_of(person.id),
        "checks": [
            {"provider": row.provider, "result": row.result, "reference": row.reference, "at": format_time(row.at)}
            for row in checks
        ],
    }


async def _erase_own(core: Core, person: Person) -> dict[str, int]:
    del core
    return {
        "consent": await Consent.filter(person_id=person.id).delete(),
        "real_name_check": await RealNameCheck.filter(person_id=person.id).delete(),
        "person": await Person.filter(id=person.id).delete(),
    }


async def _move_own(source: UUID, target: UUID) -> None:
    for table in (Consent, RealNameCheck):
        await table.filter(person_id=source).update(person_id=target)


async def _export_identity(core: Core, person: Person) -> dict[str, Any]:
    return await public.export_subject(core, person.id, open_field(core, person, "phone"))


async def _erase_identity(core: Core, person: Person) -> dict[str, int]:
    return await public.erase_subject(core, person.id, open_field(core, person, "phone"))


async def _export_employers(core: Core, person: Person) -> list[dict[str, Any]]:
    phone = open_field(core, person, "phone")
    return await employers.export_member(core, phone) if phone else []


async def _erase_employers(core: Core, person: Person) -> dict[str, int]:
    phone = open_field(core, person, "phone")
    return {"firm_member": await employers.erase_member(core, phone) if phone else 0}


async def _export_notify(core: Core, person: Person) -> list[dict[str, Any]]:
    return [
        {"title": item.title, "text": item.text, "at": format_time(item.created_at)}
        for item in await ledger.export_of(core, person.id)
    ]


async def _erase_notify(core: Core, person: Person) -> dict[str, int]:
    """Forget what the person was told, and the messages that carried codes to his phone."""
    phone = open_field(core, person, "phone")
    codes = await public.codes_of(core, phone) if phone else []
    recipients: list[UUID | str] = [person.id, *(f"code:{code}" for code in codes)]
    return {"notification": sum([await ledger.erase(recipient) for recipient in recipients])}


async def _move_notify(source: UUID, target: UUID) -> None:
    await ledger.move(source, target)


async def _export_desk(core: Core, person: Person) -> dict[str, Any]:
    return await desk.export_person(core, person.id)


async def _erase_desk(core: Core, person: Person) -> dict[str, int]:
    return await desk.erase_person(core, person.id)


async def _export_fairs(core: Core, person: Person) -> dict[str, Any]:
    del core
    return await fairs.export_person(person.id)


async def _erase_fairs(core: Core, person: Person) -> dict[str, int]:
    del core
    return await fairs.forget_person(person.id)


async def _stay(source: UUID, target: UUID) -> None:
    """Move nothing: this package finds people by their phone, or forgets them by itself within two days."""
    del source, target


async def _export_answers(core: Core, person: Person) -> str:
    """Answers repeat what stands elsewhere."""
    del core, person
    return "answers to repeated requests are kept for two days; they hold nothing that is not listed here"


async def _erase_answers(core: Core, person: Person) -> dict[str, int]:
    del core
    return {"answered_write": await forget_answers(f"seeker:{person.id}")}


#: The order matters for erasing: who finds by phone goes before the person's own row.
HOLDERS: Final[Mapping[str, Holder]] = {
    "notify": Holder(("Notification", "Delivery"), _export_notify, _erase_notify, _move_notify),
    "employers": Holder(("FirmMember",), _export_employers, _erase_employers, _stay),
    "fairs": Holder(("FairArrival", "ShowApplicant"), _export_fairs, _erase_fairs, fairs.move_person),
    "identity": Holder(
        ("PublicSession", "OneTimeCode", "LinkedIdentity"), _export_identity, _erase_identity, public.move_subject
    ),
    "platform": Holder(("AnsweredWrite",), _export_answers, _erase_answers, _stay),
    "service": Holder(
        ("Ticket", "TicketStep", "Thread", "ThreadMessage", "SurveySample", "SurveyAnswer"),
        _export_desk,
        _erase_desk,
        desk.move_person,
    ),
    "registration": Holder(
        holding.REGISTRATION, holding.export_registration, holding.erase_registration, holding.move_registration
    ),
    "guidance": Holder(holding.GUIDANCE, holding.export_guidance, holding.erase_guidance, holding.move_guidance),
    "placements": Holder(
        holding.PLACEMENTS, holding.export_placements, holding.erase_placements, holding.move_placements
    ),
    "faces": Holder(faces.TABLES, faces.export_faces, faces.erase_faces, faces.move_faces),
    "people": Holder(("Person", "Consent", "RealNameCheck"), _export_own, _erase_own, _move_own),
}

#: Tables that name persons and keep them after an erasure, each with the reason.
KEPT: Final[Mapping[str, str]] = {
    "Erasure": "proof that somebody was erased: an id that leads nowhere, counts, no personal data",
    "ErasureReceipt": "belongs to the proof",
    "FaceTombstone": "what stations must delete and have confirmed: an id that leads nowhere, kept for 3 years",
    "FaceLook": "record of each comparison, without biometrics; kept for 3 years (PIPL art. 55, 56)",
    "FaceSignIn": "record of each sign-in by face; kept as long as the comparisons",
    "AuditRow": "must be kept for 6 months (Cybersecurity Law art. 21); holds ids only, never names or numbers",
    "FirmCase": "who acted for a firm when it was verified; kept for 3 years (Online Recruitment Rules art. 25, 26)",
    "FirmPaper": "the papers of a verification, kept as long as that",
    "PostImport": "the contacts of posts, as the firm sent them; deleted with the import",
    "TrainingInstitution": "the contact of an institution, published with its trainings",
    "Firm": "the contact of a firm, published by it with its posts",
    "Post": "the contact of a post, published with it; kept for 3 years (Online Recruitment Rules art. 25, 26)",
}
