"""Reading the audit chain: is it whole, what does it say, what is old enough to be forgotten."""

import csv
import hmac
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from cloud.identity import audit
from cloud.identity.auditmodels import AuditHead, AuditRow
from cloud.identity.chain import GENESIS, Entry, head_mac
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import CloudError, InvalidInputError
from cloud.platform.keyring import derive
from protocols.venue.timestamps import format_time

#: Rows that are read at once.
BATCH: Final = 1_000
#: Network and security logs are kept at least this long (law-and-facts 2.4: Cybersecurity Law, article 21).
MIN_KEPT: Final = timedelta(days=183)
MAX_PAGE: Final = 200
#: Rows of one export; a longer one is taken in parts.
MAX_EXPORTED: Final = 100_000
_FIELDS: Final = tuple(Entry.__dataclass_fields__)
COLUMNS: Final = ("number", "at", "actor", "action", "subject", "result", "reason", "details", "request", "address")


class TamperedError(CloudError):
    """The audit chain is not what was written: somebody has to look at it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the chain: at which row, and how."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a look at the whole chain found; `hash` is that of row `number`, the newest."""

    rows: int
    number: int
    hash: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are asked for; an empty text asks for all, `actor`, `action` and `subject` for what begins so."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    result: str = ""


async def verify(core: Core, known: tuple[int, str] | None = None) -> Report:
    """Walk the whole chain; `known` is the (number, hash) of a row that somebody wrote down earlier.

    Rows that are added meanwhile are walked as well; a prune meanwhile begins the walk anew.
    """
    rows, last, last_hash, anchor = 0, 0, GENESIS, -1
    while True:
        head = await AuditHead.get_or_none(id=audit.HEAD_ID)
        if head is None:
            lost = await AuditRow.all().order_by("number").first()
            return Report(0, 0, GENESIS, Finding(lost.number, "the head of the chain is missing") if lost else None)
        if not _is_signed(core, head):
            return Report(rows, last, last_hash, Finding(head.number, "the head of the chain was altered"))
        if head.anchor_number != anchor:
            anchor, rows, last, last_hash = head.anchor_number, 0, head.anchor_number, head.anchor_hash
        async for row in _rows(last, head.number):
            if finding := _wrong(row, last, last_hash, known):
                if await _anchor_moved(anchor):
                    break
                return Report(rows, last, last_hash, finding)
            rows, last, last_hash = rows + 1, row.number, row.hash
        else:
            finding = await _end(head, last, last_hash)
            if finding is None or not await _grew(head):
                return Report(rows, last, last_hash, finding or _unknown(known, head))


def _is_signed(core: Core, head: AuditHead) -> bool:
    key = derive(core.secret, audit.HEAD_KEY)
    right = head_mac(key, head.number, head.hash, head.anchor_number, head.anchor_hash)
    return hmac.compare_digest(right, head.mac)


async def _rows(after: int, until: int) -> AsyncIterator[AuditRow]:
    while batch := await AuditRow.filter(number__gt=after, number__lte=until).order_by("number").limit(BATCH):
        for row in batch:
            yield row
        after = batch[-1].number


def _wrong(row: AuditRow, last: int, last_hash: str, known: tuple[int, str] | None) -> Finding | None:
    if row.number != last + 1:
        return Finding(last + 1, "the row is missing")
    entry = Entry(**{name: getattr(row, name) for name in _FIELDS})
    if entry.hashed(last_hash) != row.hash:
        return Finding(row.number, "the row was altered, or one before it was put in its place")
    if known is not None and known[0] == row.number and known[1] != row.hash:
        return Finding(row.number, "the row is not the one that was written down")
    return None


async def _end(head: AuditHead, last: int, last_hash: str) -> Finding | None:
    if last != head.number:
        return Finding(last + 1, "the row is missing")
    if last_hash != head.hash:
        return Finding(last, "the row is not the one that the head names")
    beyond = await AuditRow.filter(number__gt=head.number).order_by("number").first()
    if beyond is None or await _grew(head):
        return None
    return Finding(beyond.number, "the row was added behind the head")


def _unknown(known: tuple[int, str] | None, head: AuditHead) -> Finding | None:
    if known is not None and known[0] > head.number:
        return Finding(known[0], "the row that was written down is missing")
    return None


async def _anchor_moved(anchor: int) -> bool:
    head = await AuditHead.get_or_none(id=audit.HEAD_ID)
    return head is not None and head.anchor_number != anchor


async def _grew(head: AuditHead) -> bool:
    now = await AuditHead.get_or_none(id=audit.HEAD_ID)
    return now is not None and now.number > head.number


async def list_rows(wanted: Filter, *, before: int | None = None, limit: int = 50) -> tuple[list[AuditRow], int | None]:
    """Return (rows newest first, cursor of what follows)."""
    found = _matching(wanted).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    rows = await found.limit(limit + 1)
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


async def csv_of(wanted: Filter) -> tuple[str, int]:
    """Return (the rows as CSV, oldest first, how many), at most MAX_EXPORTED; call it outside a transaction."""
    text, count, after = io.StringIO(), 0, 0
    writer = csv.writer(text)
    writer.writerow((*COLUMNS, "hash"))
    while count < MAX_EXPORTED:
        rows = await _matching(wanted).filter(number__gt=after).order_by("number").limit(BATCH)
        for row in rows:
            shown = row_document(row) | {"details": row.details, "hash": row.hash}
            writer.writerow([_harmless(str(shown[name])) for name in (*COLUMNS, "hash")])
        count += len(rows)
        if len(rows) < BATCH:
            break
        after = rows[-1].number
    return text.getvalue(), count


async def record_export(core: Core, actor: str, wanted: Filter, count: int) -> None:
    """Keep that somebody took rows away, and which."""
    words = {name: str(value) for name in Filter.__dataclass_fields__ if (value := getattr(wanted, name))}
    await audit.record(core, actor, "audit.export", "audit", details={"rows": count, "filter": words})


def row_document(row: AuditRow) -> dict[str, Any]:
    """Return a row as programs and pages read it."""
    shown: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    return shown | {"at": format_time(row.at), "details": json.loads(row.details)}


async def forget_before(core: Core, moment: datetime) -> int:
    """Delete rows of before `moment`, at least MIN_KEPT ago; the chain goes on from its new anchor."""
    if moment > core.now() - MIN_KEPT:
        raise InvalidInputError(f"audit rows are kept for at least {MIN_KEPT.days} days")
    async with transaction():
        head = await audit.locked_head()
        young = await AuditRow.filter(at__gte=moment).order_by("number").first()
        last = await AuditRow.get_or_none(number=young.number - 1 if young else head.number)
        if last is None:
            return 0
        gone = await AuditRow.filter(number__lte=last.number).delete()
        head.anchor_number, head.anchor_hash = last.number, last.hash
        audit.sign_head(core, head)
        await head.save()
        # At the end of this transaction, which is when the next row finds the new anchor.
        await audit.record(core, "system", "audit.forget", f"audit:{last.number}", details={"rows": gone})
    return gone


def _matching(wanted: Filter) -> QuerySet[AuditRow]:
    found = AuditRow.all()
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    for name in ("actor", "action", "subject"):
        if text := getattr(wanted, name):
            found = found.filter(**{f"{name}__startswith": text})
    return found.filter(result=wanted.result) if wanted.result else found


def _harmless(text: str) -> str:
    """Return a cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
