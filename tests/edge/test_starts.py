"""The starts of a store and the way out of one that went on elsewhere (ADR 0008)."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.custody import Custody
from edge.epoch import next_start, stored_epoch
from edge.outbox import Outbox
from edge.outbox.starts import GAP_TYPE, REPLACED_TYPE
from protocols.venue.delivery import Ack, Watermark
from protocols.venue.lineage import MAX_LINEAGE, Common, Fork, Known
from tests.edge.stations import author, data_of, event, events, outbox

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
BOOT = "0195f3c2-0000-7000-8000-0000000000{:02x}"
OTHER = "0195f3c2-0000-7000-8000-0000000000ff"


async def custody(folder: Path, box: Outbox) -> Custody:
    """Return the claim of a start that has just begun."""
    start = next_start(folder, NOW)
    await box.begin(start.boot)
    return Custody(folder, start, box, lambda: NOW)


def ack(box: Outbox, *, upto: int = 0, known: Known | None = None) -> Ack:
    """Return an ack of the outbox's store."""
    mark = Watermark(upto=upto, at=NOW)
    return Ack(store=box.store, epoch=1, evidence=mark) if known is None else Ack(store=box.store, epoch=1, known=known)


def fork(common: int, newest: str = OTHER, listed: int = 1) -> Fork:
    """Return a fork of evidence."""
    none = Common(upto=0, missing=[])
    return Fork(newest=newest, listed=listed, evidence=Common(upto=common, missing=[]), ops=none, telemetry=none)


