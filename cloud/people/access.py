"""How a jobseeker gets in and proves who he is: phone code, ID card or face at a kiosk, WeChat, a real-name check.

Everything here is one transaction of its own or part of the caller's. Calls to services outside come before it.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from cloud.identity import audit, public
from cloud.identity.public import Opened, Proofs, Visitor
from cloud.identity.realname import RealName
from cloud.people import persons
from cloud.people.consents import TERMS, give_consents, require_needed
from cloud.people.faces.signing import require_enrolled, try_face
from cloud.people.merging import merge
from cloud.people.models import Person, RealNameCheck
from cloud.people.persons import Channel, Identity
from cloud.people.registration.origin import Origin, origin_of
from cloud.people.registration.profiles import settle
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from cloud.platform.problems import ProblemError

WECHAT: Final = "wechat"
LOGIN: Final = "seeker.login"


def code_problem(verdict: public.Verdict) -> ProblemError:
    """Return the answer to a code that is not right; raising it would undo the transaction that counted the try."""
    return ProblemError(403, f"code-{verdict}", public.CODE_WORDS[verdict])


async def log_in_by_code(
    core: Core, phone: str, code: str, consents: Iterable[str], kiosk: Visitor | None = None
) -> Opened | ProblemError:
    """Open a session of level `phone`, of a new person when nobody has this phone; a wrong code is returned."""
    channel: Channel = "kiosk" if kiosk else "phone"
    async with core.outbox.transaction():
        verdict = await public.check(core, phone, "login", code)
        if verdict != "right":
            await _failed(core, "code", verdict)
            return code_problem(verdict)
        await persons.lock_identities(core, phone=phone)
        person = await persons.find_by_phone(core, phone)
        if person is None:
            person = await _register(core, consents, channel, kiosk)
            await persons.set_phone(core, person, phone)
        else:
            await give_consents(core, person.id, consents, channel)
        return await _open(core, person, Proofs(phone_at=core.now()), "code", kiosk)


async def log_in_by_card(core: Core, kiosk: Visitor, identity: Identity, consents: Iterable[str]) -> Opened:
    """Open a session of level `card` at a kiosk whose reader read the card; the first time this registers."""
    async with core.outbox.transaction():
        await persons.lock_identities(core, number=identity.number.text)
        person = await persons.find_by_id_number(core, identity.number.text)
        if person is None:
            person = await _register(core, consents, "kiosk", kiosk)
        else:
            await give_consents(core, person.id, consents, "kiosk")
        await persons.set_identity(core, person, identity, "card")
        await settle(core, person, Origin(f"seeker:{person.id}", "kiosk", kiosk.station))
        return await _open(core, person, Proofs(card_at=core.now()), "card", kiosk)


async def log_in_by_face(core: Core, kiosk: Visitor, person_id: UUID) -> Opened | ProblemError:
    """Open a session of level `phone` for whom the kiosk's station recognised; a face alone proves no more.

    He must agree and be enrolled at that station; a refusal is returned, for it is counted.
    """
    async with core.outbox.transaction():
        refusal = await try_face(core, kiosk, person_id)
        if refusal is not None:
            details = {"way": "face", "kiosk": kiosk.name, "why": refusal.name}
            await audit.record(core, kiosk.label, LOGIN, f"person:{person_id}", details=details, result="refused")
            return refusal
        person = await persons.get_person(person_id)
        return await _open(core, person, Proofs(face_at=core.now()), "face", kiosk)


async def log_in_by_wechat(core: Core, openid: str) -> Opened:
    """Open a session of level `phone` for who linked this WeChat user; 409 `wechat-unlinked` when nobody did."""
    async with core.outbox.transaction():
        person_id = await public.person_linked(core, WECHAT, openid)
        if person_id is None:
            raise ConflictError("这个微信号还没有绑定：先用手机验证码登录一次", "wechat-unlinked")
        return await _open(core, await persons.get_person(person_id), Proofs(), WECHAT, None)


async def link_wechat(core: Core, visitor: Visitor, openid: str) -> None:
    """Link a WeChat user to the person of a session."""
    async with core.outbox.transaction():
        await public.link(core, visitor.id, WECHAT, openid)
        await audit.record(core, visitor.label, "seeker.link", f"person:{visitor.id}", details={"provider": WECHAT})


async def prove_by_code(core: Core, visitor: Visitor, code: str) -> Visitor | ProblemError:
    """Note in a session that its person entered a fresh code; a wrong one is returned."""
    async with core.outbox.transaction():
        phone = await phone_of(core, visitor)
        verdict = await public.check(core, phone, "prove", code)
        if verdict != "right":
            await _failed(core, "prove", verdict)
            return code_problem(verdict)
        return await _proved(core, visitor, "phone")


async def change_phone(core: Core, visitor: Visitor, phone: str, code: str) -> Visitor | ProblemError:
    """Give a session's person the phone that a code has just proved; a wrong code is returned."""
    async with core.outbox.transaction():
        verdict = await public.check(core, phone, "prove", code)
        if verdict != "right":
            await _failed(core, "phone", verdict)
            return code_problem(verdict)
        await persons.lock_identities(core, phone=phone)
        person = await persons.get_person(visitor.id)
        await persons.set_phone(core, person, phone)
        await settle(core, person, origin_of(visitor))
        return await _proved(core, visitor, "phone")


