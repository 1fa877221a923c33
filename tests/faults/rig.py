"""A venue to break: broker, core and agents as real processes that can be killed and started again."""

import asyncio
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from provisioning.broker import find_mosquitto
from tests.schema import put_schema
from tests.waiting import free_port, until

ROOT = Path(__file__).parents[2]
YIZHAN = [sys.executable, str(ROOT / "yizhan.py")]

#: The configuration that ships: default persistence, which keeps nothing of a SIGKILL.
BROKER = ROOT / "docker" / "mosquitto" / "mosquitto.conf"

SITE = """\
[site]
id = "faults"
name = "故障"
[[stations]]
id = "st-01"
name = "一号驿站"
[[stations.slots]]
id = "probe-1"
kind = "probe"
device = {{ id = "dev-1", serial = "SIM-1", profile = "sim-probe", address = "sim:" }}
simulate = {{ rate = {rate}, stream = "evidence", bytes = 120, burst = 1, seed = 1 }}
"""

Stored = dict[int, str]


@dataclass
class Rig:
    """Everything lives below `folder`; processes are known by name: broker, cloud, edge."""

    folder: Path
    rate: float
    mqtt_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    token: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the core."""
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "YIZHAN_DATABASE_URL": f"sqlite:///{self.folder}/cloud.db",
            "YIZHAN_MQTT_URL": f"mqtt://127.0.0.1:{self.mqtt_port}",
            "YIZHAN_HTTP_PORT": str(self.http_port),
            "YIZHAN_SECRET_FILE": str(self.folder / "secret"),
        }

    def command(self, name: str) -> list[str]:
        """Return how a process is started."""
        if name == "broker":
            config = self.folder / "mosquitto.conf"
            shipped = BROKER.read_text(encoding="utf-8")
            here = shipped.replace("listener 1883", f"listener {self.mqtt_port} 127.0.0.1")
            config.write_text(here.replace("/mosquitto/data/", f"{self.folder}/"), encoding="utf-8")
            return [find_mosquitto() or "mosquitto", "-c", str(config)]
        if name == "cloud":
            return [*YIZHAN, "cloud", "run"]
        return [
            *YIZHAN, "edge", "run", "--site", str(self.folder / "site.toml"), "--station", "st-01",
            "--state", str(self.folder / "edge"), "--mqtt", f"mqtt://127.0.0.1:{self.mqtt_port}",
        ]  # fmt: skip

    def start(self, name: str) -> None:
        """Start a process; its output goes to NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(name), stdout=log, stderr=log, env=self.environment, cwd=ROOT, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self.processes.pop(name)
        assert process.poll() is None, f"{name} ended by itself with {process.returncode}; see {self.folder}/{name}.log"
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def run(self, *words: str) -> str:
        """Run a command of the product to its end."""
        done = subprocess.run(
            [*YIZHAN, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def get(self, path: str) -> dict[str, Any]:
        """Return a JSON document of the core."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"http://127.0.0.1:{self.http_port}{path}"
        async with aiohttp.ClientSession(headers=headers) as http, http.get(url) as answer:
            assert answer.status == 200, await answer.text()
            document: dict[str, Any] = await answer.json()
            return document

    async def ready(self) -> bool:
        """Return whether database and broker answer the core."""
        url = f"http://127.0.0.1:{self.http_port}/readyz"
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def caught_up(self, stream: str = "evidence") -> bool:
        """Return whether everything in the agent's outbox is acknowledged at the core."""
        state = (await self.get("/api/v1/stations/st-01"))["streams"].get(stream, {})
        last = max(self.produced(stream), default=0)
        return bool(last and state.get("upto") == last == state.get("highest") and not state["gaps"])

    def produced(self, stream: str = "evidence") -> Stored:
        """Return what the agent's outbox holds: seq -> digest of the event. Acked evidence stays for 7 days."""
        if not (self.folder / "edge" / "outbox.db").exists():
            return {}
        database = sqlite3.connect(f"file:{self.folder}/edge/outbox.db?mode=ro", uri=True)
        try:
            rows = database.execute(f"SELECT seq, text FROM {stream}").fetchall()  # noqa: S608 - a constant
        finally:
            database.close()
        return {seq: digest(json.loads(text)) for seq, text in rows}

    async def events(self, stream: str = "evidence") -> list[dict[str, Any]]:
        """Return every event the core has stored, through its REST interface."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await self.get(f"/api/v1/stations/st-01/events?stream={stream}&after={after}&limit=1000")
            found += page["items"]
            after = page["next"]
        return found


def digest(event: dict[str, Any]) -> str:
    """Return a digest of what must not change between put and store."""
    kept = {name: value for name, value in event.items() if name not in {"seq", "replay"}}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@asynccontextmanager
async def rig(folder: Path, rate: float = 50.0) -> AsyncIterator[Rig]:
    """Yield a running venue; everything it started is ended with the body."""
    venue = Rig(folder, rate)
    (folder / "site.toml").write_text(SITE.format(rate=rate), encoding="utf-8")
    try:
        put_schema(folder / "cloud.db")
        venue.start("broker")
        venue.start("cloud")
        await until(venue.ready, "the core is ready", 30)
        venue.run("site", "apply", str(folder / "site.toml"))
        venue.token = venue.run("cloud", "token", "create", "--role", "auditor").strip()
        venue.start("edge")
        yield venue
    finally:
        for process in venue.processes.values():
            process.kill()
            process.wait(10)
        await asyncio.sleep(0)
