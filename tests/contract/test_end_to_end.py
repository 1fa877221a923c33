"""The real core and the real agent together: a command's round trip (W19-W22), a crash (W21), a wish (W17)."""

import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.cloud.running import Running
from tests.contract.agents import SILENT, running_agent, works
from tests.edge.stations import PROBE, STATION
from tests.faults.rig import Rig, rig
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker

SITE = f'[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "{STATION}"\nname = "谏壁驿站"\n{SILENT}'
WHERE = f"/api/v1/stations/{STATION}/slots/probe-1/commands"
#: W19's figure: 150 ms at the 95th percentile on one machine.
ROUND_TRIP_S = 0.150
#: Three replies each: more than the broker may leave unconfirmed with the core.
ROUNDS = 40
#: Series until one keeps the figure.
SERIES = 3


async def ended(running: Running, command: str) -> dict[str, Any]:
    """Return a command once the core has written down its end."""
    document: dict[str, Any] = {}

    async def is_it() -> bool:
        document.update(await running.get(f"/api/v1/commands/{command}"))
        return document["ended_at"] is not None

    await until(is_it, "the command has ended", 10)
    return document


async def test_w19_a_command_goes_out_and_comes_back(running: Running, broker: Broker, tmp_path: Path) -> None:
    await running.apply(SITE)
    async with running_agent(tmp_path / "edge", broker, SILENT) as agent:
        await works(agent)
        await round_trip_s(running, 1)
        bad = await running.post(WHERE, {"name": "strike", "args": {"hold_s": 99}}, 202)
        refused = await ended(running, bad["id"])
        assert (refused["state"], refused["reason"]["code"]) == ("rejected", "bad_args")


@pytest.mark.deep
async def test_w19_a_command_comes_back_within_its_figure(running: Running, broker: Broker, tmp_path: Path) -> None:
    await running.apply(SITE)
    async with running_agent(tmp_path / "edge", broker, SILENT) as agent:
        await works(agent)
        for _ in range(SERIES):  # what else the machine does only ever adds time
            p95 = statistics.quantiles([await round_trip_s(running, number) for number in range(ROUNDS)], n=20)[-1]
            print(f"round trip: p95 {p95 * 1000:.0f} ms")
            if p95 <= ROUND_TRIP_S:
                break
    assert p95 <= ROUND_TRIP_S


async def round_trip_s(running: Running, number: int) -> float:
    """Return how long one command takes from the request to its result, s."""
    started = time.perf_counter()
    asked = await running.post(WHERE, {"name": "echo", "args": {"text": f"第 {number} 次"}}, 202)
    document = await ended(running, asked["id"])
    took_s = time.perf_counter() - started
    assert (document["state"], document["result"]) == ("done", {"text": f"第 {number} 次"})
    return took_s


async def test_w17_a_wish_reaches_the_device_and_its_answer_the_core(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    await running.apply(SITE)

    async def twin() -> dict[str, Any]:
        document: dict[str, Any] = (await running.get(f"/api/v1/stations/{STATION}"))["twin"]
        return document

    async with running_agent(tmp_path / "edge", broker, SILENT) as agent:
        await works(agent)
        wished = {"probe-1": {"gain": 7, "label": 5, "colour": "mauve"}}
        answer = await running.call(
            "PUT", f"/api/v1/stations/{STATION}/twin", json={"expected_rev": 0, "slots": wished}
        )
        assert await answer.json() == {"rev": 1}

        async def applied() -> bool:
            return bool((await twin())["applied_rev"] == 1)

        await until(applied, "the wish is answered")
        rejected = (await twin())["rejected"]["probe-1"]
        assert {name: reason.partition(":")[0] for name, reason in rejected.items()} == {
            "label": "wrong_type", "colour": "unknown_field",
        }  # fmt: skip
        page = await (await running.call("GET", f"/venues/{STATION}")).text()
        assert all(word in page for word in ("一致", "类型不对", "没有这个参数"))


async def test_w11_a_digest_on_request_is_signed_by_the_agent_and_agrees_with_what_the_core_stored(
    running: Running, broker: Broker, tmp_path: Path
) -> None:
    probe = PROBE.format(rate=20.0)
    await running.apply(SITE.replace(SILENT, probe))

    async def found() -> dict[str, dict[str, Any]]:
        items = (await running.get(f"/api/v1/stations/{STATION}/digests"))["items"]
        return {item["stream"]: item for item in items if item["day"] == day}

    async def checked() -> bool:
        return {one["state"] for one in (await found()).values()} <= {"equal", "repaired", "different"} != set()

    async with running_agent(tmp_path / "edge", broker, probe) as agent:
        await works(agent, "probe-1")
        day = datetime.now(UTC).date().isoformat()

        async def enough() -> bool:
            return bool((await running.get(f"/api/v1/stations/{STATION}"))["streams"]["evidence"]["upto"] >= 30)

        await until(enough, "some events are acked")
        where = f"/api/v1/stations/{STATION}/slots/agent/commands"
        asked = await running.post(where, {"name": "digest", "args": {"day": day}}, 202)
        assert (await ended(running, asked["id"]))["state"] == "done"
        await until(found, "the digest has come")
        await until(checked, "the core has compared it")
        digest = (await found())["evidence"]
        assert (digest["state"], digest["signature"]) == ("equal", "valid"), digest
        assert digest["stored"]["count"] >= 30
        assert (await running.get("/api/v1/alarms"))["items"] == []


@pytest.mark.timeout(120)
async def test_w21_a_strike_cut_short_by_a_kill_is_indeterminate_at_the_core(tmp_path: Path) -> None:
    async with rig(tmp_path, rate=1.0) as venue:
        token = venue.run("cloud", "token", "create", "--role", "technician").strip()
        await until(venue.caught_up, "the first events are acknowledged", 30)
        asked = await send(venue, token, {"name": "strike", "args": {"hold_s": 20}})

        async def state() -> str:
            return str((await venue.get(f"/api/v1/commands/{asked['id']}"))["state"])

        async def struck() -> bool:
            return bool(list((tmp_path / "edge").rglob("*strike*"))) and await state() in {"accepted", "progress"}

        await until(struck, "the strike has begun", 20)
        venue.kill("edge")
        venue.start("edge")

        async def unclear() -> bool:
            return await state() == "indeterminate"

        await until(unclear, "nobody knows whether it happened", 30)
        assert (await venue.get(f"/api/v1/commands/{asked['id']}"))["undecided"] is True


async def send(venue: Rig, token: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send a command as a technician."""
    url = f"http://127.0.0.1:{venue.http_port}/api/v1/stations/st-01/slots/probe-1/commands"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(url, json=body) as answer:
        assert answer.status == 202, await answer.text()
        document: dict[str, Any] = await answer.json()
        return document
