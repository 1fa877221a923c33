"""`yizhan edge run` and `yizhan edge status` as people start them."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.lock import state_lock
from tests.peers.mosquitto import mosquitto
from tests.waiting import free_port, until

ROOT = Path(__file__).parents[2]
SITE = """
[site]
id = "demo"
name = "示范"
[[stations]]
id = "st-01"
name = "谏壁驿站"
[[stations.slots]]
id = "probe-1"
kind = "probe"
device = { id = "dev-1", serial = "SIM-1", profile = "sim-probe", address = "sim:" }
simulate = { rate = 20.0, stream = "evidence", bytes = 20, burst = 1, seed = 1 }
"""


@asynccontextmanager
async def yizhan(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "yizhan.py"), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answer(*words: str) -> tuple[int, str, str]:
    async with yizhan(*words) as process:
        out, problem = await process.communicate()
        return process.returncode or 0, out.decode(), problem.decode()


def run_words(folder: Path, text: str = SITE, mqtt: str = "") -> list[str]:
    (folder / "site.toml").write_text(text, encoding="utf-8")
    words = ["edge", "run", "--site", str(folder / "site.toml"), "--station", "st-01", "--state", str(folder / "state")]
    return [*words, "--mqtt", mqtt or f"mqtt://127.0.0.1:{free_port()}"]


async def test_an_unknown_key_of_the_site_file_is_exit_2_with_its_line(tmp_path: Path) -> None:
    code, _, problem = await answer(
        *run_words(tmp_path, SITE.replace('kind = "probe"', 'kind = "probe"\ncolour = "x"'))
    )
    assert code == 2
    assert "line 11" in problem
    assert "colour" in problem


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"st-01": "st-09"}, "no station 'st-01'"),
        ({"mqtt": "http://127.0.0.1"}, "write mqtt://host:1883"),
    ],
)
async def test_wrong_use_is_exit_2_with_what_to_write(tmp_path: Path, change: dict[str, str], expected: str) -> None:
    text = SITE.replace("st-01", change.get("st-01", "st-01"))
    code, _, problem = await answer(*run_words(tmp_path, text, change.get("mqtt", "")))
    assert code == 2
    assert expected in problem


async def test_a_second_agent_on_one_state_directory_is_refused(tmp_path: Path) -> None:
    with state_lock(tmp_path / "state"):
        code, _, problem = await answer(*run_words(tmp_path))
    assert code == 2
    assert "another agent runs" in problem


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_well_within_5_s_even_without_a_broker(tmp_path: Path, number: int) -> None:
    async with yizhan(*run_words(tmp_path)) as process:
        await until((tmp_path / "state" / "http.json").exists, "the agent runs")
        await asyncio.sleep(0.3)
        process.send_signal(number)
        async with asyncio.timeout(5):
            assert await process.wait() == 0


@pytest.mark.broker
async def test_status_tells_the_same_of_a_running_and_of_a_stopped_agent(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    async with mosquitto(tmp_path) as broker, yizhan(*run_words(tmp_path, mqtt=broker.url)) as process:
        await until((tmp_path / "state" / "http.json").exists, "the agent runs")

        async def probe_works() -> bool:
            told = json.loads((await answer("edge", "status", "--state", state))[1])
            return bool(told["connected"] and told["drivers"]["probe-1"]["health"] == "good")

        await until(probe_works, "the probe works and the broker is reached")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    code, out, _ = await answer("edge", "status", "--state", state)
    told = json.loads(out)
    assert (code, told["running"], told["drivers"]) == (0, False, None)
    evidence = told["outbox"]["evidence"]
    assert evidence["first"] == 1
    assert evidence["unacked"] == evidence["last"] > 0
    assert evidence["oldest_unacked"]


async def test_status_of_no_agent_is_exit_2(tmp_path: Path) -> None:
    code, _, problem = await answer("edge", "status", "--state", str(tmp_path))
    assert code == 2
    assert "not the state directory of an agent" in problem
