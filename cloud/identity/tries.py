"""Tries to prove who one is, counted before they are judged, so that many at once do not outrun the count.

A name waits whether it has an account or not: nobody learns which names exist, and a restart forgets nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cloud.identity.errors import LockedError
from cloud.identity.models import Tries
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction

Kind = Literal["name", "address", "code"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Tries that are free; after those each waits 2, 4, 8 … s, at most `longest`; all is forgotten after `forget`."""

    free: int
    longest: timedelta
    forget: timedelta


#: A name: 8 tries in the first minute, then 12 an hour. An address: a hall's people share one.
LIMITS: Final[dict[Kind, Limit]] = {
    "name": Limit(3, timedelta(minutes=5), timedelta(days=1)),
    "address": Limit(20, timedelta(minutes=5), timedelta(hours=1)),
    "code": Limit(3, timedelta(minutes=5), timedelta(days=1)),
}
#: 2 to this many seconds is above every `longest`.
_MAX_DOUBLINGS: Final = 20
_KEEP: Final = max(limit.forget for limit in LIMITS.values())


async def count(core: Core, subjects: Mapping[Kind, str]) -> None:
    """Count a try that is about to be judged; LockedError while an earlier one has to wait."""
    now = core.now()
    named = {kind: _key(kind, subject) for kind, subject in subjects.items() if subject}
    async with transaction():
        await lock_names(f"tries {key}" for key in named.values())
        rows = {row.key: row for row in await Tries.filter(key__in=list(named.values()))}
        wait = max((row.locked_until - now for row in rows.values() if row.locked_until), default=timedelta(0))
        if wait > timedelta(0):
            raise LockedError(int(wait.total_seconds()) + 1)
        for kind, key in named.items():
            row = rows.get(key)
            failed = 1 + (row.failed if row is not None and now - row.last_at < LIMITS[kind].forget else 0)
            values = {"failed": failed, "locked_until": _until(LIMITS[kind], failed, now), "last_at": now}
            await Tries.update_or_create(values, key=key)


async def waits_until(kind: Kind, subject: str) -> datetime | None:
    """Return until when the next try has to wait, None when it need not."""
    row = await Tries.get_or_none(key=_key(kind, subject))
    return row.locked_until if row else None


async def forgive(subjects: Mapping[Kind, str]) -> None:
    """Take a counted try back that was right: a name starts anew, an address has one failure less."""
    named = {kind: _key(kind, subject) for kind, subject in subjects.items() if subject}
    async with transaction():
        await lock_names(f"tries {key}" for key in named.values())
        for kind, key in named.items():
            row = await Tries.get_or_none(key=key)
            if row is None:
                continue
            if kind == "address" and row.failed > 1:
                await Tries.filter(key=row.key).update(failed=row.failed - 1, locked_until=None)
            else:
                await row.delete()


async def forget_old(core: Core) -> None:
    """Delete counts that have no effect any more."""
    await Tries.filter(last_at__lt=core.now() - _KEEP).delete()


def _until(limit: Limit, failed: int, now: datetime) -> datetime | None:
    if failed <= limit.free:
        return None
    return now + min(timedelta(seconds=2 ** min(failed - limit.free, _MAX_DOUBLINGS)), limit.longest)


def _key(kind: Kind, subject: str) -> str:
    return f"{kind}:{hashlib.sha256(subject.encode()).hexdigest()}"
