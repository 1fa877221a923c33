"""Sessions of the public: jobseekers and firms' users by cookie or bearer, kiosks by token, persons at a kiosk by both.

A visitor is never a member of the staff: he stands in a request under a key of his own, and no staff permission looks
there.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from cloud.identity.assurance import NEEDS, Act, Assurance, FirmRole, Kind, Proofs, missing_proof
from cloud.identity.public_models import KioskToken, PublicSession
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import InvalidInputError
from cloud.platform.problems import ProblemError

#: Prefixes make a leaked secret recognisable, and tell the two kinds apart.
SESSION_PREFIX: Final = "yzv_"
KIOSK_PREFIX: Final = "yzk_"
SECRET_BYTES: Final = 32
DEFAULT_KIOSK_DAYS: Final = 365
MAX_KIOSK_DAYS: Final = 3_650

#: Kind of session -> (it ends when unused for this long, and after this long in any case).
LIFETIMES: Final[dict[str, tuple[timedelta, timedelta]]] = {
    "seeker": (timedelta(days=7), timedelta(days=30)),
    "employer": (timedelta(hours=12), timedelta(days=7)),
    "kiosk": (timedelta(seconds=60), timedelta(minutes=30)),
}
#: The time of last use of a session that lives for days is written at most this often.
TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who of the public calls; `name` is the person's or firm member's id, or a kiosk's STATION/SLOT."""

    kind: Kind
    name: str
    csrf: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    proofs: Proofs = field(default_factory=Proofs)
    carded: bool = False
    firm: UUID | None = None
    role: FirmRole | None = None
    station: str = ""
    slot: str = ""

    @property
    def id(self) -> UUID:
        """Return the person or the firm member."""
        return UUID(self.name)

    @property
    def label(self) -> str:
        """Return the caller as histories name him, such as `seeker:0195…`."""
        return f"{self.kind}:{self.name}"

    @property
    def assurance(self) -> Assurance:
        """Return how sure we are of him."""
        return self.proofs.level


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a new session is for: a person, or a firm's user with his firm and role."""

    kind: Kind
    id: UUID
    carded: bool = False
    firm: UUID | None = None
    role: FirmRole | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; `secret` is told once and kept nowhere."""

    secret: str = field(repr=False)
    visitor: Visitor


class ProofNeededError(ProblemError):
    """The session is not sure enough of its person: `missing` is a level, or `code` for a fresh phone code."""

    def __init__(self, missing: str) -> None:
        super().__init__(403, "proof-needed", f"this needs proof: {missing}", members={"missing": missing})
        self.missing = missing


def require_act(core: Core, visitor: Visitor, act: Act) -> None:
    """Return if a visitor may act; ProofNeededError when more proof would do, else a 403 problem."""
    need = NEEDS[act]
    if visitor.kind != need.kind or (visitor.kind == "employer" and visitor.role not in need.firm_roles):
        raise ProblemError(403, "forbidden", f"{visitor.kind} {visitor.role or ''} lacks {act}".replace("  ", " "))
    missing = missing_for(core, visitor, act)
    if missing:
        raise ProofNeededError(missing)


def missing_for(core: Core, visitor: Visitor, act: Act) -> str:
    """Return what a visitor must prove before an act: a level, `code`, or nothing."""
    return missing_proof(act, visitor.proofs, core.now(), carded=visitor.carded)


async def open_session(core: Core, subject: Subject, proofs: Proofs, kiosk: Visitor | None = None) -> Opened:
    """Open a session; at a kiosk it is bound to the slot and ends the one before: one person at a time."""
    now, secret = core.now(), SESSION_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    station, slot = (kiosk.station, kiosk.slot) if kiosk else ("", "")
    async with transaction():
        if kiosk:
            await lock_names([f"kiosk:{kiosk.name}"])
            await PublicSession.filter(station=station, slot=slot).delete()
        row = await PublicSession.create(
            id=_hash(secret),
            kind=subject.kind,
            subject=subject.id,
            firm=subject.firm,
            role=subject.role or "",
            csrf="" if kiosk else secrets.token_urlsafe(SECRET_BYTES),
            phone_at=proofs.phone_at,
            card_at=proofs.card_at,
            face_at=proofs.face_at,
            carded=subject.carded,
            station=station,
            slot=slot,
            created_at=now,
            last_used=now,
        )
    return Opened(secret, _visitor(row))


async def prove(core: Core, visitor: Visitor, proof: str, *, carded: bool | None = None) -> Visitor:
    """Note in a session that `phone`, `card` or `face` was proved now; return its visitor as he is then."""
    changed: dict[str, Any] = {f"{proof}_at": core.now()} | ({} if carded is None else {"carded": carded})
    await PublicSession.filter(id=visitor.session).update(**changed)
    return _visitor(await PublicSession.get(id=visitor.session))


async def visitor_of(core: Core, secret: str, kiosk_token: str = "") -> Visitor | None:
    """Return who a secret belongs to, None when it is unknown or over; a kiosk's session needs its token too."""
    if secret.startswith(KIOSK_PREFIX):
        return await _kiosk(core, secret)
    row = await PublicSession.get_or_none(id=_hash(secret))
    if row is None:
        return None
    if row.station:
        kiosk = await _kiosk(core, kiosk_token)
        if kiosk is None or (kiosk.station, kiosk.slot) != (row.station, row.slot):
            return None
    now = core.now()
    idle, longest = LIFETIMES["kiosk" if row.station else row.kind]
    if now - row.last_used >= idle or now - row.created_at >= longest:
        await row.delete()
        return None
    if row.station or now - row.last_used > TOUCH_EVERY:
        await PublicSession.filter(id=row.id).update(last_used=now)
    return _visitor(row)


