"""The blacklist: a firm on it publishes nothing, its posts come down and its verification ends."""

from datetime import date
from uuid import UUID

import uuid_utils

from cloud.employers.cases import adopt, ban_in_force, move_round, settle
from cloud.employers.models import FirmBan, FirmCase, FirmChange
from cloud.employers.telling import tell_firm
from cloud.identity import audit
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.times import market_day


async def ban(core: Core, firm: UUID, reason: str, to: date | None, *, by: str) -> None:
    """Put a firm on the blacklist from today to `to`; ConflictError when it is there already."""
    today = market_day(core.now())
    if to is not None and to < today:
        raise InvalidInputError("截止日期已过", {"to": "截止日期不能早于今天"})
    await jobs.find_firm(str(firm))
    async with core.outbox.transaction():
        await lock_names([f"firm:{firm}"])
        if await ban_in_force(core, firm):
            raise ConflictError("企业已在黑名单上", "firm-blacklisted")
        await adopt(core, firm)
        key = UUID(str(uuid_utils.uuid7()))
        await FirmBan.create(id=key, firm=firm, reason=reason, from_day=today, to_day=to, by=by, at=core.now())
        until = to.isoformat() if to else "移出为止"
        await FirmChange.create(firm=firm, act="ban", by=by, note=f"{reason}（至 {until}）"[:500], at=core.now())
        for row in await FirmCase.filter(firm=firm, state__in=["verified", "due"]):
            await move_round(core, row, "revoked", by=by, note="列入黑名单", ended_at=core.now())
        await settle(core, firm, by=by)
        await audit.record(core, by, "firm.ban", f"firm:{firm}", reason=reason)
        await tell_firm(core, firm, "firm-banned", {"why": reason[:100], "until": until}, f"firm-banned:{key}")


async def lift(core: Core, firm: UUID, note: str, *, by: str) -> None:
    """Take a firm off the blacklist; it must be verified again before it publishes."""
    async with core.outbox.transaction():
        await lock_names([f"firm:{firm}"])
        row = await ban_in_force(core, firm)
        if row is None:
            raise ConflictError("企业不在黑名单上", "not-blacklisted")
        await FirmBan.filter(id=row.id).update(lifted_by=by, lifted_at=core.now(), lift_note=note)
        await FirmChange.create(firm=firm, act="lift", by=by, note=note, at=core.now())
        await settle(core, firm, by=by)
        await audit.record(core, by, "firm.lift", f"firm:{firm}", reason=note)


async def end_bans(core: Core) -> int:
    """Bring firms whose ban ended yesterday or before up to date; return how many."""
    today = market_day(core.now())
    ended = await FirmBan.filter(lifted_at=None, to_day__lt=today)
    for row in ended:
        async with core.outbox.transaction():
            await lock_names([f"firm:{row.firm}"])
            await FirmBan.filter(id=row.id).update(lifted_by="system", lifted_at=core.now(), lift_note="期满")
            await FirmChange.create(firm=row.firm, act="lift", by="system", note="期满", at=core.now())
            await settle(core, row.firm, by="system")
    return len(ended)
