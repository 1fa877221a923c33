"""Profiles: what a jobseeker tells, question by question, on any channel; from when on that is a registration."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.jobs import service as jobs
from cloud.people.models import Person
from cloud.people.persons import UnderAgeError, masked
from cloud.people.registration.completeness import ANSWERABLE, counts_as_registered, held_by, judge
from cloud.people.registration.drafts import ProfileChange, WishBody
from cloud.people.registration.models import JobWish, PersonCertificate, Profile, RegistrationSource
from cloud.people.registration.origin import Origin
from cloud.people.registration.tables import districts, educations, items, streets
from cloud.people.rows import new_id, open_text, seal_text
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.masks import mask_id_number, mask_phone
from cloud.platform.times import market_day
from protocols.rules.working_age import standing_on
from protocols.venue.timestamps import format_time

#: Domain events: a registration counts from now on; a profile changed, so what fits it may be another post.
REGISTERED: Final = "person.registered"
CHANGED: Final = "person.profile"
#: Topic of the hub.
NEWS: Final = "person"
#: The coder's word is taken from here on; below it the words alone are kept and the staff may pick.
SURE: Final = 0.5
_PLAIN: Final = ("education", "district", "street", "hours")
_LISTS: Final = ("skills", "forms", "places", "trainings")

Document = dict[str, Any]


async def profile_of(person: UUID) -> Profile | None:
    """Return somebody's profile."""
    return await Profile.get_or_none(person_id=person)


async def read_profile(core: Core, person: Person, *, in_the_open: bool = False) -> Document:
    """Return a profile as REST shows it, an empty one of who told nothing; `in_the_open` adds what is sealed."""
    profile = await profile_of(person.id)
    wishes = await JobWish.filter(profile_id=profile.id).order_by("rank") if profile else []
    certificates = await PersonCertificate.filter(person_id=person.id).order_by("id")
    document = _document(core, profile, wishes, certificates)
    if in_the_open:
        document |= _opened(core, profile)
    birth = person.birth or (profile.born if profile else None)
    judged = judge(items(), held_by(masked(core, person), document))
    document["standing"] = standing_on(birth, market_day(core.now()))
    document["completeness"] = {
        "score": judged.score,
        "missing": [{"item": item.name, "part": item.part, "rule": item.rule} for item in judged.missing],
    }
    return document


async def save_profile(core: Core, person: Person, change: ProfileChange, origin: Origin) -> Document:
    """Take over what is new; UnderAgeError below 16, and nothing is kept."""
    async with core.outbox.transaction():
        await lock_names([f"profile:{person.id}"])
        profile, given = await profile_of(person.id), change.model_fields_set
        born = _born(core, person, profile, change)
        profile = profile or await _begin(core, person, origin)
        profile.born = born
        _take(core, profile, change, given)
        if "wishes" in given:
            await _write_wishes(profile, change.wishes, origin)
        await _settle(core, person, profile, origin)
        details = {"fields": sorted(given), "channel": origin.channel}
        await audit.record(core, origin.by, "person.profile", f"person:{person.id}", details=details)
        await core.outbox.emit(CHANGED, str(person.id), {}, core.now())
        after_commit(partial(core.hub.publish, NEWS, {"id": str(person.id)}))
        return await read_profile(core, person)


async def note_recommended(persons: Collection[UUID], at: datetime) -> None:
    """Note that posts were recommended to somebody; the list shows who waits for the first ones."""
    await Profile.filter(person_id__in=list(persons)).update(recommended_at=at)


async def settle(core: Core, person: Person, origin: Origin) -> None:
    """Judge a registration again after something beside the profile changed, such as a card that was read."""
    await lock_names([f"profile:{person.id}"])
    profile = await profile_of(person.id)
    if profile is not None:
        await _settle(core, person, profile, origin)


async def _begin(core: Core, person: Person, origin: Origin) -> Profile:
    now, scanned, source = core.now(), "", origin.source
    if jobs.is_scanned(source):
        scanned, source = source, ""
    elif source and not await RegistrationSource.exists(id=source):
        source = ""
    return await Profile.create(
        id=new_id(), person_id=person.id, channel=origin.channel, station=origin.station or person.station,
        source=source, scanned=scanned, updated_at=now, updated_by=origin.by,
    )  # fmt: skip


def _born(core: Core, person: Person, profile: Profile | None, change: ProfileChange) -> date | None:
    """Return what somebody says of his birth, which counts while no card says it; UnderAgeError below 16."""
    said = profile.born if profile else None
    if "born" in change.model_fields_set and person.birth is None:
        said = change.born
    if standing_on(person.birth or said, market_day(core.now())) == "under_age":
        raise UnderAgeError
    return said


