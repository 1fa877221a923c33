"""W19-W23 with D21-D23: typed, entered in the ledger, ended for certain; against the real agent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from devices.driver import Host, Json
from devices.drivers.probe import ProbeDriver
from edge.agent import Agent
from protocols.venue.timestamps import format_time
from tests.contract.agents import SILENT, of_type, running_agent, works
from tests.contract.asker import REPLIES, Asker, asker, command
from tests.edge.cloud import Cloud, cloud
from tests.edge.stations import WALL
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker


@dataclass
class Scene:
    """One agent with a silent probe, a cloud that acks, and somebody who asks."""

    folder: Path
    core: Cloud
    agent: Agent
    staff: Asker

    @property
    def strikes(self) -> int:
        """How often the effect has happened."""
        file = self.folder / "slots" / "probe-1" / "strikes"
        return int(file.read_text()) if file.exists() else 0

    async def ended(self, command_id: str) -> dict[str, Any]:
        """Return the data of the command's `command.ended` event."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            stored = self.core.stored["ops"].values()
            all_ends = [one.data for one in stored if one.type.endswith(".command.ended.v1")]
            found[:] = [data for data in all_ends if data["id"] == command_id]
            return bool(found)

        await until(there, "the event came")
        assert len(found) == 1
        return found[0]


@pytest.fixture
async def scene(broker: Broker, tmp_path: Path) -> AsyncIterator[Scene]:
    folder = tmp_path / "s"
    async with (
        cloud(broker.port) as core,
        asker(broker.port) as staff,
        running_agent(folder, broker, SILENT, WALL) as agent,
    ):
        await works(agent)
        yield Scene(folder, core, agent, staff)


async def test_w19_a_typed_command_is_received_accepted_and_done_with_its_result(scene: Scene) -> None:
    done = await scene.staff.ask(command("echo", {"text": "你好"}))
    assert done["result"] == {"text": "你好"}
    assert scene.staff.states(done["id"]) == ["received", "accepted", "done"]
    assert [reply["n"] for reply in scene.staff.replies[done["id"]]] == [1, 2, 3]
    assert {reply["ledger"] for reply in scene.staff.replies[done["id"]]} == {False}
    assert {reply["epoch"] for reply in scene.staff.replies[done["id"]]} == {scene.agent.start.epoch}


@pytest.mark.parametrize(
    ("name", "args", "slot", "code"),
    [
        ("strike", {"hold_s": 31}, "probe-1", "bad_args"),
        ("strike", {"hold_s": "1"}, "probe-1", "bad_args"),
        ("echo", {"words": "x"}, "probe-1", "bad_args"),
        ("dance", {}, "probe-1", "unknown_command"),
        ("echo", {}, "wall", "unknown_command"),
        ("echo", {}, "attic", "unknown_slot"),
    ],
)
async def test_w19_what_the_profile_does_not_allow_is_rejected_at_once(
    scene: Scene, name: str, args: dict[str, Any], slot: str, code: str
) -> None:
    refused = await scene.staff.ask(command(name, args), slot)
    assert (refused["state"], refused["reason"]["code"], refused["n"]) == ("rejected", code, 1)
    told = await scene.ended(refused["id"])
    assert (told["state"], told["reason"]["code"], told["name"]) == ("rejected", code, name)
    assert scene.strikes == 0


async def test_w20_a_repeated_command_is_answered_from_the_ledger(scene: Scene) -> None:
    strike = command("strike")
    first = await scene.staff.ask(strike)
    assert (first["state"], first["result"]) == ("done", {"count": 1})
    await scene.staff.send(strike)
    again = await scene.staff.end(strike["id"], count=2)
    assert (again["state"], again["result"], again["ledger"], again["n"]) == ("done", {"count": 1}, True, 4)
    assert scene.strikes == 1


async def test_w20_a_repeat_of_a_running_command_hears_how_far_it_is(scene: Scene) -> None:
    strike = command("strike", {"hold_s": 1})
    await scene.staff.send(strike)
    await scene.staff.reply(strike["id"], "accepted")
    await until(lambda: scene.strikes == 1, "the effect happened")
    await scene.staff.send(strike)
    await until(lambda: scene.staff.states(strike["id"])[2:3] == ["accepted"], "the repeat is answered")
    assert scene.staff.replies[strike["id"]][2]["ledger"] is True
    await scene.staff.end(strike["id"])
    assert scene.strikes == 1


async def test_w20_an_id_used_for_something_else_is_rejected_and_the_first_run_stays(scene: Scene) -> None:
    strike = command("strike")
    await scene.staff.ask(strike)
    await scene.staff.send({**strike, "args": {"hold_s": 1}})
    refused = await scene.staff.end(strike["id"], count=2)
    assert (refused["state"], refused["reason"]["code"]) == ("rejected", "id_reused")
    assert (await scene.ended(strike["id"]))["state"] == "done"
    await scene.staff.send(strike)
    assert (await scene.staff.end(strike["id"], count=3))["state"] == "done"
    assert scene.strikes == 1


async def test_w20_a_slot_does_one_thing_that_must_not_happen_twice_at_a_time(scene: Scene) -> None:
    strike = await scene.staff.send(command("strike", {"hold_s": 1}))
    for other in (command("strike"), command("echo")):
        refused = await scene.staff.ask(other)
        assert (refused["state"], refused["reason"]["code"]) == ("rejected", "busy")
    assert (await scene.staff.end(strike))["state"] == "done"
    assert (await scene.staff.ask(command("echo")))["state"] == "done"
    assert scene.strikes == 1


async def test_w20_harmless_commands_run_side_by_side(scene: Scene) -> None:
    sent = [await scene.staff.send(command("echo", {"text": str(number)})) for number in range(5)]
    assert [(await scene.staff.end(one))["result"] for one in sent] == [{"text": str(number)} for number in range(5)]


