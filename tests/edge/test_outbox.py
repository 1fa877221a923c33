"""The outbox: durable puts, numbers, acks, the disk budget, damage (W4, W5, W9, D4, D16)."""

import asyncio
import json
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.errors import OutboxClosed
from edge.outbox import Outbox, keys
from edge.outbox.schema import connect, connect_in_memory
from edge.recorder import Recorder
from protocols.errors import EventTooLarge
from protocols.venue.delivery import Ack, Resend, Watermark
from provisioning.site import OutboxLimits
from tests.edge.stations import author, data_of, event, events, outbox, types_in

AT = "2026-03-02T01:00:00.000Z"
OTHER_STORE = "0195f3c2-0000-7000-8000-00000000000b"


def ack(store: str, epoch: int, **uptos: int) -> Ack:
    marks = {stream: {"upto": upto, "at": AT} for stream, upto in uptos.items()}
    return Ack.from_object({"store": store, "epoch": epoch, **marks})


async def test_each_stream_counts_from_one_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        assert await box.put("evidence", event()) == 1
        assert list(await box.put_many("evidence", [event(), event()])) == [2, 3]
        assert await box.put("ops", event()) == 1
        store = box.store
    async with outbox(tmp_path) as box:
        assert box.store == store
        assert await box.put("evidence", event()) == 4
        assert (box.head("evidence").first, box.head("evidence").last) == (1, 4)


