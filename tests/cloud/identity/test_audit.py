"""The audit chain: acts become rows that hang together, in the transaction of the act."""

import asyncio

import pytest

from cloud.identity import audit, auditlog
from cloud.identity.auditmodels import AuditHead, AuditRow
from cloud.identity.chain import GENESIS
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.outbox import lock_order

pytestmark = pytest.mark.db


async def test_rows_hang_together_from_the_first_on(core: Core) -> None:
    with audit.scene("req-1", "10.1.2.0/24"):
        await audit.record(core, "staff:li", "post.publish", "post:1", details={"state": "published"})
    await audit.record(core, "system", "key.rotate", "key:2", reason="每年一次")
    first, second = await AuditRow.all().order_by("number")
    assert (first.number, second.number) == (1, 2)
    assert (first.request, first.address, second.request) == ("req-1", "10.1.2.0/24", "")
    head = await AuditHead.get(id=1)
    assert (head.number, head.hash, head.anchor_hash) == (2, second.hash, GENESIS)


async def test_an_act_that_fails_leaves_no_row(core: Core) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        await _act_that_fails(core)
    assert not await AuditRow.all().exists()
    await audit.record(core, "system", "key.rotate", "key:2")
    assert (await AuditRow.get()).number == 1


async def test_a_refusal_is_kept_although_what_was_tried_is_undone(core: Core) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        await _refusal(core)
    async with transaction():
        with pytest.raises(ValueError, match="on purpose"):
            await _refusal(core)
    assert [(row.action, row.result) for row in await AuditRow.all().order_by("number")] == [
        ("session.open", "refused"), ("session.open", "refused"),
    ]  # fmt: skip


async def test_acts_at_the_same_time_make_one_chain(core: Core) -> None:
    await asyncio.gather(*(audit.record(core, f"staff:{n}", "post.read", "post:1") for n in range(20)))
    assert [row.number for row in await AuditRow.all().order_by("number")] == list(range(1, 21))


async def test_text_that_a_database_does_not_keep_is_cleaned(core: Core) -> None:
    await audit.record(core, "staff:li", "post.read", "a\x00b\ud800c\n" + "x" * 500)
    row = await AuditRow.get()
    assert row.subject.startswith("a?b?c?x")
    assert len(row.subject) == audit.MAX_SUBJECT


async def _act_that_fails(core: Core) -> None:
    async with transaction():
        await audit.record(core, "staff:li", "post.publish", "post:1")
        raise ValueError("on purpose")


async def _refusal(core: Core) -> None:
    async with transaction():
        await audit.record(core, "staff:li", "post.publish", "post:1")
        await audit.record(core, "nobody", "session.open", "account:unknown", result="refused")
        raise ValueError("on purpose")


async def test_acts_that_lock_other_things_before_and_after_do_not_wait_in_a_circle(core: Core) -> None:
    async def act(number: int) -> None:
        async with transaction():
            for step in range(3):
                if step == number % 3:
                    await audit.record(core, f"staff:{number}", "post.publish", "post:1")
                if step:
                    await lock_order()
                else:
                    await lock_names(["a post"])

    async with asyncio.timeout(20):
        await asyncio.gather(*(act(number) for number in range(12)))
    assert (await auditlog.verify(core)).number == 12
