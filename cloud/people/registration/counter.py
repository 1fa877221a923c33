"""Registration at the counter: one person stays one record, also when only his phone was known before."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cloud.identity import audit, public
from cloud.people import persons
from cloud.people.access import code_problem
from cloud.people.consents import give_consents, require_needed
from cloud.people.merging import merge
from cloud.people.models import Person
from cloud.people.persons import Identity
from cloud.people.registration.drafts import ProfileChange, RegistrationBody
from cloud.people.registration.origin import Origin
from cloud.people.registration.profiles import save_profile
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from cloud.platform.problems import ProblemError
from protocols.venue.timestamps import format_time


class KnownPhoneError(ProblemError):
    """The phone is of another record: the counter asks whether that is the same person, and says so in `phone_is`."""

    def __init__(self, core: Core, row: Person) -> None:
        shown = persons.masked(core, row)
        members = {
            "person": {name: shown[name] for name in ("id", "name", "phone", "proof", "channel")},
            "since": format_time(row.created_at),
        }
        text = "这个手机号已有登记：确认是同一个人请核对验证码；不是同一个人时号码只作联系用"
        super().__init__(409, "phone-known", text, members=members)


@dataclass(frozen=True, slots=True)
class Registered:
    """Who stands at the counter, and whether he was nobody before."""

    person: UUID
    fresh: bool


async def register(core: Core, body: RegistrationBody, by: str) -> Registered | ProblemError:
    """Register who stands at the counter, or find him; a wrong code is returned, for its try is counted.

    UnderAgeError below 16; 409 `consent-needed`; 409 `phone-known` when the phone is another record's and `phone_is`
    does not say whose it is.
    """
    identity = persons.read_identity(core, body.name, body.id_number, body.address)
    origin = Origin(by, "counter", body.station)
    async with core.outbox.transaction():
        await persons.lock_identities(core, phone=body.phone or "", number=identity.number.text)
        known = await persons.find_by_id_number(core, identity.number.text)
        holder = await persons.find_by_phone(core, body.phone) if body.phone else None
        if holder is not None and body.phone_is is None and (known is None or holder.id != known.id):
            raise KnownPhoneError(core, holder)
        refused = await _check_code(core, body, by)
        if refused is not None:
            return refused
        proved = body.phone is not None and body.phone_is is not None and body.phone_is.same
        person = await _one_record(core, known, holder if proved else None, identity, origin)
        if person is None:
            require_needed(body.consents)
            person = await persons.create_person(core, "counter", body.station, by)
        await give_consents(core, person.id, body.consents, "counter", by)
        await persons.set_identity(core, person, identity, "counter")
        await _take_phone(core, person, body.phone, proved=proved)
        await save_profile(core, person, _change(core, person, body), origin)
        return Registered(person.id, fresh=known is None and (holder is None or not proved))


async def send_counter_code(core: Core, phone: str, by: str) -> None:
    """Send a code to the phone of who stands at the counter; he reads it out."""
    await public.send_code(core, phone, "prove", public.Asker("kiosk", f"counter:{by}"))


async def _check_code(core: Core, body: RegistrationBody, by: str) -> ProblemError | None:
    if body.phone is None or body.phone_is is None or not body.phone_is.same:
        return None
    verdict = await public.check(core, body.phone, "prove", body.phone_is.code)
    if verdict == "right":
        return None
    details = {"way": "counter", "verdict": verdict}
    await audit.record(core, by, "person.register", "code", details=details, result="refused")
    return code_problem(verdict)


async def _one_record(
    core: Core, known: Person | None, holder: Person | None, identity: Identity, origin: Origin
) -> Person | None:
    """Return the one record of the ID number and of the phone that its code proved; None while there is none."""
    if holder is None or (known is not None and holder.id == known.id):
        return known
    if holder.id_blind not in {None, core.keyring.blind("id_number", identity.number.text)}:
        raise ConflictError("这个手机号属于另一位已登记身份证的求职者：请选“不是同一个人”", "other-person")
    if known is None:
        return holder
    await merge(core, known, holder, origin.by)
    return known


async def _take_phone(core: Core, person: Person, phone: str | None, *, proved: bool) -> None:
    if phone is not None and proved:
        await persons.set_phone(core, person, phone)


def _change(core: Core, person: Person, body: RegistrationBody) -> ProfileChange:
    """Return what the profile takes over; a phone that nobody proved is one to be called at only."""
    change = body.profile or ProfileChange()
    own = core.keyring.blind("phone", body.phone) == person.phone_blind if body.phone else True
    return change if own else change.model_copy(update={"contact_phone": body.phone})


def document_of(core: Core, registered: Registered, person: Person, profile: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a registration."""
    return {"person": persons.masked(core, person), "profile": profile, "fresh": registered.fresh}
