"""A database that is away for a while costs time and nothing else (F9, F11); a handler that fails costs its effect."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from cloud.ingest.handlers import Arrived
from cloud.ingest.models import StoredEvent
from cloud.ingest.writer import QUEUE, Writer
from cloud.platform.core import Core
from tests.cloud.running import Running
from tests.cloud.station import station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

#: More messages than may wait in the core, in one go.
BURST = 2_000

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def take_away(running: Running) -> None:
    """Keep the database from answering for about a second."""
    if running.core.database.dialect == "sqlite":
        await asyncio.to_thread(_lock, Path(running.core.settings.database.removeprefix("sqlite:///")))
        return
    other = await asyncpg.connect(running.core.settings.database)
    for _ in range(10):
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        await asyncio.sleep(0.1)
    await other.close()


def _lock(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    asyncio.run(asyncio.sleep(1))
    other.execute("ROLLBACK")
    other.close()


async def test_what_comes_while_the_database_is_away_is_stored_when_it_is_back(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await until(lambda: station.newest("ack"), "the station is known")
        away = asyncio.create_task(take_away(running))
        for seq in range(1, 60, 3):
            await station.send_events(seq, seq + 2)
            await asyncio.sleep(0.02)
        await away
        await until(lambda: station.acked() == 60, "all of it is acked")
    assert await StoredEvent.all().count() == 60
    assert (await running.get("/readyz"))["database"] == "ok"


async def test_a_core_that_cannot_store_holds_the_broker_back(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await until(lambda: station.newest("ack"), "the station is known")
        away = asyncio.create_task(take_away(running))
        most = 0
        for seq in range(1, 301):
            await station.send_events(seq, seq)
            most = max(most, _writer()._queue.qsize())
        assert 0 < most <= QUEUE  # not the Receive Maximum: this broker forgets it
        await away
        await until(lambda: station.acked() == 300, "all of it is acked")


async def test_a_burst_beyond_what_the_core_takes_at_once_is_stored_whole(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        station.client.pending_calls_threshold = BURST
        await station.presence()
        await station.birth()
        await until(lambda: station.newest("ack"), "the station is known")
        away = asyncio.create_task(take_away(running))
        await asyncio.gather(*(station.send_events(seq, seq) for seq in range(1, BURST + 1)))
        await away
        await until(lambda: station.acked() == BURST, "all of it is acked", 30)
        assert "resend" not in station.heard, "something was dropped and had to be asked for"
    assert await StoredEvent.all().count() == BURST


def _writer() -> Writer:
    task = next(task for task in asyncio.all_tasks() if task.get_name() == "event-writer")
    frame = task.get_coro().cr_frame  # type: ignore[union-attr]
    assert frame is not None
    owner = frame.f_locals["self"]
    assert isinstance(owner, Writer)
    return owner


async def test_a_handler_that_fails_costs_its_effect_and_not_the_event(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.apply()

    async def broken(core: Core, events: Sequence[Arrived]) -> None:
        raise KeyError(len(events), core)

    monkeypatch.setitem(_writer()._handlers, "signal.interval", broken)
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await station.send_events(1, 3)
        await until(lambda: station.acked() == 3, "stored and acked all the same")
    assert await StoredEvent.all().count() == 3
