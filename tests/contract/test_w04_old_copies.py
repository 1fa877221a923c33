"""W3, W4, D4 (ADR 0008): a state directory that is wiped or replaced by an old copy loses and doubles nothing.

The real agent and the real core, through a real broker; an event of the agent is known by its id.
"""

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cloud.fleet.models import StoreStart
from cloud.ingest.models import StoredEvent, StreamMark
from edge.agent import Agent
from edge.epoch import EPOCH_FILE
from tests.cloud.running import Running
from tests.contract.agents import SILENT, running_agent, works
from tests.edge.stations import STATION, event
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

SITE = f'[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "{STATION}"\nname = "谏壁驿站"\n{SILENT}'
WHERE = f"/api/v1/stations/{STATION}"


def ids_in(folder: Path) -> set[str]:
    """Return the ids of all events of evidence that a state directory holds."""
    with closing(sqlite3.connect(folder / "outbox.db")) as database:
        return {json.loads(text)["id"] for (text,) in database.execute("SELECT text FROM evidence")}


async def stored_ids() -> Counter[str]:
    """Return how often the core has each event, over all stores."""
    return Counter([json.loads(row.text)["id"] async for row in StoredEvent.all()])


async def record(agent: Agent, count: int) -> None:
    """Record events of evidence."""
    for _ in range(count):
        await agent.outbox.put("evidence", event())


async def acked(agent: Agent) -> None:
    """Wait until the core has everything of evidence."""
    await until(
        lambda: agent.outbox.head("evidence").upto == agent.outbox.head("evidence").last > 0, "all is acked", 20
    )


async def visit(folder: Path, broker: Broker, count: int) -> set[str]:
    """Start the agent, record, wait for the ack, stop it; returns the ids of what was recorded until then."""
    async with running_agent(folder, broker, SILENT) as agent:
        await works(agent)
        await record(agent, count)
        await acked(agent)
        return ids_in(folder)


def put_back(copy: Path, folder: Path) -> None:
    """Replace a state directory by a copy."""
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)


async def nothing_lost_or_doubled(running: Running, recorded: set[str]) -> None:
    stored = await stored_ids()
    assert [one for one, times in stored.items() if times > 1] == []
    assert recorded - stored.keys() == set()
    letters = (await running.get(WHERE))["dead_letters"]
    assert letters["total"] == 0, letters


