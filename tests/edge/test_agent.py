"""The whole agent against a real broker and a small cloud."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from devices.drivers.probe import ProbeDriver
from edge.agent import Agent, AgentConfig, open_agent
from edge.uplink import parse_broker_url
from protocols.venue.vocabulary import STREAMS, Stream
from tests.edge.cloud import AT, Cloud, cloud
from tests.edge.stations import PROBE, STATION, WALL, event, events, manifest, signed, site, types_in
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker
OTHER = "0195f3c2-0000-7000-8000-00000000000b"


@asynccontextmanager
async def running_agent(folder: Path, broker: Broker, *slots: str) -> AsyncIterator[Agent]:
    folder.mkdir(exist_ok=True)
    config = AgentConfig(site(*slots), STATION, folder, parse_broker_url(broker.url))
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run(), name="agent")
        try:
            yield agent
        finally:
            agent.stop()
            await task


async def acked(core: Cloud, agent: Agent, stream: Stream = "evidence") -> None:
    """Wait until the cloud has everything there is and the station knows it."""

    def complete() -> bool:
        head = agent.outbox.head(stream)
        return core.seqs(stream) == list(range(1, head.last + 1)) and 0 < head.last == head.upto

    await until(complete, f"{stream} is stored and acked")


async def test_presence_birth_and_twin_come_before_the_first_event(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, PROBE.format(rate=0.0)) as agent:
        await agent.outbox.put("evidence", event())
        await acked(core, agent)
        names = [topic.removeprefix(f"yz/1/{STATION}/") for topic, _ in core.messages]
        assert names[:3] == ["presence", "birth", "twin/reported"]
        birth = core.documents("birth")[0]
        assert birth["why"] == "start"
        assert (birth["epoch"], birth["conn"], birth["store"]) == (agent.start.epoch, 1, agent.outbox.store)
        assert birth["slots"]["probe-1"]["capabilities"] == ["gain", "label", "cmd:echo", "cmd:strike"]


async def test_without_core_state_events_are_recorded_and_not_sent(broker: Broker, tmp_path: Path) -> None:
    async with (
        cloud(broker.port, online=False) as core,
        running_agent(tmp_path / "s", broker, PROBE.format(rate=0.0)) as agent,
    ):
        await until(lambda: core.documents("birth"), "the birth came")
        await agent.outbox.put("evidence", event())
        await core.online()
        await acked(core, agent)
        await core.online(online=False)
        await until(lambda: not agent.session.core_online, "the core is known to be away")
        sent = agent.session.sent_batches()
        await agent.outbox.put("evidence", event())
        await asyncio.sleep(0.5)  # more than the 0.2 s after which a batch would have left
        assert agent.session.sent_batches() == sent
        await core.online()
        await acked(core, agent)
        assert core.stored["evidence"][2].replay is True


async def test_live_events_overtake_the_backlog_and_are_no_replays(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port, online=False) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(8_000))
        core.acking = False
        await core.online()
        await until(lambda: len(core.batches) >= 3, "the credit of the backlog is used up")
        await agent.outbox.put("evidence", event())
        await until(lambda: 8_001 in core.stored["evidence"], "the live event has overtaken")
        backlog, live = core.batches[:3], core.batches[3:]
        assert [event.seq for _, batch in live for event in batch] == [8_001]
        sent = [event.seq for _, batch in backlog for event in batch]
        assert sent == list(range(1, len(sent) + 1))
        assert core.stored["evidence"][8_001].replay is False
        assert core.stored["evidence"][1].replay is True
        core.acking = True
        await core.ack()
        await acked(core, agent)


async def test_evidence_is_drained_before_ops_and_ops_before_telemetry(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port, online=False) as core, running_agent(tmp_path / "s", broker) as agent:
        for stream in reversed(STREAMS):
            await agent.outbox.put_many(stream, events(4_000, stream))
        await core.online()
        for stream in STREAMS:
            await acked(core, agent, stream)
        sent = [stream for stream, _ in core.batches]
        assert sent == sorted(sent, key=["evidence", "ops", "telemetry"].index)


async def test_at_most_four_batches_wait_for_an_ack(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port, online=False) as core, running_agent(tmp_path / "s", broker) as agent:
        core.acking = False
        await core.online()
        await until(lambda: agent.session.core_online, "the core is known")
        for _ in range(6):
            await agent.outbox.put_many("evidence", events(500))
        await until(lambda: len(core.batches) == 4, "the credit is used up")
        await asyncio.sleep(0.5)
        assert len(core.batches) == 4
        core.acking = True
        await core.ack()
        await acked(core, agent)


async def test_everything_arrives_once_though_the_broker_is_killed_again_and_again(
    broker: Broker, tmp_path: Path
) -> None:
    async with running_agent(tmp_path / "s", broker, PROBE.format(rate=200.0)) as agent:
        stored: dict[int, str] = {}
        for epoch in range(1, 5):
            async with cloud(broker.port, epoch) as core:
                core.upto["evidence"] = agent.outbox.head("evidence").upto
                await until(lambda: core.seqs("evidence"), "events come")
                await asyncio.sleep(0.1 * epoch)
                await broker.kill()
                stored |= {seq: one.id for seq, one in core.stored["evidence"].items()}
            await broker.start()
        async with cloud(broker.port, 9) as core:
            core.upto["evidence"] = agent.outbox.head("evidence").upto
            goal = agent.outbox.head("evidence").last
            await until(lambda: agent.outbox.head("evidence").upto >= goal, "all is acked")
            stored |= {seq: one.id for seq, one in core.stored["evidence"].items()}
        assert set(range(1, goal + 1)) <= stored.keys()
        assert len(set(stored.values())) == len(stored)


async def test_a_reconnect_counts_connections_and_an_agent_restart_counts_epochs(
    broker: Broker, tmp_path: Path
) -> None:
    async with running_agent(tmp_path / "s", broker) as agent:
        await until(lambda: agent.uplink.connected, "connected")
        await broker.kill()
        await broker.start()
        async with cloud(broker.port) as core:
            await until(lambda: core.documents("birth"), "a birth after the reconnect", 20)
            assert (core.documents("birth")[0]["conn"], core.documents("birth")[0]["why"]) == (2, "reconnect")
        first = agent.start.epoch
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await until(lambda: core.documents("birth"), "a birth after the restart")
        assert core.documents("birth")[0]["epoch"] == agent.start.epoch > first


async def test_stop_says_goodbye(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core:
        async with running_agent(tmp_path / "s", broker):
            await until(lambda: core.documents("presence"), "presence")
        await until(lambda: len(core.documents("presence")) == 2, "the goodbye")
        last = core.documents("presence")[-1]
        assert (last["online"], last["reason"]) == (False, "stop")


async def test_a_rebirth_is_answered_within_the_time_that_was_given(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker):
        await until(lambda: core.documents("birth"), "the first birth")
        await core.publish("rebirth", {"at": AT, "within_s": 0.1})
        await until(lambda: len(core.documents("birth")) == 2, "the second birth", 3)
        assert core.documents("birth")[1]["why"] == "rebirth"


async def test_a_resend_brings_acked_evidence_again(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(10))
        await acked(core, agent)
        core.batches.clear()
        await core.publish("resend", {"id": OTHER, "stream": "evidence", "from": 3, "to": 5, "at": AT})
        await until(lambda: core.batches, "the range comes again")
        assert [(one.seq, one.replay) for one in core.batches[0][1]] == [(3, True), (4, True), (5, True)]


async def test_a_lowered_watermark_of_a_newer_core_brings_everything_again(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(10))
        await acked(core, agent)
        core.batches.clear()
        core.epoch += 1
        core.upto["evidence"] = 4
        core.stored["evidence"] = {seq: one for seq, one in core.stored["evidence"].items() if seq <= 4}
        await core.ack()
        await acked(core, agent)
        assert [one.seq for one in core.batches[0][1]] == [5, 6, 7, 8, 9, 10]


async def test_a_wish_is_applied_and_a_bad_field_is_refused_with_its_reason(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, PROBE.format(rate=0.0)) as agent:
        wish = {"rev": 7, "at": AT, "slots": {"probe-1": {"gain": 60, "colour": "mauve"}, "wing": {"x": 1}}}
        await until(lambda: agent.supervisor.slots["probe-1"].status.health == "good", "the probe works")
        await core.publish("twin/desired", wish, retain=True)
        await until(
            lambda: any(one["applied_rev"] == 7 for one in core.documents("twin/reported")), "the wish is reported"
        )
        slots = core.documents("twin/reported")[-1]["slots"]
        assert slots["probe-1"]["values"] == {"gain": 60, "label": ""}
        assert slots["probe-1"]["rejected"] == {"colour": "unknown_field"}
        assert slots["wing"] == {"values": {}, "rejected": {"*": "unknown_slot"}}
        driver = agent.supervisor.slots["probe-1"]._driver
        assert isinstance(driver, ProbeDriver)
        assert driver._settings == {"gain": 60, "label": ""}
        reports = len(core.documents("twin/reported"))
        await core.publish("twin/desired", wish, retain=True)
        await core.publish("twin/desired", b"[", retain=True)
        await until(lambda: len(core.documents("twin/reported")) > reports, "the bad document is reported")
        assert len(core.documents("twin/reported")) == reports + 1
        assert core.documents("twin/reported")[-1]["error"] == "not_json"
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, PROBE.format(rate=0.0)) as agent:
        assert agent.twin.settings("probe-1") == {"gain": 60}


async def test_a_probe_leaves_intervals_and_its_health(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, PROBE.format(rate=20.0)) as agent:
        # Not "everything is acked": the probe goes on, and at no moment need all of it have been acked.
        await until(lambda: core.seqs("evidence") and agent.outbox.head("evidence").upto, "intervals are acked")
        await until(lambda: core.seqs("ops"), "the slot's health came")
        assert core.stored["ops"][1].type == "cn.yizhan.probe.slot.changed.v1"
        assert core.stored["ops"][1].data["health"] == "good"
        await until(lambda: core.documents("probe-1/live"), "live values")
        assert core.documents("probe-1/live")[0]["health"] == "good"


async def test_signed_content_is_shown_and_survives_a_restart_without_the_cloud(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, WALL) as agent:
        await core.publish("content/wall", signed(manifest(3, "分拣员")), retain=True)
        await until(lambda: agent.contents.shown("wall"), "the content is shown")
        await acked(core, agent, "ops")
        applied = next(one for one in core.stored["ops"].values() if one.type == "cn.yizhan.agent.content.applied.v1")
        assert applied.data == {"channel": "wall", "rev": 3, "items": 1, "missing": 0}
    await broker.kill()
    async with running_agent(tmp_path / "s", broker, WALL) as agent:
        shown = agent.contents.shown("wall")
        assert shown is not None
        assert shown.rev == 3
        assert "agent.content.refused" not in await types_in(agent.outbox, "ops")


async def test_the_connection_is_what_the_contract_says(broker: Broker, tmp_path: Path) -> None:
    async with running_agent(tmp_path / "s", broker) as agent:
        await until(lambda: agent.uplink.connected, "connected")
        async with aiomqtt.Client("127.0.0.1", broker.port) as other:
            await other.subscribe(f"yz/1/{STATION}/presence")
            message = await anext(aiter(other.messages))
            assert message.retain
            assert isinstance(message.payload, bytes)
            assert json.loads(message.payload)["online"] is True
