"""Tokens of programs: told once, kept as a hash, narrower than a role if wished, at an end by themselves or revoked."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, cast

from cloud.identity import scopes
from cloud.identity.models import ApiToken
from cloud.identity.principals import TOKEN, Principal
from cloud.identity.roles import GRANTS, OWN, Role
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError, NotFoundError
from cloud.platform.problems import ProblemError

TOKEN_BYTES: Final = 32
TOKEN_PREFIX: Final = "yz_"  # noqa: S105 - makes a leaked token recognisable
DEFAULT_TOKEN_DAYS: Final = 90
MAX_TOKEN_DAYS: Final = 3_650
MAX_NAME_LENGTH: Final = 64
#: Characters of the hash that name a token.
HANDLE: Final = 8
_HANDLE: Final = re.compile(rf"[0-9a-f]{{{HANDLE},64}}")
#: The time of last use is written at most this often.
TOUCH_EVERY: Final = timedelta(minutes=1)
#: Tokens that have ended are listed this long.
KEEP_ENDED: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new token is for: None is all that the role may and every station; `by` is who makes it."""

    name: str = ""
    permissions: frozenset[str] | None = None
    stations: frozenset[str] | None = None
    by: Principal | None = None


async def create_token(core: Core, role: str, days: int = DEFAULT_TOKEN_DAYS, terms: Terms = Terms()) -> str:
    """Return a new token of a program; only its hash is kept, and it may no more than who makes it."""
    known = scopes.check_role(role)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInputError(f"days: 1 to {MAX_TOKEN_DAYS}", {"days": f"1–{MAX_TOKEN_DAYS}"})
    name = terms.name.strip()
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInputError(f"名称最多 {MAX_NAME_LENGTH} 个字符", {"name": f"0–{MAX_NAME_LENGTH}"})
    allowed = scopes.check_permissions(known, terms.permissions)
    limit = scopes.check_stations(terms.stations)
    if terms.by is not None:
        _check_not_above(terms.by, known, allowed)
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    now = core.now()
    await ApiToken.create(
        id=hash_of(token), name=name, role=known, permissions=scopes.dump(allowed), stations=scopes.dump(limit),
        created_by=terms.by.label if terms.by else "cli", created_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    return token


def _check_not_above(by: Principal, role: Role, permissions: frozenset[str] | None) -> None:
    wanted = GRANTS[role] if permissions is None else permissions
    above = sorted(name for name in wanted if name != OWN and not by.may(name))  # type: ignore[arg-type]
    if above:
        raise ProblemError(403, "forbidden", f"a token may not do what its maker may not: {', '.join(above)}")


async def list_tokens(core: Core) -> list[ApiToken]:
    """Return the tokens, the newest first; those that ended long ago are left out."""
    return await ApiToken.filter(expires_at__gt=core.now() - KEEP_ENDED).order_by("-created_at", "id")


async def find_token(handle: str) -> ApiToken:
    """Return a token by the beginning of its hash."""
    found = await ApiToken.filter(id__startswith=handle).limit(2) if _HANDLE.fullmatch(handle) else []
    if len(found) != 1:
        raise NotFoundError(f"there is no token {handle!r}")
    return found[0]


async def revoke_token(core: Core, handle: str) -> ApiToken:
    """End a token now; one that has ended stays as it is."""
    row = await find_token(handle)
    if row.revoked_at is None:
        row.revoked_at = core.now()
        await row.save(update_fields=["revoked_at"])
    return row


async def token_principal(core: Core, token: str) -> Principal | None:
    """Return who a bearer token belongs to, None when it is unknown or has ended."""
    row = await ApiToken.get_or_none(id=hash_of(token))
    now = core.now()
    if row is None or row.expires_at <= now or row.revoked_at is not None:
        return None
    if row.last_used is None or now - row.last_used > TOUCH_EVERY:
        await ApiToken.filter(id=row.id).update(last_used=now)
    return Principal(
        TOKEN,
        row.id[:HANDLE],
        cast("Role", row.role),
        stations=scopes.load_stations(row.stations),
        permissions=scopes.load_permissions(row.permissions),
    )


def state_of(row: ApiToken, core: Core) -> Literal["active", "expired", "revoked"]:
    """Return `active`, `expired` or `revoked`."""
    if row.revoked_at is not None:
        return "revoked"
    return "active" if row.expires_at > core.now() else "expired"


def handle_of(token: str) -> str:
    """Return what names a token in lists and histories."""
    return hash_of(token)[:HANDLE]


def hash_of(secret: str) -> str:
    """Return the hash under which a token or cookie is kept."""
    # A header may hold any bytes; the server hands over those that are no text as surrogates.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