async def test_puts_at_the_same_time_get_different_numbers_in_the_order_of_the_calls(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        seqs = await asyncio.gather(*(box.put("ops", event(n)) for n in range(500)))
        rows = await box.drain("ops", 0, 1000)
    assert seqs == list(range(1, 501))
    assert [data_of(row.text)["n"] for row in rows] == list(range(500))


async def test_a_number_is_not_used_again_after_its_event_was_acked_and_deleted(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("ops", [event(), event()])
        await box.ack(ack(box.store, 1, ops=2))
        assert box.head("ops").first is None
    async with outbox(tmp_path) as box:
        assert await box.put("ops", event()) == 3


async def test_drain_returns_what_lies_behind_a_seq_up_to_the_limit(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("evidence", [event(n) for n in range(10)])
        assert [row.seq for row in await box.drain("evidence", 3, 4)] == [4, 5, 6, 7]
        assert [row.seq for row in await box.drain("evidence", 3, 100, 5)] == [4, 5]


async def test_acked_ops_are_deleted_and_acked_evidence_is_kept(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        for stream in ("evidence", "ops"):
            await box.put_many(stream, [event()] * 3)
        await box.ack(ack(box.store, 1, evidence=2, ops=2))
        assert [row.seq for row in await box.drain("ops", 0, 10)] == [3]
        assert [row.seq for row in await box.drain("evidence", 0, 10)] == [1, 2, 3]
        assert box.head("ops").bytes == len(event().encode())


async def test_acked_evidence_goes_at_once_when_it_is_to_be_kept_for_no_day(tmp_path: Path) -> None:
    async with outbox(tmp_path, limits=OutboxLimits(keep_evidence_days=0)) as box:
        await box.put_many("evidence", [event()] * 3)
        await box.ack(ack(box.store, 1, evidence=2))
        assert [row.seq for row in await box.drain("evidence", 0, 10)] == [3]


async def test_an_ack_of_another_store_deletes_nothing(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("ops", [event()] * 3)
        taken = await box.ack(ack(OTHER_STORE, 9, ops=3))
        assert (taken.ignored, box.ignored_acks_total) == (1, 1)
        assert (box.head("ops").upto, box.head("ops").first) == (0, 1)


async def test_an_ack_beyond_what_was_given_out_is_not_taken(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put("ops", event())
        assert (await box.ack(ack(box.store, 1, ops=5))).ignored == 1
        assert box.head("ops").upto == 0


async def test_a_lower_ack_counts_only_with_a_greater_core_epoch_even_after_a_restart(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("evidence", [event()] * 5)
        await box.ack(ack(box.store, 100, evidence=4))
        assert (await box.ack(ack(box.store, 100, evidence=2))).ignored == 1
    async with outbox(tmp_path) as box:
        assert (await box.ack(ack(box.store, 99, evidence=2))).ignored == 1
        assert box.head("evidence").upto == 4
        assert (await box.ack(ack(box.store, 101, evidence=2))).lowered == {"evidence": 2}
        assert box.head("evidence").upto == 2


async def test_what_is_gone_behind_a_lowered_ack_is_declared(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("ops", [event()] * 5)
        await box.ack(ack(box.store, 100, ops=4))
        await box.ack(ack(box.store, 101, ops=1))
        declared = (await box.drain("evidence", 0, 10))[-1]
    assert json.loads(declared.text)["type"] == "cn.yizhan.agent.gap.declared.v1"
    assert data_of(declared.text)["ranges"] == [[2, 4]]


async def test_a_resend_gets_what_is_kept_and_a_declaration_of_what_is_gone(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("ops", [event()] * 5)
        await box.ack(ack(box.store, 100, ops=2))
        wanted = Resend.from_object({"id": OTHER_STORE, "stream": "ops", "from": 1, "to": 9, "at": AT})
        assert await box.declare_missing(wanted) == (3, 5)
        assert data_of((await box.drain("evidence", 0, 10))[0].text)["ranges"] == [[1, 2]]


async def test_at_the_budget_telemetry_goes_before_ops_and_evidence_never(tmp_path: Path) -> None:
    pad = "x" * 1000
    async with outbox(tmp_path, limits=OutboxLimits(max_mb=1)) as box:
        await box.put_many("ops", [event(n, pad) for n in range(100)])
        await box.put_many("telemetry", [event(n, pad) for n in range(400)])
        for _ in range(7):
            await box.put_many("evidence", [event(n, pad) for n in range(40)])
        first_telemetry = box.head("telemetry").first
        assert first_telemetry is None or first_telemetry > 1
        assert box.head("ops").first == 1
        for _ in range(10):
            await box.put_many("evidence", [event(n, pad) for n in range(40)])
        assert box.head("telemetry").first is None
        assert (box.head("ops").first or 1_000) > 1
        assert box.head("evidence").first == 1
        rows = await box.drain("evidence", 0, 2000)
        gaps = [data_of(row.text) for row in rows if "gap.declared" in row.text]
    lost = {(gap["stream"], seq) for gap in gaps for a, b in gap["ranges"] for seq in range(a, b + 1)}  # type: ignore[attr-defined]
    assert {seq for stream, seq in lost if stream == "telemetry"} == set(range(1, 401))
    assert len(rows) == len(gaps) + 680 + sum("outbox.filled" in row.text for row in rows)


async def test_four_fifths_of_the_budget_raise_one_alarm(tmp_path: Path) -> None:
    async with outbox(tmp_path, limits=OutboxLimits(max_mb=1)) as box:
        for _ in range(70):
            await box.put_many("evidence", [event(1, "x" * 1000)] * 10)
        assert (await types_in(box, "evidence")).count("agent.outbox.filled") == 1


async def test_a_damaged_file_is_kept_aside_and_a_new_store_is_made(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put_many("evidence", [event()] * 50)
        old = box.store
    file = tmp_path / "outbox.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    async with outbox(tmp_path) as box:
        assert box.store != old
        assert box.replaced
        assert await box.put("evidence", event()) == 1
    assert (tmp_path / "outbox.damaged.db").exists()
    async with outbox(tmp_path) as box:
        assert box.replaced is None


async def test_a_file_of_a_newer_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    connection = connect(tmp_path / "outbox.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(Exception, match="schema 99"):
        async with outbox(tmp_path):
            pass
    assert not (tmp_path / "outbox.damaged.db").exists()


async def test_a_group_that_cannot_be_committed_stores_nothing_and_tells_every_caller(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.put("ops", event())
        blocker = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
        blocker.execute("DROP TABLE telemetry")
        with pytest.raises(Exception, match="nothing was stored"):
            await box.put("ops", event())
        blocker.execute("CREATE TABLE telemetry(seq INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        blocker.close()
        assert await box.put("ops", event()) == 2


async def test_a_closed_outbox_takes_nothing(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        pass
    with pytest.raises(OutboxClosed):
        await box.put("ops", event())


def test_an_event_that_is_too_large_never_gets_a_text() -> None:
    with pytest.raises(EventTooLarge):
        author().text("probe-1", "probe", "sample.taken", {"pad": "x" * 70_000}, "ops")


_PUTTER = """
import asyncio, sys
from pathlib import Path
from tests.edge.stations import event, outbox

async def main() -> None:
    async with outbox(Path(sys.argv[1])) as box:
        async def put() -> None:
            while True:
                seqs = await box.put_many("evidence", [event(1), event(2)])
                sys.stdout.write(f"{seqs[0]} {seqs[1]}\\n")
                sys.stdout.flush()
        await asyncio.gather(*(put() for _ in range(4)))

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 40, 120])
async def test_nothing_whose_put_returned_is_lost_by_a_kill(tmp_path: Path, lines: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PUTTER, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += (await process.stdout.read()).splitlines()
    await process.wait()
    returned = {int(seq) for line in said if line.count(b" ") == 1 for seq in line.split()}
    async with outbox(tmp_path) as box:
        kept = [row.seq for row in await box.drain("evidence", 0, 100_000)]
        assert box.replaced is None
    assert returned <= set(kept)
    assert kept == list(range(1, len(kept) + 1))


def test_a_watermark_is_read_per_stream() -> None:
    assert ack(OTHER_STORE, 1, evidence=3).evidence == Watermark.from_object({"upto": 3, "at": AT})


async def test_a_store_of_the_schema_before_gets_its_digests_and_keeps_its_rows(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        store = box.store
        await box.put_many("evidence", events(3))
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as database:
        database.executescript("DROP TABLE queue_series; DROP TABLE queue_ticket; DROP TABLE told")
        database.executescript("DROP TABLE start; DROP TABLE digest; DROP TABLE digest_mark; PRAGMA user_version=1")
    async with outbox(tmp_path) as box:
        assert (box.store, box.head("evidence").last) == (store, 3)
        await box.ack(Ack.from_object({"store": store, "epoch": 1, "evidence": {"upto": 3, "at": AT}}))
        day = datetime.now(UTC).date().isoformat()
        assert (await box.digest(day))["evidence"]["count"] == 3


async def test_a_key_stores_one_event_for_ever_and_per_slot(tmp_path: Path) -> None:
    async def once(box: Outbox, slot: str, key: str) -> bool:
        return await Recorder(author(), box).event_once(key, slot, "face", "person.recognised", {}, "evidence")

    async with outbox(tmp_path) as box:
        assert await once(box, "face-1", "a") is True
        assert await once(box, "face-1", "a") is False
        assert await once(box, "face-2", "a") is True
        assert box.head("evidence").last == 2
    async with outbox(tmp_path) as box:
        assert await once(box, "face-1", "a") is False
        assert box.head("evidence").last == 2


def test_the_newest_keys_of_a_slot_are_known_and_old_ones_go() -> None:
    with closing(connect_in_memory()) as connection:
        for number in range(3 * keys.FORGET_EVERY):
            assert keys.note(connection, "face-1", f"k{number}", 100)
            assert keys.note(connection, "face-2", "kept", 100) is (number == 0)
        assert not keys.note(connection, "face-1", f"k{3 * keys.FORGET_EVERY - 100}", 100)
        left = connection.execute("SELECT COUNT(*) FROM told WHERE slot = 'face-1'").fetchone()[0]
        assert 100 <= left <= 100 + keys.FORGET_EVERY
