"""Consents: which text somebody agreed to, where and when, until he withdrew it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.legal import service as legal
from cloud.people.faces import tombstones as faces
from cloud.people.models import Consent
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError
from protocols.venue.timestamps import format_time

TERMS: Final = "terms"
FACE: Final = "face"
WITHDRAWN: Final = "consent.withdrawn"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that people may agree to; `text` is the name of the legal text that says what it means."""

    text: str
    required: bool = False


#: What people are asked to agree to, each by itself; without what is required there is no account.
PURPOSES: Final[Mapping[str, Purpose]] = {
    TERMS: Purpose("terms", required=True),
    "recommendation": Purpose("recommender"),
    FACE: Purpose("face"),
    "province": Purpose("province"),
}


def consent_texts(core: Core) -> dict[str, legal.Text]:
    """Return the wording in force by purpose."""
    return {purpose: legal.in_force(core, one.text) for purpose, one in PURPOSES.items()}


def require_needed(given: Iterable[str]) -> None:
    """Return when somebody agrees to all that an account cannot be without; else a 409 problem names it."""
    agreed = set(given)
    missing = [name for name, purpose in PURPOSES.items() if purpose.required and name not in agreed]
    if missing:
        raise ProblemError(409, "consent-needed", "请先阅读并同意服务协议", members={"consents": missing})


async def give_consents(core: Core, person: UUID, purposes: Iterable[str], channel: str, by: str = "") -> None:
    """Note what somebody agrees to; what he agreed to in this version stays as it is. Inside a transaction.

    `by` is who writes it down for him, such as the staff at the counter.
    """
    known = {(row.purpose, row.version) for row in await Consent.filter(person_id=person, withdrawn_at=None)}
    for purpose in sorted(set(purposes)):
        text = await legal.agreed_text(core, _known(purpose).text)
        if (purpose, text.version) in known:
            continue
        await Consent.filter(person_id=person, purpose=purpose, withdrawn_at=None).update(withdrawn_at=core.now())
        await Consent.create(
            person_id=person,
            purpose=purpose,
            version=text.version,
            text_sha256=text.sha256,
            channel=channel,
            at=core.now(),
        )
        if purpose == FACE:
            await faces.lift(core, person)
        actor = by or f"seeker:{person}"
        await audit.record(core, actor, "consent.give", f"person:{person}", details={"purpose": purpose})


async def withdraw_consent(core: Core, person: UUID, purpose: str, by: str = "") -> None:
    """End a consent; what an account cannot be without ends by erasing it. `by` is who writes it down for him."""
    if _known(purpose).required:
        raise ConflictError("撤回这一项就无法继续提供服务：请改用“注销账号”", "required-consent")
    async with core.outbox.transaction():
        ended = await Consent.filter(person_id=person, purpose=purpose, withdrawn_at=None).update(
            withdrawn_at=core.now()
        )
        if ended:
            if purpose == FACE:
                await faces.leave(core, person, "withdrawn")
            await core.outbox.emit(WITHDRAWN, str(person), {"purpose": purpose}, core.now())
            subject = f"person:{person}"
            actor = by or f"seeker:{person}"
            await audit.record(core, actor, "consent.withdraw", subject, details={"purpose": purpose})


async def has_consent(person: UUID, purpose: str) -> bool:
    """Return whether somebody agrees to a purpose now."""
    return await Consent.exists(person_id=person, purpose=purpose, withdrawn_at=None)


async def consents_of(person: UUID) -> list[dict[str, Any]]:
    """Return every consent of a person, the newest first."""
    return [
        {
            "id": str(row.id),
            "purpose": row.purpose,
            "version": row.version,
            "text_sha256": row.text_sha256,
            "channel": row.channel,
            "at": format_time(row.at),
            "withdrawn_at": format_time(row.withdrawn_at) if row.withdrawn_at else None,
        }
        for row in await Consent.filter(person_id=person).order_by("-id")
    ]


def _known(purpose: str) -> Purpose:
    try:
        return PURPOSES[purpose]
    except KeyError as error:
        known = ", ".join(PURPOSES)
        raise InvalidInputError(f"{purpose!r} is no consent: {known}", {"purpose": known}) from error
