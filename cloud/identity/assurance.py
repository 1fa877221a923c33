"""What jobseekers, firms' users and kiosks may do, and how sure we must be of them: one table. Pure.

The assurance of a session is `phone` < `card` < `card+face`, made of what was proved in it and when. A face alone says
who somebody probably is; it opens a session of level `phone` and proves nothing more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

Kind = Literal["seeker", "employer", "kiosk"]
Assurance = Literal["phone", "card", "card+face"]
ASSURANCES: Final[tuple[Assurance, ...]] = get_args(Assurance)
FirmRole = Literal["owner", "recruiter", "finance"]
FIRM_ROLES: Final[tuple[FirmRole, ...]] = get_args(FirmRole)

Act = Literal[
    "me.read", "me.write", "me.reveal", "me.erase", "me.phone", "me.payout", "me.sign",
    "employer.read", "employer.ask", "employer.members", "employer.fairs", "employer.papers", "employer.posts",
    "kiosk.open",
]  # fmt: skip
ACTS: Final[tuple[Act, ...]] = get_args(Act)

#: A code counts as just entered for this long.
FRESH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Proofs:
    """When each thing was last proved in a session; None: never."""

    phone_at: datetime | None = None
    card_at: datetime | None = None
    face_at: datetime | None = None

    @property
    def level(self) -> Assurance:
        """Return the assurance; a face counts only beside the card that it was compared with."""
        if self.card_at is None:
            return "phone"
        return "card+face" if self.face_at is not None else "card"

    def code_is_fresh(self, now: datetime) -> bool:
        """Return whether a phone code was entered a moment ago."""
        return self.phone_at is not None and timedelta(0) <= now - self.phone_at <= FRESH


@dataclass(frozen=True, slots=True)
class Need:
    """Who may act, from which assurance on.

    `or_card_and_code`: card and a fresh code do as well as the level (a face is never the only way).
    `or_code_if_uncarded`: somebody who never showed a card has no better proof than a fresh code.
    """

    kind: Kind
    level: Assurance = "phone"
    or_card_and_code: bool = False
    or_code_if_uncarded: bool = False
    firm_roles: frozenset[FirmRole] = frozenset(FIRM_ROLES)


NEEDS: Final[dict[Act, Need]] = {
    "me.read": Need("seeker"),
    "me.write": Need("seeker"),
    "me.reveal": Need("seeker", "card"),
    "me.erase": Need("seeker", "card", or_code_if_uncarded=True),
    "me.phone": Need("seeker", "card", or_code_if_uncarded=True),
    "me.payout": Need("seeker", "card+face", or_card_and_code=True),
    "me.sign": Need("seeker", "card+face", or_card_and_code=True),
    "employer.read": Need("employer"),
    "employer.ask": Need("employer"),
    "employer.members": Need("employer", firm_roles=frozenset({"owner"})),
    "employer.papers": Need("employer", firm_roles=frozenset({"owner"})),
    "employer.posts": Need("employer", firm_roles=frozenset({"owner", "recruiter"})),
    "employer.fairs": Need("employer", firm_roles=frozenset({"owner", "recruiter"})),
    "kiosk.open": Need("kiosk"),
}


def missing_proof(act: Act, proofs: Proofs, now: datetime, *, carded: bool) -> Assurance | Literal["code", ""]:
    """Return what a session lacks for an act: a level, `code` for a fresh phone code, or nothing.

    `carded` tells whether this person's ID number is known, from any session.
    """
    need = NEEDS[act]
    if ASSURANCES.index(proofs.level) >= ASSURANCES.index(need.level):
        return ""
    if need.or_code_if_uncarded and not carded:
        return "" if proofs.code_is_fresh(now) else "code"
    if need.or_card_and_code and proofs.card_at is not None:
        return "" if proofs.code_is_fresh(now) else "code"
    return need.level
