"""Rows of the ledgers of identity: what two people decided, and what the audit chain counted."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

from cloud.identity.auditmodels import AuditRow
from cloud.identity.models import Approval
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.platform.times import market_day


async def approval_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield what was asked of a second person in a time."""
    del core
    async for row in each(Approval.filter(asked_at__gte=start, asked_at__lt=end)):
        yield {
            "asked_at": row.asked_at,
            "kind": row.kind,
            "title": row.title,
            "reason": row.reason,
            "asked_by": row.asked_by,
            "state": row.state,
            "decided_by": row.decided_by or "",
            "decided_at": row.decided_at,
            "note": row.note,
        }


async def audit_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield how often each act was done on each day, by whom, and how often it was refused: no subject is named."""
    del core
    counts: Counter[tuple[date, str, str, str]] = Counter()
    async for row in each(
        AuditRow.filter(at__gte=start, at__lt=end).only("number", "at", "actor", "action", "result"), "number"
    ):
        counts[market_day(row.at), row.action, row.actor, row.result] += 1
    keys = sorted({key[:3] for key in counts})
    for day, action, actor in keys:
        done, refused, failed = (counts[day, action, actor, result] for result in ("ok", "refused", "failed"))
        yield {"day": day, "action": action, "actor": actor, "ok": done, "refused": refused, "failed": failed}