def _take(core: Core, profile: Profile, change: ProfileChange, given: set[str]) -> None:
    for name in given & set(_PLAIN):
        setattr(profile, name, getattr(change, name))
    for name in given & set(_LISTS):
        setattr(profile, name, json.dumps(getattr(change, name), ensure_ascii=False))
    if "pay" in given:
        profile.pay_floor_fen = change.pay.floor_fen if change.pay else None
        profile.pay_unit = change.pay.unit if change.pay else ""
    if "ability" in given:
        profile.ability = seal_text(core, "profile.ability", profile.id, change.ability)
    if "contact_phone" in given:
        phone = change.contact_phone or ""
        profile.contact_phone = seal_text(core, "profile.contact_phone", profile.id, phone)
        profile.contact_blind = core.keyring.blind("phone", phone) if phone else None
    if "willing" in given and change.willing != profile.willing:
        profile.willing, profile.willing_at = change.willing, core.now()
    empty = {name for name in given & ANSWERABLE if not getattr(change, name)}
    answered = (set(json.loads(profile.answered)) - given) | empty
    profile.answered = json.dumps(sorted(answered))


async def _write_wishes(profile: Profile, wishes: Sequence[WishBody], origin: Origin) -> None:
    await JobWish.filter(profile_id=profile.id).delete()
    for rank, wish in enumerate(wishes, start=1):
        code, hand = _coded(wish, origin)
        await JobWish.create(
            profile_id=profile.id, rank=rank, words=wish.words, occupation=code, coded_by=hand if code else ""
        )


def _coded(wish: WishBody, origin: Origin) -> tuple[str, str]:
    """Return (occupation, who said so): what was picked, else what the coder is sure enough of, else nothing."""
    if wish.occupation:
        return wish.occupation, "staff" if origin.channel == "counter" else "person"
    found = jobs.code_title(wish.words, 1)
    return (found[0].code, "coder") if found and found[0].score >= SURE else ("", "")


async def _settle(core: Core, person: Person, profile: Profile, origin: Origin) -> None:
    """Write a profile with its score; the first time that it counts as a registration, note who registered."""
    now = core.now()
    wishes = await JobWish.filter(profile_id=profile.id).order_by("rank")
    certificates = await PersonCertificate.filter(person_id=person.id)
    held = held_by(masked(core, person), _document(core, profile, wishes, certificates))
    profile.completeness = judge(items(), held).score
    birth = person.birth or profile.born
    if profile.registered_at is None and counts_as_registered(birth, market_day(now), held):
        profile.registered_at, profile.registered_by = now, origin.by
        await core.outbox.emit(REGISTERED, str(person.id), {}, now)
    profile.version, profile.updated_at, profile.updated_by = profile.version + 1, now, origin.by
    await profile.save()


def _document(
    core: Core, profile: Profile | None, wishes: Sequence[JobWish], certificates: Sequence[PersonCertificate]
) -> Document:
    found = profile or Profile(id=new_id(), channel="", updated_at=core.now(), updated_by="", version=0)
    phone = open_text(core, "profile.contact_phone", found.id, found.contact_phone)
    return {
        "version": found.version,
        "born": found.born.isoformat() if found.born else None,
        "education": found.education,
        "education_name": educations().get(found.education, ""),
        "district": found.district,
        "district_name": districts().get(found.district, ""),
        "street": found.street,
        "street_name": streets().get(found.district, {}).get(found.street, ""),
        **{name: json.loads(getattr(found, name)) for name in (*_LISTS, "answered")},
        "wishes": [_wish(row) for row in wishes],
        "certificates": [certificate_document(core, row) for row in certificates],
        "hours": found.hours,
        "pay": {"floor_fen": found.pay_floor_fen, "unit": found.pay_unit} if found.pay_floor_fen else None,
        "has_ability": found.ability is not None,
        "contact_phone": mask_phone(phone) if phone else None,
        "willing": found.willing,
        "channel": found.channel,
        "station": found.station,
        "source": found.source or found.scanned,
        "registered_at": format_time(found.registered_at) if found.registered_at else None,
    }


def certificate_document(core: Core, row: PersonCertificate, *, in_the_open: bool = False) -> Document:
    """Return a certificate as REST shows it; its number masked unless it is the person himself who asks."""
    number = open_text(core, "certificate.number", row.id, row.number)
    return {
        "id": str(row.id),
        "name": row.name,
        "number": number if in_the_open else _mask_number(number),
        "issuer": row.issuer,
        "issued_on": row.issued_on.isoformat() if row.issued_on else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }


def _mask_number(number: str) -> str:
    kept = 4
    return mask_id_number(number) if len(number) <= kept else "*" * (len(number) - kept) + number[-kept:]


def _wish(row: JobWish) -> Document:
    name = jobs.occupations().get(row.occupation, "")
    return {"words": row.words, "occupation": row.occupation, "occupation_name": name, "coded_by": row.coded_by}


def _opened(core: Core, profile: Profile | None) -> Document:
    if profile is None:
        return {"ability": ""}
    return {"ability": open_text(core, "profile.ability", profile.id, profile.ability)}
