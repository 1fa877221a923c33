"""W19, W21, W22, D21-D23, D26 at the core: a command ends once; a late answer is kept beside its end."""

import json
from typing import Any

import pytest

from cloud.fleet import commands
from cloud.identity.service import create_token
from cloud.platform.settings import Settings
from tests.cloud.running import Running, running_core
from tests.cloud.station import AT, Station, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

WHERE = "/api/v1/stations/st-01/slots/door-1/commands"
UNCLEAR = {"code": "restart", "text": "restarted between started and effect_done"}


async def asked(running: Running, station: Station, **members: Any) -> dict[str, Any]:
    """Send a command and return it as the station got it."""
    answer = await running.post(WHERE, {"name": "unlock", "args": {"hold_s": 3}, **members}, 202)
    await until(lambda: station.newest("door-1/cmd/unlock").get("id") == answer["id"], "the station has it")
    return station.newest("door-1/cmd/unlock")


async def state_of(running: Running, command: dict[str, Any]) -> dict[str, Any]:
    return await running.get(f"/api/v1/commands/{command['id']}")


async def becomes(running: Running, command: dict[str, Any], state: str, timeout_s: float = 15.0) -> dict[str, Any]:
    async def is_it() -> bool:
        return bool((await state_of(running, command))["state"] == state)

    await until(is_it, f"the command is {state}", timeout_s)
    return await state_of(running, command)


async def ended_event(station: Station, seq: int, command: dict[str, Any], state: str, **data: Any) -> None:
    body = {"id": command["id"], "name": command["name"], "state": state, **data}
    await station.send_events(seq, seq, "ops", type="cn.yizhan.door.command.ended.v1", data=body)


