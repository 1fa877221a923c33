"""The door of public identities: one-time codes, visitors' sessions, what they may do, linked WeChat users."""

from typing import Any
from uuid import UUID

from cloud.identity.assurance import ACTS, FIRM_ROLES, NEEDS, Act, Assurance, FirmRole, Kind, Proofs
from cloud.identity.delivery import send_code
from cloud.identity.links import link, name_at, person_linked, unlink
from cloud.identity.onetime import (
    CODE_LIFETIME,
    CODE_WORDS,
    Asker,
    Issued,
    Purpose,
    TooManyCodesError,
    Verdict,
    check,
    forget_old_codes,
    issue,
    phone_of,
)
from cloud.identity.public_models import LinkedIdentity, OneTimeCode, PublicSession
from cloud.identity.visitors import (
    DEFAULT_KIOSK_DAYS,
    LIFETIMES,
    Opened,
    ProofNeededError,
    Subject,
    Visitor,
    create_kiosk_token,
    end_session,
    end_session_at,
    end_sessions_of,
    forget_ended,
    missing_for,
    open_session,
    prove,
    require_act,
    visitor_of,
)
from cloud.platform.core import Core
from protocols.venue.timestamps import format_time


async def export_subject(core: Core, subject: UUID, phone: str | None) -> dict[str, Any]:
    """Return what this package keeps of a person."""
    sessions = await PublicSession.filter(subject=subject).order_by("created_at")
    links = await LinkedIdentity.filter(person=subject)
    sent = await OneTimeCode.filter(phone_blind=core.keyring.blind("phone", phone)) if phone else []
    return {
        "sessions": [
            {
                "kind": row.kind,
                "since": format_time(row.created_at),
                "last_used": format_time(row.last_used),
                "kiosk": f"{row.station}/{row.slot}" if row.station else None,
            }
            for row in sessions
        ],
        "linked": [{"provider": row.provider, "since": format_time(row.created_at)} for row in links],
        "codes_sent": [format_time(row.created_at) for row in sent],
    }


async def codes_of(core: Core, phone: str) -> list[UUID]:
    """Return the codes that a phone was sent and that are still counted; their messages are named after them."""
    rows = OneTimeCode.filter(phone_blind=core.keyring.blind("phone", phone))
    return [UUID(str(row)) for row in await rows.values_list("id", flat=True)]


async def erase_subject(core: Core, subject: UUID, phone: str | None) -> dict[str, int]:
    """Delete what this package keeps of a person; return rows by table."""
    phone_blind = core.keyring.blind("phone", phone) if phone else ""
    return {
        "public_session": await PublicSession.filter(subject=subject).delete(),
        "linked_identity": await LinkedIdentity.filter(person=subject).delete(),
        "one_time_code": await OneTimeCode.filter(phone_blind=phone_blind).delete() if phone_blind else 0,
    }


async def move_subject(source: UUID, target: UUID) -> None:
    """Let what belonged to one person belong to another, who is the same."""
    await PublicSession.filter(subject=source).update(subject=target, carded=True)
    await LinkedIdentity.filter(person=source).update(person=target)


async def mark_carded(person: UUID) -> None:
    """Note in every session of a person that his ID number is known now."""
    await PublicSession.filter(subject=person).update(carded=True)


__all__ = [
    "ACTS",
    "CODE_LIFETIME",
    "CODE_WORDS",
    "DEFAULT_KIOSK_DAYS",
    "FIRM_ROLES",
    "LIFETIMES",
    "NEEDS",
    "Act",
    "Asker",
    "Assurance",
    "FirmRole",
    "Issued",
    "Kind",
    "Opened",
    "ProofNeededError",
    "Proofs",
    "Purpose",
    "Subject",
    "TooManyCodesError",
    "Verdict",
    "Visitor",
    "check",
    "codes_of",
    "create_kiosk_token",
    "end_session",
    "end_session_at",
    "end_sessions_of",
    "erase_subject",
    "export_subject",
    "forget_ended",
    "forget_old_codes",
    "issue",
    "link",
    "mark_carded",
    "missing_for",
    "move_subject",
    "name_at",
    "open_session",
    "person_linked",
    "phone_of",
    "prove",
    "require_act",
    "send_code",
    "unlink",
    "visitor_of",
]
