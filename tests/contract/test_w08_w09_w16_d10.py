"""W8, W9, W16 and D10 with the real agent through a real broker: order, disk budget, silence, the lost tail."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.simulators.make import sim
from devices.simulators.service import listening
from edge import window
from edge.agent import Agent
from protocols.venue.events import Event
from protocols.venue.timestamps import parse_time
from protocols.venue.vocabulary import STREAMS, Stream
from provisioning.demo.clock_server import clock_server
from provisioning.site import parse_site
from tests.cloud.running import Running
from tests.contract.agents import SILENT, of_type, running_agent, works
from tests.edge.cloud import Cloud, cloud
from tests.edge.stations import STATION, event, events
from tests.edge.test_supervisor import door
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker

PAD = "x" * 1_000
MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
SMALL_DISK = (
    f'[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "{STATION}"\nname = "谏壁驿站"\n'
    f"outbox = {{ max_mb = 1 }}\n{SILENT}"
)


async def all_acked(core: Cloud, stream: Stream, count: int) -> None:
    await until(lambda: core.upto[stream] >= count, f"{count} events of {stream} are acked", 30)


async def test_w08_after_a_reconnect_live_events_go_first_and_the_backlog_follows_as_replay(
    broker: Broker, tmp_path: Path
) -> None:
    async with cloud(broker.port, online=False) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(8_000))
        core.acking = False
        await core.online()
        await until(lambda: len(core.batches) >= 3, "the backlog has used up its part of the credit")
        await asyncio.sleep(0.5)
        assert len(core.batches) == 3, "one of four unacked batches is kept free for live events"
        assert {one.replay for _, batch in core.batches for one in batch} == {True}
        await agent.outbox.put("evidence", event())
        await until(lambda: 8_001 in core.stored["evidence"], "the live event has overtaken")
        assert core.stored["evidence"][8_001].replay is False
        assert max(seq for seq in core.stored["evidence"] if seq <= 8_000) < 8_000
        core.acking = True
        await core.ack()
        await all_acked(core, "evidence", 8_001)


async def test_w08_evidence_is_drained_before_ops_and_ops_before_telemetry(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port, online=False) as core, running_agent(tmp_path / "s", broker) as agent:
        for stream in reversed(STREAMS):
            await agent.outbox.put_many(stream, events(3_000, stream))
        await core.online()
        for stream in STREAMS:
            await all_acked(core, stream, 3_000)
        sent = [stream for stream, batch in core.batches if batch[0].replay]
        assert sent == sorted(sent, key=["evidence", "ops", "telemetry"].index)


@pytest.mark.db
async def test_w09_a_full_disk_thins_telemetry_then_ops_never_evidence_and_says_so(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    await running.apply(SMALL_DISK)
    await broker.kill()
    async with running_agent(tmp_path / "s", broker, described=parse_site(SMALL_DISK)) as agent:
        await agent.outbox.put_many("ops", [event(n, PAD, "ops") for n in range(1, 101)])
        await agent.outbox.put_many("telemetry", [event(n, PAD, "telemetry") for n in range(1, 401)])
        for _ in range(7):
            await agent.outbox.put_many("evidence", [event(n, PAD) for n in range(1, 41)])
        assert agent.outbox.head("ops").first == 1, "ops wait until no telemetry is left"
        assert (agent.outbox.head("telemetry").first or 401) > 1
        for _ in range(10):
            await agent.outbox.put_many("evidence", [event(n, PAD) for n in range(1, 41)])
        assert agent.outbox.head("telemetry").first is None
        assert (agent.outbox.head("ops").first or 1_000) > 1
        assert agent.outbox.head("evidence").first == 1
        last = agent.outbox.head("evidence").last
        await broker.start()
        await until(lambda: agent.outbox.head("evidence").upto >= last, "evidence is acked", 30)

        async def told() -> bool:
            streams = (await running.get(f"/api/v1/stations/{STATION}"))["streams"]
            return bool(streams["telemetry"]["upto"] >= 400 and streams["telemetry"]["lost"] == [[1, 400]])

        await until(told, "the core shows what was lost of telemetry")
        streams = (await running.get(f"/api/v1/stations/{STATION}"))["streams"]
        assert streams["evidence"]["lost"] == streams["evidence"]["gaps"] == []
        assert streams["evidence"]["count"] >= last
        assert streams["ops"]["lost"][0][0] == 1

        async def alarmed() -> bool:
            kinds = [one["kind"] for one in (await running.get("/api/v1/alarms"))["items"]]
            return "outbox_filled" in kinds

        await until(alarmed, "the alarm of a disk at 80 % is raised")


async def test_w16_a_door_that_nobody_moves_is_reported_and_one_that_is_gone_is_not(
    broker: Broker, tmp_path: Path
) -> None:
    async with cloud(broker.port) as core, clock_server(MORNING) as server, AsyncExitStack() as device:
        address = await device.enter_async_context(listening(sim("door"), "tcp://127.0.0.1:0"))
        async with running_agent(tmp_path / "s", broker, door(address), clock_url=server.url) as agent:
            await works(agent, "door-1")
            await server.advance_to(MORNING + timedelta(minutes=10))
            await until(lambda: len(reports(core)) >= 9, "an unchanged door is reported at every heartbeat")
            before = len(reports(core))
            await device.aclose()
            await until(lambda: lost(core), "the loss is told")
            await server.advance_to(MORNING + timedelta(minutes=20))
            await acked_everything(core, agent)
    found = [one.data for one in reports(core)]
    assert {(one["value"], one["from"]) for one in found} == {(found[0]["value"], found[0]["from"])}, "one that grows"
    ends = [parse_time(one["to"]) for one in found]
    assert ends == sorted(ends)
    assert ends[before - 1] - ends[0] >= timedelta(minutes=8)
    assert ends[-1] <= MORNING + timedelta(minutes=11), "nothing is said of the time in which nobody saw the door"
    assert lost(core)[0].data["cause"] == "network"


async def acked_everything(core: Cloud, agent: Agent) -> None:
    await until(lambda: core.upto["evidence"] == agent.outbox.head("evidence").last, "all that was recorded has come")


def lost(core: Cloud) -> list[Event]:
    """Return how the station told that its door is lost."""
    return [one for one in of_type(core, "ops", "door.slot.changed") if one.data["health"] == "stale"]


def reports(core: Cloud) -> list[Event]:
    """Return the intervals of the door that the cloud has, in order."""
    return of_type(core, "evidence", "door.signal.interval")


async def test_d10_what_no_ack_covers_is_sent_again_as_replay_and_puback_frees_nothing(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert window.RETRY_S == (10.0, 20.0, 40.0, 60.0)
    monkeypatch.setattr(window, "RETRY_S", (1.0, 2.0, 4.0))
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        core.acking = False
        await until(lambda: agent.session._sender is not None and agent.session._sender._online, "the core answered")
        await agent.outbox.put_many("telemetry", events(3, "telemetry"))
        await until(lambda: sent(core), "the tail is sent once", 10)
        assert agent.outbox.head("telemetry").first == 1
        await until(lambda: len(sent(core)) >= 3, "it is sent again and again", 20)
        first, second, third = sent(core)[:3]
        assert [one.seq for one in first] == [one.seq for one in second] == [one.seq for one in third] == [1, 2, 3]
        assert [one.id for one in first] == [one.id for one in second]
        assert ({one.replay for one in first}, {one.replay for one in second}) == ({False}, {True})
        assert agent.outbox.head("telemetry").first == 1
        core.acking = True
        await core.ack()
        await until(lambda: agent.outbox.head("telemetry").first is None, "the ack frees it")


def sent(core: Cloud) -> list[list[Event]]:
    """Return the batches of telemetry in the order of their arrival."""
    return [batch for stream, batch in core.batches if stream == "telemetry"]