async def test_w19_a_command_carries_what_the_station_needs_to_answer_it(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        response = await running.call("POST", WHERE, json={"name": "unlock", "args": {"hold_s": 3}, "expires_s": 30})
        body = await response.json()
        assert (response.status, response.headers["Location"]) == (202, f"/api/v1/commands/{body['id']}")
        await until(lambda: station.newest("door-1/cmd/unlock"), "the station has it")
        command, properties = station.newest("door-1/cmd/unlock"), station.properties["door-1/cmd/unlock"]
        assert (command["id"], command["args"], command["timeout_s"]) == (body["id"], {"hold_s": 3}, 60)
        assert properties.ResponseTopic == "yz/1/st-01/reply/main"
        assert properties.CorrelationData == body["id"].encode()
        assert 1 <= properties.MessageExpiryInterval <= 30
        assert (await becomes(running, command, "sent"))["by"].startswith("token:")


async def test_w22_replies_lead_through_the_states_to_one_end(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        command = await asked(running, station)
        await station.reply(command, "received", 1)
        await station.reply(command, "accepted", 2)
        await station.reply(command, "progress", 3, progress={"step": "turn", "done": 1, "total": 2})
        await station.reply(command, "done", 4, result={"locked": False})
        done = await becomes(running, command, "done")
        assert [line["state"] for line in done["history"]] == [
            "queued", "sent", "received", "accepted", "progress", "done",
        ]  # fmt: skip
        assert (done["result"], done["late"], done["reason"]) == ({"locked": False}, None, None)
        await station.reply(command, "failed", 5, reason={"code": "device", "text": ""})
        await station.reply(command, "done", 4, result={"locked": True}, ledger=True)
        other = await asked(running, station)
        await station.reply(other, "rejected", 1, reason={"code": "bad_args", "text": "hold_s"})
        assert (await becomes(running, other, "rejected"))["reason"] == {"code": "bad_args", "text": "hold_s"}
        assert await state_of(running, command) == done


async def test_w22_a_lost_reply_is_made_up_for_by_the_ended_event(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        command = await asked(running, station)
        await ended_event(station, 1, command, "done", result={"locked": False})
        done = await becomes(running, command, "done")
        await station.reply(command, "done", 1, result={"locked": False})
        other = await asked(running, station)
        await station.reply(other, "received")
        await becomes(running, other, "received")
        assert await state_of(running, command) == done


async def test_w22_a_command_that_nobody_answers_is_ended_and_what_comes_later_is_late(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "GRACE_S", 0.5)
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        silent = await asked(running, station, expires_s=1)
        started = await asked(running, station, timeout_s=1)
        await station.reply(started, "received")
        assert (await becomes(running, silent, "expired"))["reason"]["code"] == "no_answer"
        over = await becomes(running, started, "timed_out")
        assert (over["late"], over["result"]) == (None, None)
        await ended_event(station, 1, started, "done", result={"locked": False})
        await until(lambda: station.acked("ops") == 1, "stored")
        late = await state_of(running, started)
        assert (late["state"], late["ended_at"]) == ("timed_out", over["ended_at"])
        assert late["late"] == {"state": "done", "at": AT, "result": {"locked": False}, "reason": None}


async def test_w22_commands_survive_a_restart_of_the_core_and_of_the_broker(settings: Settings, broker: Broker) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with running_core(chosen) as running:
        await running.apply()
        async with station_at(broker.url) as station:
            command = await asked(running, station)
            await station.reply(command, "received")
            await becomes(running, command, "received")
        await broker.kill()
        waiting = await running.post(WHERE, {"name": "lock"}, 202)
        assert waiting["state"] == "queued"
    await broker.start()
    async with station_at(broker.url) as station, running_core(chosen) as running:
        await until(lambda: station.newest("door-1/cmd/lock").get("id") == waiting["id"], "what waited is sent")
        await station.reply(command, "done", 2, result={})
        await becomes(running, command, "done")


async def test_w21_what_is_indeterminate_waits_for_a_person_whose_word_is_kept(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        command = await asked(running, station, expires_s=40)
        await station.reply(command, "indeterminate", 2, reason=UNCLEAR)
        assert (await becomes(running, command, "indeterminate"))["undecided"] is True
        today = await (await running.call("GET", "/")).text()
        assert "命令结果不明" in today
        page = await (await running.call("GET", "/venues/st-01")).text()
        assert all(word in page for word in ("已发生", "未发生", "再做一次"))
        where = f"/api/v1/commands/{command['id']}/decision"
        assert (await running.post(where, {"choice": "perhaps"}, 422))["type"] == "urn:yizhan:problem:invalid-input"
        decided = await running.post(where, {"choice": "again"})
        assert (decided["undecided"], decided["decision"]["choice"]) == (False, "again")
        assert decided["decision"]["by"].startswith("token:")
        await until(
            lambda: station.newest("door-1/cmd/unlock")["id"] == decided["again"], "it is done again, as another"
        )
        again = station.newest("door-1/cmd/unlock")
        assert (again["args"], (await state_of(running, again))["again_of"]) == (command["args"], command["id"])
        assert (await running.post(where, {"choice": "happened"}, 409))["type"] == "urn:yizhan:problem:command-decided"


async def test_w19_who_may_not_send_commands_is_refused_and_unknown_places_are_not_found(
    running: Running, broker: Broker
) -> None:
    del broker
    await running.apply()
    auditor = {"Authorization": f"Bearer {await create_token(running.core, 'auditor')}"}
    refused = await running.call("POST", WHERE, json={"name": "unlock"}, headers=auditor)
    assert refused.status == 403
    await running.post("/api/v1/stations/st-99/slots/door-1/commands", {"name": "unlock"}, 404)
    await running.post("/api/v1/stations/st-01/slots/none/commands", {"name": "unlock"}, 404)
    await running.post(WHERE, {"name": "unlock", "args": []}, 422)
    assert (await running.call("GET", "/api/v1/commands/none")).status == 404


async def test_w22_what_is_no_reply_changes_nothing(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station, station_at(broker.url, "st-02") as other:
        command = await asked(running, station)
        await station.client.publish(station.topic("reply/main"), b"{", qos=1)
        await other.reply(command, "done", 1, result={})
        body = json.dumps({**command, "state": "done"})
        await station.client.publish(station.topic("reply/other"), body, qos=1)
        await station.reply(command, "received", 1)
        assert [line["state"] for line in (await becomes(running, command, "received"))["history"]] == [
            "queued", "sent", "received",
        ]  # fmt: skip
