"""W20, W21: an agent killed (-9) at every step of a command; what must not happen twice never does."""

import asyncio
import random
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.contract.agents import SILENT, of_type, running_agent, works
from tests.contract.asker import Asker, asker, command
from tests.edge.cloud import cloud
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker
ROOT = Path(__file__).parents[2]


async def crash(  # noqa: PLR0913, PLR0917 - where, who, what and when
    folder: Path, broker: Broker, staff: Asker, wish: dict[str, Any], step: str, moment: str
) -> None:
    """Send a command to an agent that dies of it."""
    folder.mkdir(exist_ok=True)
    words = ("-m", "tests.contract.dying", step, moment, str(folder), broker.url)
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
    try:
        await until((folder / "http.json").exists, "it runs")
        await staff.send(wish)
        async with asyncio.timeout(20):
            assert await process.wait() == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    (folder / "http.json").unlink()


def strikes(folder: Path) -> int:
    file = folder / "slots" / "probe-1" / "strikes"
    return int(file.read_text()) if file.exists() else 0


async def subscribed(broker: Broker, folder: Path) -> None:
    """Have the broker keep a session for the station, so that a command waits for it."""
    async with running_agent(folder, broker, SILENT) as agent:
        await works(agent)
    (folder / "http.json").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("step", "moment", "state", "effects"),
    [
        ("receive", "after", "done", 1),
        ("start", "before", "done", 1),
        ("start", "after", "indeterminate", 0),
        ("finish", "before", "indeterminate", 1),
        ("finish", "after", "done", 1),
        ("told", "before", "done", 1),
        ("told", "after", "done", 1),
        ("replied", "before", "done", 1),
        ("replied", "after", "done", 1),
    ],
)
async def test_w20_a_crash_at_any_step_never_repeats_the_effect(  # noqa: PLR0913, PLR0917 - one row of the table
    broker: Broker, tmp_path: Path, step: str, moment: str, state: str, effects: int
) -> None:
    folder = tmp_path / "s"
    await subscribed(broker, folder)
    async with cloud(broker.port) as core, asker(broker.port) as staff:
        strike = command("strike")
        await crash(folder, broker, staff, strike, step, moment)
        async with running_agent(folder, broker, SILENT) as agent:
            await works(agent)
            assert (await staff.end(strike["id"]))["state"] == state
            await until(lambda: of_type(core, "ops", "probe.command.ended"), "the end is an event")
            assert {one.data["state"] for one in of_type(core, "ops", "probe.command.ended")} == {state}
            await staff.send(strike)
            await until(lambda: staff.replies[strike["id"]][-1]["ledger"], "a repeat is answered from the ledger")
            assert staff.replies[strike["id"]][-1]["state"] == state
        numbers = [reply["n"] for reply in staff.replies[strike["id"]]]
        assert numbers == sorted(set(numbers))
    assert strikes(folder) == effects


async def test_w21_an_interrupted_harmless_command_is_run_again(broker: Broker, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    await subscribed(broker, folder)
    async with asker(broker.port) as staff:
        echo = command("echo", {"text": "x"})
        await crash(folder, broker, staff, echo, "finish", "before")
        async with running_agent(folder, broker, SILENT):
            assert (await staff.end(echo["id"]))["result"] == {"text": "x"}


async def test_w23_an_interrupted_command_that_expired_meanwhile_is_not_run(broker: Broker, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    await subscribed(broker, folder)
    async with asker(broker.port) as staff:
        strike = command("strike")
        await crash(folder, broker, staff, strike, "start", "before")
        rewrite_expiry(folder)
        async with running_agent(folder, broker, SILENT):
            assert (await staff.end(strike["id"]))["state"] == "expired"
    assert strikes(folder) == 0


def rewrite_expiry(folder: Path) -> None:
    """Make the command in the ledger one that has expired: an hour passes."""
    with closing(sqlite3.connect(folder / "ledger.db")) as database, database:
        database.execute("UPDATE command SET request = json_set(request, '$.expires_at', '2026-03-02T01:00:00.000Z')")


async def kill_between_started_and_effect_done(broker: Broker, folder: Path, held_s: float) -> None:
    """Kill a real agent while its driver holds a strike; the next start must call it indeterminate."""
    await subscribed(broker, folder)
    async with asker(broker.port) as staff:
        before = strikes(folder)
        strike = command("strike", {"hold_s": 30})
        words = ("-m", "tests.contract.dying", "replied", "before", str(folder), broker.url)
        process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
        try:
            await until((folder / "http.json").exists, "it runs")
            await staff.send(strike)
            await until(lambda: strikes(folder) == before + 1, "the effect has happened")
            await asyncio.sleep(held_s)
        finally:
            process.kill()
            await process.wait()
        (folder / "http.json").unlink()
        async with running_agent(folder, broker, SILENT):
            ended = await staff.end(strike["id"])
            assert (ended["state"], ended["reason"]["code"]) == ("indeterminate", "interrupted")
    assert strikes(folder) == before + 1


async def test_w21_killed_between_started_and_effect_done_is_indeterminate(broker: Broker, tmp_path: Path) -> None:
    for held_s in (0.0, 0.2):
        await kill_between_started_and_effect_done(broker, tmp_path / "s", held_s)


@pytest.mark.deep
@pytest.mark.timeout(1_200)
async def test_w21_killed_100_times_is_indeterminate_100_times(broker: Broker, tmp_path: Path) -> None:
    chance = random.Random(21)
    for _ in range(100):
        await kill_between_started_and_effect_done(broker, tmp_path / "s", chance.uniform(0.0, 0.3))
