"""Whatever is altered, removed, cut off or put in afterwards is found; pruning keeps the chain whole (S15)."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from cloud.identity import audit, auditlog
from cloud.identity.auditmodels import AuditHead, AuditRow
from cloud.identity.chain import Entry, head_mac
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from tests.cloud.clocks import HandClock

pytestmark = pytest.mark.db

ROWS = 12


@pytest.fixture
async def chain(core: Core, monkeypatch: pytest.MonkeyPatch) -> Core:
    """Return a core with a chain of some rows, read in several pieces."""
    monkeypatch.setattr(auditlog, "BATCH", 5)
    for number in range(ROWS):
        await audit.record(core, f"staff:{number}", "post.publish", f"post:{number}", details={"n": number})
    return core


async def test_a_chain_that_nobody_touched_is_whole(chain: Core) -> None:
    report = await auditlog.verify(chain)
    assert (report.finding, report.rows, report.number) == (None, ROWS, ROWS)
    assert (await auditlog.verify(chain, (ROWS, report.hash))).finding is None


async def test_an_empty_chain_is_whole(core: Core) -> None:
    assert (await auditlog.verify(core)).finding is None


async def _alter(core: Core) -> None:
    del core
    await AuditRow.filter(number=7).update(actor="staff:somebody-else")


async def _alter_and_hash_again(core: Core) -> None:
    """Do what an intruder can who knows how the chain is made, but not the secret: all hashes from there on."""
    rows = await AuditRow.all().order_by("number")
    await _hash_again(rows, "staff:somebody-else")
    await AuditHead.filter(id=1).update(hash=rows[-1].hash)
    del core


async def _remove(core: Core) -> None:
    del core
    await AuditRow.filter(number=7).delete()


async def _remove_and_number_again(core: Core) -> None:
    await AuditRow.filter(number=7).delete()
    await core.database.connection().execute_query("UPDATE audit_row SET number = number - 1 WHERE number = 8")


async def _cut_the_tail(core: Core) -> None:
    del core
    await AuditRow.filter(number__gte=10).delete()


async def _cut_the_tail_and_move_the_head(core: Core) -> None:
    del core
    await AuditRow.filter(number__gte=10).delete()
    last = await AuditRow.get(number=9)
    forged = head_mac(b"guessed", 9, last.hash, 0, "0" * 64)
    await AuditHead.filter(id=1).update(number=9, hash=last.hash, mac=forged)


async def _cut_the_start_and_move_the_anchor(core: Core) -> None:
    del core
    third = await AuditRow.get(number=3)
    await AuditRow.filter(number__lte=3).delete()
    await AuditHead.filter(id=1).update(anchor_number=3, anchor_hash=third.hash)


async def _put_one_behind(core: Core) -> None:
    last = await AuditRow.get(number=ROWS)
    entry = Entry(ROWS + 1, core.now(), "staff:li", "post.publish", "post:1", "ok", "", "{}", "", "")
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    await AuditRow.create(**values, hash=entry.hashed(last.hash))


async def _remove_the_head(core: Core) -> None:
    del core
    await AuditHead.all().delete()


@pytest.mark.parametrize(
    ("tamper", "row"),
    [
        (_alter, 7),
        (_alter_and_hash_again, ROWS),
        (_remove, 7),
        (_remove_and_number_again, 7),
        (_cut_the_tail, 10),
        (_cut_the_tail_and_move_the_head, 9),
        (_cut_the_start_and_move_the_anchor, ROWS),
        (_put_one_behind, ROWS + 1),
        (_remove_the_head, 1),
    ],
)
async def test_what_was_tampered_with_is_found(
    chain: Core, tamper: Callable[[Core], Awaitable[None]], row: int
) -> None:
    await tamper(chain)
    finding = (await auditlog.verify(chain)).finding
    assert finding is not None
    assert finding.number == row


async def test_a_database_that_was_put_back_lacks_the_row_that_somebody_wrote_down(chain: Core) -> None:
    noted = await auditlog.verify(chain)
    finding = (await auditlog.verify(chain, (noted.number + 1, "f" * 64))).finding
    assert finding == auditlog.Finding(ROWS + 1, "the row that was written down is missing")
    other = (await auditlog.verify(chain, (5, "f" * 64))).finding
    assert other == auditlog.Finding(5, "the row is not the one that was written down")


async def test_rows_that_are_added_meanwhile_are_no_finding(chain: Core) -> None:
    async def work() -> None:
        for _ in range(20):
            await audit.record(chain, "staff:li", "post.read", "post:1")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
        while not task.done():
            assert (await auditlog.verify(chain)).finding is None
    assert (await auditlog.verify(chain)).number == ROWS + 20


async def test_old_rows_are_forgotten_and_the_chain_stays_whole(chain: Core, clock: HandClock) -> None:
    clock.forward(days=200)
    await audit.record(chain, "staff:li", "post.read", "post:1")
    with pytest.raises(InvalidInputError):
        await auditlog.forget_before(chain, chain.now() - timedelta(days=100))
    assert await auditlog.forget_before(chain, chain.now() - auditlog.MIN_KEPT) == ROWS
    report = await auditlog.verify(chain)
    assert (report.finding, report.rows, report.number) == (None, 2, ROWS + 2)
    newest = (await auditlog.list_rows(auditlog.Filter()))[0][0]
    assert (newest.action, newest.subject) == ("audit.forget", f"audit:{ROWS}")
    assert await auditlog.forget_before(chain, chain.now() - auditlog.MIN_KEPT) == 0
    await AuditRow.filter(number=ROWS + 1).delete()
    assert (await auditlog.verify(chain)).finding == auditlog.Finding(ROWS + 1, "the row is missing")


async def test_rows_are_found_by_who_what_and_when(chain: Core, clock: HandClock) -> None:
    clock.forward(hours=1)
    await audit.record(chain, "staff:li", "firm.verify", "firm:1", result="refused")
    for wanted, count in (
        (auditlog.Filter(actor="staff:li"), 1),
        (auditlog.Filter(action="post."), ROWS),
        (auditlog.Filter(subject="post:3"), 1),
        (auditlog.Filter(result="refused"), 1),
        (auditlog.Filter(since=chain.now()), 1),
        (auditlog.Filter(until=chain.now()), ROWS),
    ):
        assert len((await auditlog.list_rows(wanted))[0]) == count
    first, cursor = await auditlog.list_rows(auditlog.Filter(), limit=8)
    rest, end = await auditlog.list_rows(auditlog.Filter(), before=cursor, limit=8)
    assert [row.number for row in (*first, *rest)] == list(range(ROWS + 1, 0, -1))
    assert end is None


async def test_an_export_is_complete_harmless_to_spreadsheets_and_recorded(chain: Core) -> None:
    await audit.record(chain, "staff:li", "post.read", "=cmd()")
    wanted = auditlog.Filter(actor="staff:li")
    text, count = await auditlog.csv_of(wanted)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (await auditlog.csv_of(auditlog.Filter()))[1] == ROWS + 1, "in several batches"
    await auditlog.record_export(chain, "staff:li", wanted, count)
    assert [row["subject"] for row in rows] == ["'=cmd()"]
    newest = (await auditlog.list_rows(auditlog.Filter()))[0][0]
    assert (newest.actor, newest.action) == ("staff:li", "audit.export")


async def _hash_again(rows: list[AuditRow], actor: str) -> None:
    rows[6].actor = actor
    before = rows[5].hash
    for row in rows[6:]:
        entry = Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__})
        row.hash = before = entry.hashed(before)
        await row.save()
