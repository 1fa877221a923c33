"""Consents: which text somebody agreed to, where and when, until he withdrew it."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.models import Consent
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from protocols.venue.timestamps import format_time

TERMS: Final = "terms"
FACE: Final = "face"
WITHDRAWN: Final = "consent.withdrawn"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One text of the table in force."""

    purpose: str
    version: str
    title: str
    text: str
    required: bool

    @property
    def sha256(self) -> str:
        """Return the hash that a consent keeps."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()


@cache
def consent_texts() -> dict[str, ConsentText]:
    """Return every text in force by its purpose."""
    rows = tomllib.loads((files("cloud.people") / "tables/consents.toml").read_text("utf-8"))
    return {purpose: ConsentText(purpose, **{**row, "text": row["text"].strip()}) for purpose, row in rows.items()}


async def give_consents(core: Core, person: UUID, purposes: Iterable[str], channel: str) -> None:
    """Note what somebody agrees to; what he agreed to in this version stays as it is. Inside a transaction."""
    known = {(row.purpose, row.version) for row in await Consent.filter(person_id=person, withdrawn_at=None)}
    for purpose in sorted(set(purposes)):
        text = _text(purpose)
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
        await audit.record(core, f"seeker:{person}", "consent.give", f"person:{person}", details={"purpose": purpose})


async def withdraw_consent(core: Core, person: UUID, purpose: str) -> None:
    """End a consent; what an account cannot be without ends by erasing it."""
    if _text(purpose).required:
        raise ConflictError("撤回这一项就无法继续提供服务：请改用“注销账号”", "required-consent")
    async with core.outbox.transaction():
        ended = await Consent.filter(person_id=person, purpose=purpose, withdrawn_at=None).update(
            withdrawn_at=core.now()
        )
        if ended:
            await core.outbox.emit(WITHDRAWN, str(person), {"purpose": purpose}, core.now())
            subject = f"person:{person}"
            await audit.record(core, f"seeker:{person}", "consent.withdraw", subject, details={"purpose": purpose})


async def has_consent(person: UUID, purpose: str) -> bool:
    """Return whether somebody agrees to a purpose now."""
    return await Consent.exists(person_id=person, purpose=purpose, withdrawn_at=None)


async def consents_of(person: UUID) -> list[dict[str, Any]]:
    """Return every consent of a person, the newest first."""
    return [
        {
            "purpose": row.purpose,
            "version": row.version,
            "text_sha256": row.text_sha256,
            "channel": row.channel,
            "at": format_time(row.at),
            "withdrawn_at": format_time(row.withdrawn_at) if row.withdrawn_at else None,
        }
        for row in await Consent.filter(person_id=person).order_by("-id")
    ]


def _text(purpose: str) -> ConsentText:
    try:
        return consent_texts()[purpose]
    except KeyError as error:
        known = ", ".join(consent_texts())
        raise InvalidInputError(f"{purpose!r} is no consent: {known}", {"purpose": known}) from error