async def end_session(visitor: Visitor) -> None:
    """End one session."""
    await PublicSession.filter(id=visitor.session).delete()


async def end_session_at(kiosk: Visitor) -> None:
    """End the session of whoever was at a kiosk."""
    await PublicSession.filter(station=kiosk.station, slot=kiosk.slot).delete()


async def end_sessions_of(subject: UUID, station: str = "") -> int:
    """End every session of a person or a firm member, or those at the kiosks of a station; return how many."""
    found = PublicSession.filter(subject=subject)
    return await (found.filter(station=station) if station else found).delete()


async def forget_ended(core: Core) -> None:
    """Delete sessions that ended by themselves, and kiosks' tokens that expired."""
    now = core.now()
    for kind in ("seeker", "employer"):
        idle, longest = LIFETIMES[kind]
        await PublicSession.filter(kind=kind, last_used__lt=now - idle).delete()
        await PublicSession.filter(kind=kind, created_at__lt=now - longest).delete()
    await PublicSession.filter(station__not="", last_used__lt=now - LIFETIMES["kiosk"][0]).delete()
    await KioskToken.filter(expires_at__lt=now).delete()


async def create_kiosk_token(core: Core, station: str, slot: str, days: int = DEFAULT_KIOSK_DAYS) -> str:
    """Return a new token of a kiosk, told once; the one before and its session end."""
    if not 1 <= days <= MAX_KIOSK_DAYS:
        raise InvalidInputError(f"--days: 1 to {MAX_KIOSK_DAYS}", {"days": f"1–{MAX_KIOSK_DAYS}"})
    token, now = KIOSK_PREFIX + secrets.token_urlsafe(SECRET_BYTES), core.now()
    async with transaction():
        await lock_names([f"kiosk:{station}/{slot}"])
        await KioskToken.filter(station=station, slot=slot).delete()
        await PublicSession.filter(station=station, slot=slot).delete()
        expires_at = now + timedelta(days=days)
        await KioskToken.create(id=_hash(token), station=station, slot=slot, created_at=now, expires_at=expires_at)
    return token


async def _kiosk(core: Core, token: str) -> Visitor | None:
    row = await KioskToken.get_or_none(id=_hash(token), expires_at__gt=core.now())
    return Visitor("kiosk", f"{row.station}/{row.slot}", station=row.station, slot=row.slot) if row else None


def _visitor(row: PublicSession) -> Visitor:
    return Visitor(
        kind=cast("Kind", row.kind),
        name=str(row.subject),
        csrf=row.csrf,
        session=row.id,
        proofs=Proofs(row.phone_at, row.card_at, row.face_at),
        carded=bool(row.carded),
        firm=row.firm,
        role=cast("FirmRole", row.role) if row.role else None,
        station=row.station,
        slot=row.slot,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