async def test_a_start_notes_where_each_stream_stood_and_lists_those_since_the_answer(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        assert await box.begin(BOOT.format(1)) is True
        await box.put_many("evidence", events(3))
        assert await box.begin(BOOT.format(2)) is False
        await box.answered(BOOT.format(2))
        await box.put("ops", event(stream="ops"))
        await box.begin(BOOT.format(3))
        listed = await box.lineage()
        assert [(one.boot, one.evidence, one.ops) for one in listed] == [(BOOT.format(2), 3, 0), (BOOT.format(3), 3, 1)]
        assert [one.boot for one in await box.lineage(BOOT.format(1))] == [BOOT.format(n) for n in (1, 2, 3)]
        assert [await box.remembers(boot) for boot in (BOOT.format(1), OTHER)] == [True, False]


async def test_very_many_starts_are_listed_without_their_middle(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        for number in range(MAX_LINEAGE + 10):
            await box.begin(BOOT.format(0)[:-4] + f"{number:04x}")
        listed = [int(one.boot[-4:], 16) for one in await box.lineage()]
        assert len(listed) == MAX_LINEAGE
        assert (listed[:3], listed[-1]) == ([0, 1, 12], MAX_LINEAGE + 9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12))
async def test_what_lies_behind_the_fork_goes_on_in_a_new_store_from_1(
    tmp_path_factory: object, common: int, more: int
) -> None:
    async with outbox(Path(tmp_path_factory.mktemp("box"))) as box:  # type: ignore[attr-defined]
        await box.begin(BOOT.format(1))
        await box.put_many("evidence", events(common + more))
        before = box.store
        await box.ack(Ack(store=before, epoch=5, evidence=Watermark(upto=common, at=NOW)))
        await box.part(BOOT.format(2), {"evidence": common, "ops": 0, "telemetry": 0})
        rows = await box.drain("evidence", 0, 100)
        assert [row.seq for row in rows] == list(range(1, more + 1))
        assert [data_of(row.text)["n"] for row in rows] == list(range(common + 1, common + more + 1))
        head = box.head("evidence")
        assert (head.last, head.upto) == (more, 0)
        assert head.bytes == sum(len(row.text.encode()) for row in rows)
        assert box.store != before
        assert [one.boot for one in await box.lineage()] == [BOOT.format(2)]
        taken = await box.ack(Ack(store=box.store, epoch=1, evidence=Watermark(upto=more, at=NOW)))
        assert taken.raised == ({"evidence": more} if more else {}), "acks of the new store count from their first"
        assert (await box.digest(NOW.date().isoformat()))["evidence"]["upto"] == more


async def test_declared_gaps_are_renumbered_and_those_of_the_old_store_only_told(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.begin(BOOT.format(1))
        times = {"reason": "disk_budget", "first_time": None, "last_time": None}
        for ranges in ([[3, 6], [8, 9]], [[1, 4]]):
            data = {"stream": "telemetry", "ranges": ranges, **times}
            await box.put("evidence", author().agent_text("gap.declared", data, "evidence"))
        await box.part(BOOT.format(2), {"evidence": 0, "ops": 0, "telemetry": 4})
        first, second = [json.loads(row.text) for row in await box.drain("evidence", 0, 9)]
        assert (first["type"], first["data"]["ranges"]) == (GAP_TYPE, [[1, 2], [4, 5]])
        assert second["type"] == REPLACED_TYPE
        assert "telemetry [[1, 4]]" in second["data"]["reason"]


async def test_a_store_of_an_older_version_lists_one_start_for_all_before(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("evidence", events(2))
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as database:
        database.executescript("DROP TABLE queue_series; DROP TABLE queue_ticket; DROP TABLE told")
        database.executescript("DROP TABLE start; PRAGMA user_version = 2")
    async with outbox(tmp_path) as box:
        assert await box.begin(BOOT.format(1)) is False
        assert [one.evidence for one in await box.lineage()] == [0, 2]


async def test_only_the_answer_to_the_own_birth_makes_certain(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        claim = await custody(tmp_path, box)
        (own,) = [one.boot for one in await claim.lineage()]
        assert await claim.judge(ack(box, known=Known(epoch=1))) == ("none", None)
        assert await claim.judge(ack(box, known=Known(epoch=1, boot=OTHER))) == ("none", None)
        late = fork(0, listed=2)
        assert await claim.judge(ack(box, known=Known(epoch=1, boot=own, fork=late))) == ("none", None)
        parted = fork(0)
        assert await claim.judge(ack(box, known=Known(epoch=1, boot=own, fork=parted))) == ("forked", parted)
        assert (await claim.judge(ack(box, known=Known(epoch=1, boot=own))))[0] == "same"


async def test_a_core_from_a_backup_is_told_of_more_starts(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.begin(BOOT.format(1))
        await box.begin(BOOT.format(2))
        await box.answered(BOOT.format(2))
        claim = await custody(tmp_path, box)
        listed = await claim.lineage()
        known = Known(epoch=1, boot=listed[-1].boot, fork=fork(0, BOOT.format(1), len(listed)))
        assert (await claim.judge(ack(box, known=known)))[0] == "widen"
        assert len(await claim.lineage()) == len(listed) + 1


async def test_a_core_that_says_nothing_but_watermarks_is_judged_by_them(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.begin(BOOT.format(1))
        await box.put_many("evidence", events(4))
        claim = await custody(tmp_path, box)
        await box.put_many("evidence", events(3))
        assert (await claim.judge(ack(box, upto=4)))[0] == "same"
        answer, found = await claim.judge(ack(box, upto=5))
        assert answer == "forked"
        assert found is not None
        assert found.evidence.upto == 4
        before, epoch = box.store, stored_epoch(tmp_path)
        await claim.leave(found)
        assert box.store != before
        assert box.head("evidence").last == 3
        assert claim.renew()
        assert stored_epoch(tmp_path) > epoch


async def test_an_epoch_that_the_core_knows_is_outbid_durably(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        claim = await custody(tmp_path, box)
        (own,) = [one.boot for one in await claim.lineage()]
        epoch = stored_epoch(tmp_path)
        assert not claim.outbids(ack(box))
        assert not claim.outbids(ack(box, known=Known(epoch=epoch - 1, boot=OTHER)))
        assert not claim.outbids(ack(box, known=Known(epoch=epoch)))
        assert not claim.outbids(ack(box, known=Known(epoch=epoch, boot=own)))
        assert not claim.renew()
        assert claim.outbids(ack(box, known=Known(epoch=epoch, boot=OTHER)))
        assert stored_epoch(tmp_path) == epoch, "the connection that stands keeps its epoch"
        assert claim.renew()
        assert stored_epoch(tmp_path) == epoch + 1
        assert claim.outbids(ack(box, known=Known(epoch=epoch + 50)))
        assert claim.renew()
        assert stored_epoch(tmp_path) == epoch + 51