async def prove_by_card(core: Core, visitor: Visitor, identity: Identity) -> Visitor:
    """Note in a kiosk's session that the card was read; a record by phone alone becomes one with the card's."""
    async with core.outbox.transaction():
        await _take_identity(core, visitor, identity, "card")
        return await _proved(core, visitor, "card")


async def prove_by_face(core: Core, visitor: Visitor, person_id: UUID) -> Visitor:
    """Note in a kiosk's session that the face was compared with the person's own; ConflictError for another's."""
    async with core.outbox.transaction():
        if person_id != visitor.id:
            raise ConflictError("刷脸的人不是登录者本人", "other-person")
        await require_enrolled(person_id, visitor.station)
        return await _proved(core, visitor, "face")


async def prove_by_name(
    core: Core, visitor: Visitor, identity: Identity, provider: str, found: RealName
) -> Visitor | ProblemError:
    """Write what a real-name check found; a match with the person present counts like a card that was read."""
    async with core.outbox.transaction():
        if found.result != "match":
            await _note_check(core, visitor.id, provider, found)
            text = "姓名与身份证号不一致" if found.result == "mismatch" else "本站未接入实名核验，请到自助机刷身份证"
            return ProblemError(409, f"realname-{found.result}", text)
        if not found.present:
            await _note_check(core, visitor.id, provider, found)
            return visitor
        await _take_identity(core, visitor, identity, "real-name")
        visitor = await _proved(core, visitor, "card")
        await _note_check(core, visitor.id, provider, found)
        return visitor


async def phone_of(core: Core, visitor: Visitor) -> str:
    """Return the phone of a session's person; ConflictError when he has none."""
    phone = persons.open_field(core, await persons.get_person(visitor.id), "phone")
    if phone is None:
        raise ConflictError("还没有登记手机号", "no-phone")
    return phone


async def _take_identity(core: Core, visitor: Visitor, identity: Identity, proof: persons.Proof) -> None:
    """Give the session's person an ID number, or let his row become one with that of the number."""
    await persons.lock_identities(core, number=identity.number.text)
    mine = await persons.get_person(visitor.id)
    known = await persons.find_by_id_number(core, identity.number.text)
    if known is not None and known.id != mine.id:
        await merge(core, known, mine)
        mine = known
    await persons.set_identity(core, mine, identity, proof)
    await settle(core, mine, origin_of(visitor))


async def _register(core: Core, consents: Iterable[str], channel: Channel, kiosk: Visitor | None) -> Person:
    given = set(consents)
    require_needed(given)
    person = await persons.create_person(core, channel, kiosk.station if kiosk else "")
    await give_consents(core, person.id, given | {TERMS}, channel)
    return person


async def _open(core: Core, person: Person, proofs: Proofs, way: str, kiosk: Visitor | None) -> Opened:
    subject = public.Subject("seeker", person.id, carded=person.id_blind is not None)
    opened = await public.open_session(core, subject, proofs, kiosk)
    details = {"way": way, "kiosk": kiosk.name if kiosk else "", "assurance": proofs.level}
    await audit.record(core, opened.visitor.label, LOGIN, f"person:{person.id}", details=details)
    return opened


async def _proved(core: Core, visitor: Visitor, proof: str) -> Visitor:
    proved = await public.prove(core, visitor, proof)
    await audit.record(core, proved.label, "seeker.prove", f"person:{proved.id}", details={"proof": proof})
    return proved


async def _failed(core: Core, purpose: str, verdict: str) -> None:
    details = {"way": purpose, "verdict": verdict}
    await audit.record(core, "public", LOGIN, "code", details=details, result="refused")


async def _note_check(core: Core, person: UUID, provider: str, found: RealName) -> None:
    await RealNameCheck.create(
        person_id=person, provider=provider, result=found.result, reference=found.reference, at=core.now()
    )
    details = {"provider": provider, "result": found.result}
    await audit.record(core, f"seeker:{person}", "person.check-name", f"person:{person}", details=details)
