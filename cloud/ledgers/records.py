"""What was exported: found again by its number or by a hash, so that a paper can be checked later."""

from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from cloud.ledgers.models import LedgerExport
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError

#: Exports that one night forgets; the next one goes on.
MAX_FORGOTTEN: Final = 10_000


async def get_export(export: str) -> LedgerExport:
    """Return what is kept of an export; NotFoundError when there is none."""
    try:
        row = await LedgerExport.get_or_none(id=UUID(export))
    except ValueError:
        row = None
    if row is None:
        raise NotFoundError(f"there is no export {export!r}")
    return row


async def list_exports(
    *, ledger: str = "", sha256: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[LedgerExport], str | None]:
    """Return (exports, the newest first; cursor of what follows)."""
    found = LedgerExport.all().order_by("-id")
    if ledger:
        found = found.filter(ledger=ledger)
    if sha256:
        found = found.filter(Q(file_sha256__startswith=sha256) | Q(content_sha256__startswith=sha256))
    if cursor:
        found = found.filter(id__lt=UUID(cursor))
    rows = await found.limit(limit + 1)
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


def agrees(row: LedgerExport, sha256: str) -> bool:
    """Return whether a hash that stands on a paper, or that of a file, is the one that was kept."""
    wanted = sha256.strip().lower()
    return wanted in {row.content_sha256, row.file_sha256}


async def forget_exports(core: Core, before: datetime) -> int:
    """Delete what was kept of exports of before a moment; returns how many, at most MAX_FORGOTTEN."""
    del core
    old = [row.id for row in await LedgerExport.filter(made_at__lt=before).only("id").limit(MAX_FORGOTTEN)]
    return await LedgerExport.filter(id__in=old).delete()
