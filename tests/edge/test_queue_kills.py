"""kill -9 of the real agent while people take numbers: none twice, none lost that somebody has seen (F1)."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import uuid_utils

from protocols.rules.queueing import label
from provisioning.signing import public_text, sign_manifest
from tests.edge.stations import KEY, STATION
from tests.edge.test_queue import board, manifest
from tests.waiting import free_port

ROOT = Path(__file__).parents[2]
SITE = f"""
[site]
id = "demo"
name = "示范"
[trust]
content_keys = {{ "content-1" = "{public_text(KEY)}" }}
[[stations]]
id = "{STATION}"
name = "谏壁驿站"
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
"""
#: Numbers are asked for by so many at a time.
PEOPLE = 4


@dataclass
class Kiosk:
    """What people saw: key of a wish -> number; and wishes whose answer never came."""

    folder: Path
    random: random.Random
    seen: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)

    async def start(self) -> tuple[asyncio.subprocess.Process, str]:
        """Start the agent and return it with its address."""
        said = self.folder / "http.json"
        said.unlink(missing_ok=True)
        command = ("edge", "run", "--site", str(self.folder / "site.toml"), "--station", STATION, "--state",
                   str(self.folder), "--mqtt", f"mqtt://127.0.0.1:{free_port()}")  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "yizhan.py"), *command, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        async with asyncio.timeout(20):
            while not said.exists():
                await asyncio.sleep(0.01)
        return process, json.loads(said.read_text())["url"]

    async def ask(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        """Take a number; what is shown is remembered."""
        self.unanswered.add(key)
        with suppress(aiohttp.ClientError):
            async with http.post(f"{url}/kiosk/kiosk-1/tickets", json={"key": key, "letter": "A"}) as answer:
                body = await answer.json()
                assert answer.status == 201, body
                assert self.seen.setdefault(key, body["label"]) == body["label"]
                self.unanswered.discard(key)

    async def live(self) -> None:
        """Serve people until the agent is killed at a random moment."""
        process, url = await self.start()
        dies = asyncio.get_running_loop().time() + self.random.uniform(0.0, 0.3)

        async def person(http: aiohttp.ClientSession) -> None:
            while process.returncode is None and asyncio.get_running_loop().time() < dies + 1:
                await self.ask(http, url, self._wish())

        async with aiohttp.ClientSession() as http:
            people = [asyncio.create_task(person(http)) for _ in range(PEOPLE)]
            await asyncio.sleep(max(0.0, dies - asyncio.get_running_loop().time()))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await asyncio.gather(*people)

    def _wish(self) -> str:
        """Return a new wish, or one that was never answered: it is asked again, as the page does."""
        if self.unanswered and self.random.random() < 0.3:
            return self.random.choice(sorted(self.unanswered))
        return str(uuid_utils.uuid7())


async def kill(folder: Path, times: int, seed: int) -> tuple[int, int]:
    """Return (numbers seen, numbers stored) after so many kills; everything that must hold is asserted."""
    today = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
    (folder / "site.toml").write_text(SITE, encoding="utf-8")
    (folder / "content").mkdir()
    kiosk = Kiosk(folder, random.Random(seed))
    for rev in range(1, times + 1):
        # The cloud has heard of what people saw, and all of it is over: the hall never fills up.
        known = max((int(number[1:]) for number in kiosk.seen.values()), default=0)
        services = [{**one, "known": known} for one in board(today)["services"]]
        shown = sign_manifest(manifest(rev, board(today, services=services)), KEY).to_bytes()
        (folder / "content/queue.json").write_bytes(shown)
        await kiosk.live()
    process, url = await kiosk.start()
    async with aiohttp.ClientSession() as http:
        for key in sorted(kiosk.unanswered):
            await kiosk.ask(http, url, key)
    process.terminate()
    await process.wait()
    with closing(sqlite3.connect(folder / "outbox.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        texts = [json.loads(text) for (text,) in database.execute("SELECT text FROM evidence ORDER BY seq")]
    issued = [event["data"] for event in texts if event["type"] == "cn.yizhan.kiosk.ticket.issued.v1"]
    stored = {one["ticket"]: label(one["letter"], one["number"]) for one in issued}
    assert len(stored) == len(issued) == len(set(stored.values())), "a number was given out twice"
    assert {key: stored.get(key) for key in kiosk.seen} == kiosk.seen, "a number that was shown is lost"
    assert sorted(one["number"] for one in issued) == list(range(1, len(issued) + 1))
    assert not kiosk.unanswered
    return len(kiosk.seen), len(stored)


@pytest.mark.timeout(90)
async def test_no_number_twice_and_none_lost_over_kills(tmp_path: Path) -> None:
    seen, stored = await kill(tmp_path, 10, seed=1)
    assert seen == stored > 10


@pytest.mark.deep
@pytest.mark.timeout(1_800)
async def test_no_number_twice_and_none_lost_over_two_hundred_kills(tmp_path: Path) -> None:
    seen, stored = await kill(tmp_path, 200, seed=2)
    print(f"\n200 kills: {seen} numbers shown, {stored} stored, 0 twice, 0 lost")