async def test_w22_the_whole_command_has_a_time(scene: Scene) -> None:
    failed = await scene.staff.ask(command("strike", {"hold_s": 20}, timeout_s=0.3))
    assert (failed["state"], failed["reason"]["code"]) == ("failed", "timeout")


async def test_w22_every_step_has_a_time(scene: Scene) -> None:
    failed = await scene.staff.ask(command("strike", {"hold_s": 20}, step_timeout_s=0.3))
    assert (failed["state"], failed["reason"]["code"]) == ("failed", "step_timeout")
    assert (await scene.ended(failed["id"]))["reason"]["code"] == "step_timeout"


async def test_w22_progress_is_told_and_begins_the_step_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_steps(_driver: ProbeDriver, _name: str, _args: Json, host: Host) -> Json:
        for number in range(1, 5):
            await asyncio.sleep(0.3)
            host.progress("render", number, 4)
        return {}

    monkeypatch.setattr(ProbeDriver, "command", in_steps)
    done = await scene.staff.ask(command("echo", step_timeout_s=0.8))
    assert done["state"] == "done"
    told = [reply["progress"] for reply in scene.staff.replies[done["id"]] if reply["state"] == "progress"]
    assert told == [{"step": "render", "done": number, "total": 4} for number in range(1, 5)]


async def test_w22_a_device_that_is_away_is_a_failure_and_no_rejection(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_driver: ProbeDriver, _name: str, _args: Json, _host: Host) -> Json:
        raise ZeroDivisionError

    monkeypatch.setattr(ProbeDriver, "command", broken)
    failed = await scene.staff.ask(command("echo"))
    assert (failed["state"], failed["reason"]["code"]) == ("failed", "device")


async def test_w22_the_end_is_also_an_event_because_replies_can_be_lost(scene: Scene) -> None:
    done = await scene.staff.ask(command("echo", {"text": "x"}))
    assert await scene.ended(done["id"]) == {
        "id": done["id"],
        "name": "echo",
        "state": "done",
        "result": {"text": "x"},
    }


async def test_w23_a_command_after_its_expires_at_is_not_executed(scene: Scene) -> None:
    late = command("strike", expires_at=format_time(datetime.now(UTC) - timedelta(seconds=1)))
    scene.agent.recorder.author.timekeeper.compared(datetime.now(UTC), round_trip_s=0.0)
    assert (await scene.staff.ask(late))["state"] == "expired"
    assert (await scene.ended(late["id"]))["state"] == "expired"
    assert scene.strikes == 0


async def test_w23_a_command_whose_message_expired_at_the_broker_never_happens(broker: Broker, tmp_path: Path) -> None:
    async with asker(broker.port) as staff:
        async with running_agent(tmp_path / "s", broker, SILENT) as agent:
            await works(agent)
        late = await staff.send(command("strike"), MessageExpiryInterval=1)
        await asyncio.sleep(1.2)
        async with running_agent(tmp_path / "s", broker, SILENT) as agent:
            await works(agent)
            assert (await staff.ask(command("strike")))["result"] == {"count": 1}
        assert "done" not in staff.states(late)  # mosquitto may deliver it all the same, without its expiry


@pytest.mark.parametrize("missing", ["ResponseTopic", "CorrelationData", "MessageExpiryInterval"])
async def test_w23_without_its_properties_a_command_is_refused_and_not_run(scene: Scene, missing: str) -> None:
    strike = command("strike")
    await scene.staff.send(strike, leave_out=missing)
    await until(lambda: of_type(scene.core, "ops", "agent.command.refused"), "the refusal is told")
    said = of_type(scene.core, "ops", "agent.command.refused")[0].data
    assert (said["slot"], said["name"]) == ("probe-1", "strike")
    if missing == "ResponseTopic":
        assert scene.staff.states(strike["id"]) == []
    else:
        refused = await scene.staff.end(strike["id"])
        assert (refused["state"], refused["reason"]["code"]) == ("rejected", "bad_request")
    assert (await scene.staff.ask(command("strike")))["result"] == {"count": 1}


@pytest.mark.parametrize("topic", ["yz/1/st-02/reply/core-1", "yz/1/st-01/ack", "elsewhere"])
async def test_w23_an_answer_goes_nowhere_but_to_the_stations_own_reply_topics(
    scene: Scene, broker: Broker, topic: str
) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as other:
        await other.subscribe(topic, 1)
        await scene.staff.send(command("strike"), ResponseTopic=topic)
        await until(lambda: of_type(scene.core, "ops", "agent.command.refused"), "the refusal is told")
        await other.publish(topic, "the last word", 1)
        async for message in other.messages:
            if message.payload == b"the last word":
                break
            assert b"rejected" not in bytes(message.payload)
    assert scene.strikes == 0


async def test_w23_what_is_no_command_at_all_is_refused(scene: Scene) -> None:
    await scene.staff.send(b"[1]", CorrelationData=b"x", ResponseTopic=REPLIES)
    await until(lambda: of_type(scene.core, "ops", "agent.command.refused"), "the refusal is told")
    assert (await scene.staff.ask(command("echo")))["state"] == "done"


async def test_d23_an_end_that_found_no_connection_is_replied_after_the_next_connect(
    scene: Scene, broker: Broker
) -> None:
    strike = await scene.staff.send(command("strike", {"hold_s": 1}))
    await scene.staff.reply(strike, "accepted")
    await broker.kill()
    await until(lambda: scene.agent.commands.ended["done"], "it ends without a connection")
    await broker.start()
    async with asker(broker.port) as staff:
        assert (await staff.end(strike))["result"] == {"count": 1}
    assert scene.strikes == 1
