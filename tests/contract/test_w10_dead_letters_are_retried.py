"""W10 at the core: what failed is kept with its bytes, its seq is consumed, and a retry after a fix stores it once."""

import json
import os
import sys
from asyncio import create_subprocess_exec, subprocess
from typing import Any, Literal

import pytest

from cloud.ingest.models import DeadLetter
from cloud.kpi.models import SignalInterval
from cloud.platform.settings import Settings
from protocols.venue.messages import MESSAGES
from protocols.venue.messages.common import Data
from tests.cloud.running import Running, running_core
from tests.cloud.station import AT, Station, make_batch, make_event, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]


class TooStrict(Data):
    """A model with a mistake: it refuses what doors really send."""

    never: Literal["so"]


async def present(station: Station) -> None:
    await station.presence()
    await station.birth()
    await until(lambda: station.newest("ack"), "the birth is taken")


async def bury_three(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have events 2-4 dead-lettered by a fault of ours, and then mend it."""
    await present(station)
    await station.send_events(1, 1)
    await until(lambda: station.acked() == 1, "stored")
    with monkeypatch.context() as fault:
        fault.setitem(MESSAGES, "cn.yizhan.door.signal.interval.v1", TooStrict)
        await station.send_events(2, 4)
        await until(lambda: station.acked() == 4, "consumed")


async def seqs(running: Running) -> list[int]:
    return [item["seq"] for item in (await running.get("/api/v1/stations/st-01/events"))["items"]]


async def test_w10_a_retry_after_a_fix_stores_each_letter_once_with_its_effects(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await bury_three(station, monkeypatch)
        bad = make_event(5, data={"signal": "door", "value": "ajar", "from": AT, "to": AT, "samples": 1})
        await station.send(json.dumps([bad]).encode(), 5, 5)
        await until(lambda: station.acked() == 5, "consumed")
        assert await seqs(running) == [1]
        letters = (await running.get("/api/v1/deadletters?reason=schema"))["items"]
        assert sorted(letter["from"] for letter in letters) == [2, 3, 4, 5]
        await SignalInterval.all().delete()
        results = {one["from"]: await retry(running, one["id"]) for one in letters}
        assert [results[seq]["result"] for seq in (2, 3, 4, 5)] == ["stored", "stored", "stored", "refused"]
        assert await seqs(running) == [1, 2, 3, 4]
        assert await SignalInterval.all().count() == 1
        gone = next(one["id"] for one in letters if one["from"] == 2)
        assert (await running.call("POST", f"/api/v1/deadletters/{gone}/retry")).status == 404
        await station.send_events(2, 4, replay=True)
        await station.send_events(6, 6)
        await until(lambda: station.acked() == 6, "it goes on")
    state = (await running.get("/api/v1/stations/st-01"))["streams"]["evidence"]
    assert (state["upto"], state["count"]) == (6, 5)
    page = await (await running.call("GET", "/deadletters")).text()
    assert "格式不符" in page
    assert "重试" in page
    left = await DeadLetter.get(reason="schema")
    assert "仍不合约定" in await (await running.call("POST", f"/deadletters/{left.id}/retry")).text()


async def test_w10_what_was_given_up_as_lost_is_stored_when_it_can_be_read_after_all(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        for _ in range(4):
            await station.send(b"[{]", 1, 2)
        await until(lambda: station.acked() == 2, "given up")
        letter = await DeadLetter.get(reason="not_json")
        assert (await retry(running, letter.id))["result"] == "refused"
        await DeadLetter.filter(id=letter.id).update(payload=make_batch([1, 2]))
        assert await retry(running, letter.id) == {"id": letter.id, "result": "stored", "events": 2, "why": ""}
    state = (await running.get("/api/v1/stations/st-01"))["streams"]["evidence"]
    assert (state["lost"], state["count"], state["upto"]) == ([], 2, 2)


async def test_w10_a_conflict_is_kept_as_it_is_and_raises_an_alarm(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 1)
        await until(lambda: station.acked() == 1, "stored")
        await station.send_events(1, 1, id="0195f3c2-9999-7000-8000-000000000001")
        await until(DeadLetter.filter(reason="conflict").exists, "the conflict is kept")
    letter = await DeadLetter.get(reason="conflict")
    assert (await retry(running, letter.id))["result"] == "kept"
    assert [one["kind"] for one in (await running.get("/api/v1/alarms"))["items"]] == ["conflict"]


async def test_w10_the_command_line_lists_and_retries_beside_a_running_core(
    settings: Settings, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url})) as running:
        await running.apply()
        async with station_at(broker.url) as station:
            await bury_three(station, monkeypatch)
            listed = await program(settings, "list", "--station", "st-01")
            assert sorted(line["from"] for line in listed) == [2, 3, 4]
            assert [line["result"] for line in await program(settings, "retry")] == ["stored"] * 3
            assert await program(settings, "list") == []
            await station.send_events(5, 5)
            await until(lambda: station.acked() == 5, "the running core goes on")
            assert await seqs(running) == [1, 2, 3, 4, 5]


async def retry(running: Running, letter: int) -> dict[str, Any]:
    return await running.post(f"/api/v1/deadletters/{letter}/retry")


async def program(settings: Settings, *words: str) -> list[dict[str, Any]]:
    """Run `yizhan cloud deadletters …` and return its lines."""
    mine = {"YIZHAN_DATA_DIR": str(settings.data_dir), "YIZHAN_DATABASE_URL": settings.database_url}
    process = await create_subprocess_exec(
        sys.executable, "yizhan.py", "cloud", "deadletters", *words, stdout=subprocess.PIPE, env=os.environ | mine
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]
