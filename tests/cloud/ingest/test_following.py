"""A process without the lease (W27): it trusts no memory, waits for what it overtook, and tells what it heard."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cloud.fleet import service as fleet
from cloud.fleet.models import Birth, Presence, Station
from cloud.ingest import parking
from cloud.ingest.acks import Acks
from cloud.ingest.client import Link, Received
from cloud.ingest.hearing import Leading, Roles
from cloud.ingest.models import DeadLetter, Relayed, StoredEvent
from cloud.ingest.notes import take_apart
from cloud.ingest.rebirths import Rebirths
from cloud.ingest.writer import Writer
from cloud.platform.core import Core
from cloud.platform.lease import Lease
from protocols.venue.events import CONTENT_TYPE, Properties
from tests.cloud.station import AT, STORE, make_batch, make_birth, make_event
from tests.waiting import until

pytestmark = pytest.mark.db

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
async def rebirths() -> list[str]:
    """Return the stations that were asked for a birth."""
    return []


@pytest.fixture
async def writer(core: Core, rebirths: list[str]) -> AsyncIterator[Writer]:
    """Yield the writer of a process that follows; its station has said that its epoch is 1."""
    await Station.create(id="st-01", site="demo", name="一号", kind="station")
    await present(1)
    values: dict[str, Any] = {"epoch": 1, "conn": 1, "store": STORE, "received_at": NOW}
    await Birth.create(**values, station="st-01", document=json.dumps(make_birth()))

    async def ask(station: str, _within_s: float) -> None:
        rebirths.append(station)

    asker = Rebirths(ask)

    liveness = fleet.Liveness()
    leading = Leading(liveness, Acks(core, Link(core, "mqtt://nowhere:1883")), Lease(core, "presence"))
    writer = Writer(core, liveness, Roles(leading), asker)
    tasks = [asyncio.create_task(writer.run(), name="writer"), asyncio.create_task(writer.judge_again(), name="parked")]
    tasks.append(asyncio.create_task(asker.run(), name="rebirths"))
    yield writer
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def present(epoch: int) -> None:
    """Let the leader have stored a presence."""
    values = {"online": True, "epoch": epoch, "conn": 1, "reason": "start", "state": "online", "since": NOW}
    await Presence.update_or_create({**values, "last_heard": NOW}, station="st-01")


async def send(writer: Writer, payload: bytes, seq: int, stream: Any = "evidence", epoch: int = 1) -> None:
    """Give the writer one event as the broker does."""
    pairs = tuple(Properties(stream, seq, seq, epoch, STORE).to_pairs())
    note = take_apart(Received(f"yz/1/st-01/up/{stream}", payload, False, CONTENT_TYPE, pairs))
    assert note is not None
    await writer.put(note, len(payload), lambda: None)


async def told() -> dict[str, list[Any]]:
    """Return everything that was left for the leader."""
    found: dict[str, list[Any]] = {}
    for row in await Relayed.all().order_by("id"):
        for name, items in json.loads(row.text).items():
            found.setdefault(name, []).extend(items)
    return found


async def stored() -> int:
    return await StoredEvent.all().count()


async def test_a_batch_that_overtook_its_presence_is_stored_once_that_is_known(
    writer: Writer, rebirths: list[str]
) -> None:
    await send(writer, make_batch([1], epoch=2), 1, epoch=2)
    await asyncio.sleep(0.3)
    assert await stored() == 0
    await present(2)
    await until(stored, "it is stored")
    assert (rebirths, await DeadLetter.all().count()) == ([], 0)
    assert (await told())["acks"] == [["st-01", STORE]]


async def test_a_batch_that_nobody_announces_is_refused_after_a_while_and_its_station_asked(
    writer: Writer, rebirths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "PATIENCE_S", 0.3)
    await send(writer, make_batch([1], epoch=2), 1, epoch=2)
    await until(lambda: rebirths == ["st-01"], "the station is asked")
    assert [row.reason for row in await DeadLetter.all()] == ["epoch_ahead"]
    assert (writer._parking._since, writer._parking._waiting) == ({}, {})


async def test_what_it_heard_and_whose_ack_is_due_is_told_with_what_is_stored(writer: Writer) -> None:
    lost = {"type": "cn.yizhan.door.slot.changed.v1", "data": {"health": "stale", "cause": "usb", "text": ""}}
    await send(writer, make_batch([1]), 1)
    await send(writer, json.dumps([make_event(1, "ops", **lost)]).encode(), 1, "ops")
    live = json.dumps({"at": AT, "health": "good", "values": {"open": True}}).encode()
    note = take_apart(Received("yz/1/st-01/door-1/live", live, False, None, ()))
    assert note is not None
    await writer.put(note, len(live), lambda: None)
    await until(stored, "all is stored")

    async def all_told() -> bool:
        return {"acks", "heard", "slots", "health", "lives"} <= (await told()).keys()

    await until(all_told, "all is told")
    found = await told()
    assert set(found["heard"]) == {"st-01"}
    assert ["st-01", "door-1"] in found["slots"]
    assert ["st-01", "door-1", AT, {"open": True}] in found["lives"]
    assert {tuple(line[:3]) for line in found["health"]} <= {("st-01", "door-1", "stale"), ("st-01", "door-1", "good")}


async def test_a_station_that_was_taken_from_the_tree_is_unknown_to_it_at_once(writer: Writer) -> None:
    await send(writer, make_batch([1]), 1)
    await until(stored, "it is stored")
    await Station.filter(id="st-01").delete()
    await send(writer, make_batch([2]), 2)

    async def refused() -> bool:
        return [row.reason for row in await DeadLetter.all()] == ["unknown_station"]

    await until(refused, "it is kept as a letter")
    assert await stored() == 1
