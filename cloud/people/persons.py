"""Persons: found by ID number or phone without opening anything, registered once, merged when a card proves it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import uuid_utils

from cloud.identity import audit, public
from cloud.people.models import Person
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.masks import mask_address, mask_id_number, mask_name, mask_phone
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from protocols.rules.id_number import ADULT_AGE, WORKING_AGE, BadIdNumber, IdNumber, age_on, parse_id_number
from protocols.venue.timestamps import format_time

Channel = Literal["phone", "wechat", "kiosk", "counter"]
#: How an ID number came here, the better one to the right; a worse proof never replaces a better one.
Proof = Literal["none", "counter", "real-name", "card"]
PROOFS: Final[tuple[Proof, ...]] = ("none", "counter", "real-name", "card")

#: Domain event: two rows were one person; the key is the one that stays, `gone` the other.
MERGED: Final = "person.merged"
#: Sealed columns, as the places in the key ring name them.
SEALED_FIELDS: Final = ("name", "id_number", "phone", "address")


class UnderAgeError(ProblemError):
    """Somebody below 16 may not be registered, by nobody (Provisions on the Prohibition of Using Child Labour)."""

    def __init__(self) -> None:
        super().__init__(403, "under-16", "未满 16 周岁，依法不能办理求职登记")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a card or a checking service says about somebody."""

    name: str
    number: IdNumber
    address: str = ""


def read_identity(core: Core, name: str, id_number: str, address: str = "") -> Identity:
    """Return checked values; InvalidInputError names the field, UnderAgeError below 16."""
    today = market_day(core.now())
    try:
        number = parse_id_number(id_number, today)
    except BadIdNumber as error:
        raise InvalidInputError(str(error), {"id_number": str(error)}) from error
    if not name.strip():
        raise InvalidInputError("请填写姓名", {"name": "请填写姓名"})
    if age_on(number.birth, today) < WORKING_AGE:
        raise UnderAgeError
    return Identity(name.strip(), number, address.strip())


async def count_persons(until: datetime) -> int:
    """Return how many persons were known at a moment and are not erased."""
    return await Person.filter(created_at__lte=until).count()


async def person_ids(until: datetime, limit: int) -> list[UUID]:
    """Return the first so many persons, by id, who were known at a moment and are not erased."""
    found = Person.filter(created_at__lte=until).order_by("id").limit(limit)
    return [UUID(str(one)) for one in await found.values_list("id", flat=True)]


async def get_person(person: UUID) -> Person:
    """Return a person; NotFoundError when there is none."""
    row = await Person.get_or_none(id=person)
    if row is None:
        raise NotFoundError("there is no such person")
    return row


async def find_by_phone(core: Core, phone: str) -> Person | None:
    """Return who proved this phone."""
    return await Person.get_or_none(phone_blind=core.keyring.blind("phone", phone))


async def find_by_id_number(core: Core, number: str) -> Person | None:
    """Return who has this ID number."""
    return await Person.get_or_none(id_blind=core.keyring.blind("id_number", number))


async def lock_identities(core: Core, *, phone: str = "", number: str = "") -> None:
    """Keep others from registering the same phone or ID number until the transaction in force ends."""
    names = [f"person:{core.keyring.blind(kind, text)}" for kind, text in (("phone", phone), ("id_number", number))
             if text]  # fmt: skip
    await lock_names(names)


async def create_person(core: Core, channel: Channel, station: str = "", by: str = "") -> Person:
    """Store a person of whom nothing is known yet, written down by himself or by `by`; inside a transaction."""
    now = core.now()
    row = await Person.create(
        id=UUID(str(uuid_utils.uuid7())), channel=channel, station=station, created_at=now, updated_at=now
    )
    details = {"channel": channel, "station": station}
    await audit.record(core, by or f"seeker:{row.id}", "person.register", f"person:{row.id}", details=details)
    return row


async def set_phone(core: Core, person: Person, phone: str) -> None:
    """Give a person the phone that he has just proved; who had it before loses it (numbers are handed on)."""
    blind = core.keyring.blind("phone", phone)
    if person.phone_blind == blind:
        return
    before = await Person.get_or_none(phone_blind=blind)
    if before is not None:
        await Person.filter(id=before.id).update(phone=None, phone_blind=None, updated_at=core.now())
        await audit.record(core, f"seeker:{person.id}", "person.phone-lost", f"person:{before.id}")
    person.phone, person.phone_blind = _seal(core, person, "phone", phone), blind
    await _save(core, person, "phone", "phone_blind")


async def set_identity(core: Core, person: Person, identity: Identity, proof: Proof) -> None:
    """Write what a card or a service proved; ConflictError when this person has another ID number."""
    blind = core.keyring.blind("id_number", identity.number.text)
    if person.id_blind not in {None, blind}:
        raise ConflictError("这张身份证不是登录者本人的", "other-person")
    if PROOFS.index(proof) < PROOFS.index(_proof(person)):
        return
    person.name = _seal(core, person, "name", identity.name)
    person.name_blind = core.keyring.blind("text", identity.name)
    person.id_number, person.id_blind = _seal(core, person, "id_number", identity.number.text), blind
    if identity.address:
        person.address = _seal(core, person, "address", identity.address)
    person.sex, person.birth = identity.number.sex, identity.number.birth
    person.proof, person.proved_at = proof, core.now()
    await _save(core, person, "name", "name_blind", "id_number", "id_blind", "address", "sex", "birth", "proof",
                "proved_at")  # fmt: skip
    await public.mark_carded(person.id)


def open_field(core: Core, person: Person, field: str) -> str | None:
    """Return one sealed field in the open; who shows it has recorded that."""
    sealed = getattr(person, field)
    return core.keyring.open(sealed, place(f"person.{field}", person.id)) if sealed else None


def masked(core: Core, person: Person) -> dict[str, Any]:
    """Return a person as everybody who may see the record sees him."""
    today = market_day(core.now())
    age = age_on(person.birth, today) if person.birth else None
    name, number, phone, address = (open_field(core, person, field) for field in SEALED_FIELDS)
    return {
        "id": str(person.id),
        "name": mask_name(name) if name else None,
        "id_number": mask_id_number(number) if number else None,
        "phone": mask_phone(phone) if phone else None,
        "address": mask_address(address) if address else None,
        "sex": person.sex,
        "age": age,
        "minor": age is not None and age < ADULT_AGE,
        "proof": person.proof,
        "channel": person.channel,
        "station": person.station or None,
        "created_at": format_time(person.created_at),
    }


def revealed(core: Core, person: Person) -> dict[str, str | None]:
    """Return the sealed fields in the open; the caller records who saw them."""
    return {field: open_field(core, person, field) for field in SEALED_FIELDS}


def _proof(person: Person) -> Proof:
    return next(proof for proof in PROOFS if proof == person.proof)


def _seal(core: Core, person: Person, field: str, text: str) -> str:
    return core.keyring.seal(text, place(f"person.{field}", person.id))


async def _save(core: Core, person: Person, *fields: str) -> None:
    person.updated_at = core.now()
    await person.save(update_fields=[*fields, "updated_at"])
