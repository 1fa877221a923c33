"""One-time codes: 6 digits, 5 minutes, 5 tries, so many per phone, IP address and kiosk. Kept as HMAC only."""

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast
from uuid import UUID

import uuid_utils

from cloud.identity.public_models import OneTimeCode
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.keyring import place
from cloud.platform.problems import ProblemError

Purpose = Literal["login", "employer", "prove"]
#: What became of a code that somebody typed.
Verdict = Literal["right", "wrong", "gone"]

DIGITS: Final = 6
CODE_LIFETIME: Final = timedelta(minutes=5)
TRIES: Final = 5
#: What somebody is told who typed one that does not do.
CODE_WORDS: Final[dict[str, str]] = {
    "wrong": "验证码不对，请核对后重新输入",
    "gone": "验证码已失效，请重新获取",
}
#: Rows are kept as long as the longest window counts them.
KEEP: Final = timedelta(days=1)

#: Who asks -> (window, codes in it). A hall's visitors share one address, so it may ask often; a kiosk has its own.
LIMITS: Final[dict[str, tuple[tuple[timedelta, int], ...]]] = {
    "phone": ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10)),
    "ip": ((timedelta(minutes=10), 20), (timedelta(days=1), 200)),
    "kiosk": ((timedelta(minutes=10), 20), (timedelta(days=1), 400)),
}


class TooManyCodesError(ProblemError):
    """So many codes were sent that the next one has to wait."""

    def __init__(self, wait_s: int) -> None:
        text = f"验证码发送太频繁，请 {wait_s} 秒后再试"
        super().__init__(429, "too-many-requests", text, headers={"Retry-After": str(wait_s)})
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a request for a code comes from: `ip` and its address, or `kiosk` and its STATION/SLOT."""

    kind: Literal["ip", "kiosk"]
    name: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A new code, to be sent and forgotten."""

    id: UUID
    code: str


async def issue(core: Core, phone: str, purpose: Purpose, asker: Asker) -> Issued:
    """Return a new code for a phone; those sent before stop working. TooManyCodesError above the limits."""
    now, code_id = core.now(), UUID(str(uuid_utils.uuid7()))
    phone_blind = core.keyring.blind("phone", phone)
    source = core.keyring.blind(asker.kind, asker.name)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    async with transaction():
        await lock_names([f"code:{phone_blind}", f"code:{source}"])
        await _stay_below("phone", phone_blind, now)
        await _stay_below(asker.kind, source, now)
        await OneTimeCode.filter(phone_blind=phone_blind, purpose=purpose, used_at=None).update(used_at=now)
        await OneTimeCode.create(
            id=code_id,
            purpose=purpose,
            phone=core.keyring.seal(phone, place("one_time_code.phone", code_id)),
            phone_blind=phone_blind,
            source=source,
            digest=_digest(core, code_id, code),
            created_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    return Issued(code_id, code)


async def check(core: Core, phone: str, purpose: Purpose, code: str) -> Verdict:
    """Judge a code and count the try; `right` uses it up, `gone` asks for a new one.

    The caller must let its transaction commit also when the code was wrong: a try that is rolled back is not counted.
    """
    now, phone_blind = core.now(), core.keyring.blind("phone", phone)
    async with transaction():
        await lock_names([f"code:{phone_blind}"])
        row = await OneTimeCode.filter(
            phone_blind=phone_blind, purpose=purpose, used_at=None, tries__lt=TRIES, expires_at__gt=now
        ).first()
        if row is None:
            return "gone"
        right = hmac.compare_digest(row.digest, _digest(core, row.id, code.strip()))
        tries = row.tries + 1
        await OneTimeCode.filter(id=row.id).update(tries=tries, used_at=now if right else None)
    if right:
        return "right"
    return "wrong" if tries < TRIES else "gone"


async def phone_of(core: Core, code_id: UUID) -> str | None:
    """Return the phone that a code goes to, for the channel that delivers it; None when it is over."""
    row = await OneTimeCode.get_or_none(id=code_id, used_at=None, expires_at__gt=core.now())
    return core.keyring.open(row.phone, place("one_time_code.phone", row.id)) if row else None


async def forget_old_codes(core: Core) -> None:
    """Delete codes that no limit counts any more."""
    await OneTimeCode.filter(created_at__lt=core.now() - KEEP).delete()


async def forget_codes_of(core: Core, phone: str) -> int:
    """Delete every code of a phone; return how many."""
    return await OneTimeCode.filter(phone_blind=core.keyring.blind("phone", phone)).delete()


async def _stay_below(kind: str, blind: str, now: datetime) -> None:
    column, frees = "phone_blind" if kind == "phone" else "source", now
    for window, limit in LIMITS[kind]:
        oldest_first = OneTimeCode.filter(**{column: blind, "created_at__gt": now - window}).order_by("created_at")
        sent = await oldest_first.values_list("created_at", flat=True)
        if len(sent) >= limit:
            frees = max(frees, cast("datetime", sent[len(sent) - limit]) + window)
    if frees > now:
        raise TooManyCodesError(math.ceil((frees - now).total_seconds()))


def _digest(core: Core, code_id: UUID, code: str) -> str:
    return hmac.new(core.secret, f"one-time-code\n{code_id}\n{code}".encode(), hashlib.sha256).hexdigest()
