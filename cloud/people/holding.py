"""How registration, guidance and placements export, erase and move what they keep of a person (holders.py)."""

from typing import Any
from uuid import UUID

from cloud.people.guidance.cases import cases_of
from cloud.people.guidance.catalogue import enquiry_document
from cloud.people.guidance.models import GuidanceNote, ServiceCase, ServiceCaseStep, ServiceEnquiry
from cloud.people.guidance.notes import notes_of
from cloud.people.models import Person
from cloud.people.placements.models import Placement, PlacementFollowUp, PlacementProof, PlacementStep
from cloud.people.placements.placements import placements_of, said
from cloud.people.registration.flags import flags_of
from cloud.people.registration.models import GroupFlag, JobWish, PersonCertificate, PersonPicture, Profile
from cloud.people.registration.profiles import certificate_document, read_profile
from cloud.people.rows import open_text
from cloud.platform.core import Core
from cloud.platform.orm import Model
from protocols.venue.timestamps import format_time

REGISTRATION = ("Profile", "JobWish", "PersonCertificate", "PersonPicture", "GroupFlag")
GUIDANCE = ("GuidanceNote", "ServiceCase", "ServiceCaseStep", "ServiceEnquiry")
PLACEMENTS = ("Placement", "PlacementProof", "PlacementStep", "PlacementFollowUp")


async def export_registration(core: Core, person: Person) -> dict[str, Any]:
    """Return profile, certificates and flags in the open, and the pictures themselves."""
    flags = await flags_of(core, person)
    for flag, kept in zip(flags, await GroupFlag.filter(person_id=person.id).order_by("-id"), strict=True):
        flag["reference"] = open_text(core, "group_flag.reference", kept.id, kept.reference)
    certificates = await PersonCertificate.filter(person_id=person.id).order_by("id")
    profile = await read_profile(core, person, in_the_open=True)
    row = await Profile.get_or_none(person_id=person.id)
    if row is not None:
        profile["contact_phone"] = open_text(core, "profile.contact_phone", row.id, row.contact_phone) or None
    pictures = await PersonPicture.filter(person_id=person.id).order_by("id")
    return {
        "profile": profile
        | {"certificates": [certificate_document(core, one, in_the_open=True) for one in certificates]},
        "flags": flags,
        "pictures": [
            {"id": str(one.id), "at": format_time(one.added_at), "sha256": one.sha256,
             "jpeg_base64": open_text(core, "person_picture.body", one.id, one.body)}
            for one in pictures
        ],
    }  # fmt: skip


async def erase_registration(core: Core, person: Person) -> dict[str, int]:
    """Delete what registration keeps."""
    del core
    return {
        "job_wish": await _delete_below(JobWish, "profile_id", Profile, person.id),
        "profile": await Profile.filter(person_id=person.id).delete(),
        "person_certificate": await PersonCertificate.filter(person_id=person.id).delete(),
        "group_flag": await GroupFlag.filter(person_id=person.id).delete(),
        "person_picture": await PersonPicture.filter(person_id=person.id).delete(),
    }


async def move_registration(source: UUID, target: UUID) -> None:
    """Let the fuller of two profiles be the one that stays; who registered first did so then."""
    await _move(source, target, PersonCertificate, GroupFlag, PersonPicture)
    gone, kept = await Profile.get_or_none(person_id=source), await Profile.get_or_none(person_id=target)
    if gone is None:
        return
    if kept is None:
        await Profile.filter(id=gone.id).update(person_id=target)
        return
    fuller, other = (gone, kept) if gone.completeness > kept.completeness else (kept, gone)
    times = [row for row in (gone, kept) if row.registered_at is not None]
    first = min(times, key=lambda row: str(row.registered_at)) if times else fuller
    await JobWish.filter(profile_id=other.id).delete()
    await Profile.filter(id=other.id).delete()
    await Profile.filter(id=fuller.id).update(
        person_id=target, registered_at=first.registered_at, registered_by=first.registered_by,
        source=first.source, channel=first.channel, station=first.station,
    )  # fmt: skip


async def export_guidance(core: Core, person: Person) -> dict[str, Any]:
    """Return notes, cases and questions."""
    enquiries = await ServiceEnquiry.filter(person=person.id).order_by("id")
    return {
        "notes": await notes_of(core, person.id, in_the_open=True),
        "cases": await cases_of(core, person.id),
        "enquiries": [enquiry_document(core, row) for row in enquiries],
    }


async def erase_guidance(core: Core, person: Person) -> dict[str, int]:
    """Delete what guidance keeps."""
    del core
    return {
        "service_case_step": await _delete_below(ServiceCaseStep, "case_id", ServiceCase, person.id),
        "service_case": await ServiceCase.filter(person_id=person.id).delete(),
        "guidance_note": await GuidanceNote.filter(person_id=person.id).delete(),
        "service_enquiry": await ServiceEnquiry.filter(person=person.id).delete(),
    }


async def move_guidance(source: UUID, target: UUID) -> None:
    """Let one person's guidance be another's, who is the same."""
    await _move(source, target, GuidanceNote, ServiceCase)
    await ServiceEnquiry.filter(person=source).update(person=target)


async def export_placements(core: Core, person: Person) -> list[dict[str, Any]]:
    """Return placements with their proofs in the open, and what was answered later."""
    found = await placements_of(core, person.id)
    for one in found:
        rows = await PlacementProof.filter(placement_id=one["id"]).order_by("id")
        for proof, row in zip(one["proofs"], rows, strict=True):
            proof["reference"] = open_text(core, "placement_proof.reference", row.id, row.reference)
            proof["answer"] = said(core, row)
        task = await PlacementFollowUp.get_or_none(placement_id=one["id"])
        one["follow_up"] = task and {
            "state": task.state,
            "answer": open_text(core, "follow_up.answer", task.id, task.answer),
            "at": format_time(task.at) if task.at else None,
        }
    return found


async def erase_placements(core: Core, person: Person) -> dict[str, int]:
    """Delete what placements keep: one that opens to no proof any more does not count any more (ADR 0023)."""
    del core
    return {
        "placement_follow_up": await _delete_below(PlacementFollowUp, "placement_id", Placement, person.id),
        "placement_step": await _delete_below(PlacementStep, "placement_id", Placement, person.id),
        "placement_proof": await _delete_below(PlacementProof, "placement_id", Placement, person.id),
        "placement": await Placement.filter(person_id=person.id).delete(),
    }


async def move_placements(source: UUID, target: UUID) -> None:
    """Let one person's placements be another's, who is the same."""
    await _move(source, target, Placement)


async def _move(source: UUID, target: UUID, *models: type[Model]) -> None:
    for model in models:
        await model.filter(person_id=source).update(person_id=target)


async def _delete_below(model: type[Model], column: str, parent: type[Model], person: UUID) -> int:
    """Delete the rows that belong to a person's rows of another table; return how many."""
    above = await parent.filter(person_id=person).values_list("id", flat=True)
    return await model.filter(**{f"{column}__in": list(above)}).delete()