@pytest.mark.timeout(120)
async def test_w04_a_state_wiped_twice_and_an_old_copy_put_back_twice_lose_and_double_nothing(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    await running.apply(SITE)
    state, copy = tmp_path / "edge", tmp_path / "copy"
    recorded = await visit(state, broker, 5)
    shutil.copytree(state, copy)
    recorded |= await visit(state, broker, 7)
    for round_ in range(2):
        shutil.rmtree(state)
        recorded |= await visit(state, broker, 3 + round_)
        put_back(copy, state)
        recorded |= await visit(state, broker, 4)
        recorded |= await visit(state, broker, 4)
    await nothing_lost_or_doubled(running, recorded)
    document = await running.get(WHERE)
    assert len(document["past_stores"]) == 4
    assert [one["streams"]["evidence"]["never_arrived"] for one in document["past_stores"]] == [[]] * 4
    assert (document["presence"]["state"], (await running.get("/api/v1/alarms"))["items"]) == ("offline", [])


async def test_w04_an_old_copy_of_the_newest_start_goes_on_in_a_new_store(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    """The copy is taken while the agent runs; the start that it knows as its last went on afterwards."""
    await running.apply(SITE)
    state, copy = tmp_path / "edge", tmp_path / "copy"
    async with running_agent(state, broker, SILENT) as agent:
        await works(agent)
        await record(agent, 5)
        await acked(agent)
        copy.mkdir()
        with (
            closing(sqlite3.connect(state / "outbox.db")) as one,
            closing(sqlite3.connect(copy / "outbox.db")) as other,
        ):
            one.backup(other)
        await record(agent, 6)
        await acked(agent)
        first = agent.outbox.store
        recorded = ids_in(state)
    put_back(copy, state)  # without the epoch file: the clock decides
    async with running_agent(state, broker, SILENT) as agent:
        await record(agent, 3)
        await until(lambda: agent.outbox.store != first, "the store is left")
        await works(agent)
        await acked(agent)
        recorded |= ids_in(state)
    await nothing_lost_or_doubled(running, recorded)


async def test_w04_what_only_the_copy_has_of_the_old_store_arrives_under_its_old_numbers(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    """Three events were recorded, copied, and lost at the core; two copies bring them back once."""
    await running.apply(SITE)
    state, copy = tmp_path / "edge", tmp_path / "copy"
    recorded = await visit(state, broker, 5)
    await broker.kill()
    async with running_agent(state, broker, SILENT) as agent:
        await record(agent, 3)
        recorded |= ids_in(state)
    shutil.copytree(state, copy)
    await broker.start()
    recorded |= await visit(state, broker, 6)
    mark = await StreamMark.get(station=STATION, stream="evidence")
    await StoredEvent.filter(id__gt=mark.id * 2**40 + 5, id__lte=mark.id * 2**40 + 8).delete()
    await StreamMark.filter(id=mark.id).update(upto=5, gaps="[[6, 8]]")
    for _ in range(2):
        put_back(copy, state)
        recorded |= await visit(state, broker, 4)
    await nothing_lost_or_doubled(running, recorded)
    assert (await StreamMark.get(id=mark.id)).gaps == "[]"


async def test_w04_an_old_copy_finds_out_though_the_broker_has_lost_everything_and_the_core_comes_late(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    await running.apply(SITE)
    state, copy = tmp_path / "edge", tmp_path / "copy"
    recorded = await visit(state, broker, 5)
    shutil.copytree(state, copy)
    recorded |= await visit(state, broker, 9)
    await broker.kill()
    put_back(copy, state)
    async with running_agent(state, broker, SILENT) as agent:  # a start that nobody hears of
        await record(agent, 20)
        recorded |= ids_in(state)
    async with running_agent(state, broker, SILENT) as agent:
        first = agent.outbox.store
        await record(agent, 2)
        await broker.start()
        await until(lambda: agent.outbox.store != first, "the store is left", 30)
        await works(agent)
        await acked(agent)
        recorded |= ids_in(state)
    await nothing_lost_or_doubled(running, recorded)


async def test_w03_a_station_whose_clock_and_state_went_back_is_no_ghost(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    await running.apply(SITE)
    state = tmp_path / "edge"
    state.mkdir()
    ahead = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
    (state / EPOCH_FILE).write_text(json.dumps({"epoch": ahead}), encoding="utf-8")
    recorded = await visit(state, broker, 5)
    shutil.rmtree(state)

    async def present() -> dict[str, Any]:
        found: dict[str, Any] = (await running.get(WHERE))["presence"]
        return found

    async def online() -> bool:
        return bool((await present())["state"] == "online")

    async with running_agent(state, broker, SILENT) as agent:
        await record(agent, 2)
        await until(online, "the station is online again", 20)
        await acked(agent)
        assert agent.start.epoch > ahead + 1
        assert (await present())["epoch"] == agent.start.epoch
        recorded |= ids_in(state)
    await nothing_lost_or_doubled(running, recorded)


async def test_w05_a_core_restored_from_a_backup_is_no_reason_to_leave_the_store(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    """The core has forgotten the two newest starts and their events; the station sends what it still has."""
    await running.apply(SITE)
    state = tmp_path / "edge"
    recorded = await visit(state, broker, 5)
    marks = await StreamMark.all()
    kept = await StoreStart.all().order_by("id")
    for _ in range(2):
        recorded |= await visit(state, broker, 4)
    for mark in marks:
        await StoredEvent.filter(id__gt=mark.id * 2**40 + mark.highest, id__lt=(mark.id + 1) * 2**40).delete()
        await StreamMark.filter(id=mark.id).update(upto=mark.upto, highest=mark.highest, count=mark.count)
    await StoreStart.filter(id__gt=kept[-1].id).delete()
    await broker.kill()  # the core connects anew: its epoch lets watermarks fall
    await broker.start()
    async with running_agent(state, broker, SILENT) as agent:
        await works(agent)
        await record(agent, 1)
        await acked(agent)
        assert agent.outbox.store == marks[0].store
        recorded |= ids_in(state)
    assert await StoreStart.all().count() == len(kept) + 3  # those that it had forgotten, and this one
    await nothing_lost_or_doubled(running, recorded)
