"""Eight stations, a core and a broker as real processes below one folder, every cable with faults in it."""

import asyncio
import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from provisioning.broker import find_mosquitto
from tests.faults.disks import Disk
from tests.faults.postgres import Server, postgres_server
from tests.faults.program import set_offset
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.schema import put_schema
from tests.waiting import until

ROOT: Final = Path(__file__).parents[2]
#: The configuration that ships: default persistence, which keeps nothing of a SIGKILL.
BROKER_CONF: Final = ROOT / "docker" / "mosquitto" / "mosquitto.conf"
BROKER_DATA: Final = "mosquitto.db"
SLOT: Final = "probe-1"
EDGE_MB: Final = 96
CORE_MB: Final = 1_024
#: Below the range from which the kernel takes ports for outgoing connections: a killed server gets its own back.
PORTS: Final = (20_000, 32_000)
#: Who ended by itself is started again after this, as systemd would.
RESTART_S: Final = 1.0
#: Where Debian keeps libfiu, and the calls by which SQLite writes.
FIU: Final = "/usr/lib/fiu"
IO_POINTS: Final = ("posix/io/rw/pwrite", "posix/io/sync/fsync", "posix/io/sync/fdatasync")
STOP_S: Final = 10.0
REST_S: Final = 5.0

_STATION: Final = """
[[stations]]
id = "{station}"
name = "{station}"
{outbox}[[stations.slots]]
id = "{slot}"
kind = "probe"
device = {{ id = "dev-{station}", serial = "SIM-{station}", profile = "sim-probe", address = "sim:" }}
simulate = {{ rate = {rate}, stream = "evidence", bytes = 120, burst = 1, seed = 1 }}
"""


@dataclass(frozen=True, slots=True)
class Bulk:
    """A second probe of every station."""

    stream: str
    rate: float


@dataclass(frozen=True, slots=True)
class Setting:
    """What a city is like: events a second of each station, MB of an outbox (0: the default), where the core stores."""

    stations: int
    rate: float
    bulk: Bulk | None = None
    outbox_mb: int = 0
    postgres: bool = False
    #: The core's writes can be made to fail (libfiu).
    brittle: bool = False


@dataclass(slots=True)
class Ended:
    """A process ended although nobody had killed it."""

    name: str
    code: int
    at_s: float
    disk_was_full: bool


_BULK: Final = """\
[[stations.slots]]
id = "bulk-1"
kind = "probe"
device = {{ id = "bulk-{station}", serial = "BULK-{station}", profile = "sim-probe", address = "sim:" }}
simulate = {{ rate = {rate}, stream = "{stream}", bytes = 120, burst = 1, seed = 2 }}
"""


@dataclass
class City:
    """Everything lives below `folder`; programs are known by name, as `broker`, `core` and `st-01`."""

    folder: Path
    setting: Setting
    stations: list[str]
    broker_port: int
    core_port: int
    http_port: int
    station_ports: list[int]
    token: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    cables: dict[str, FaultProxy] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    #: Programs that are to stay down.
    down: set[str] = field(default_factory=set)
    produce: bool = True
    #: The core's database is here instead of in a file.
    postgres: Server | None = None

    def home(self, name: str) -> Path:
        """Return where a program's logs and our notes about it are: not on its disk."""
        return self.folder / name

    def state(self, name: str) -> Path:
        """Return a program's own disk."""
        return self.home(name) / "disk"

    @property
    def database(self) -> Path:
        """Return the core's database."""
        return self.state("core") / "cloud.db"

    async def rows(self) -> Path:
        """Return a SQLite file with the core's events: its database, or a copy of what is in it now."""
        return self.database if self.postgres is None else await self.postgres.rows(self.folder / "rows.db")

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the core."""
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "YIZHAN_DATA_DIR": str(self.state("core")),
            "YIZHAN_DATABASE_URL": self.postgres.url if self.postgres else f"sqlite:///{self.database}",
            "YIZHAN_MQTT_URL": f"mqtt://127.0.0.1:{self.core_port}",
            "YIZHAN_HTTP_PORT": str(self.http_port),
            "YIZHAN_SECRET_FILE": str(self.home("core") / "secret"),
        }

    def command(self, name: str) -> list[str]:
        """Return how a program is started; it does not outlive us."""
        parent = shutil.which("setpriv")
        prefix = [parent, "--pdeathsig", "KILL"] if parent else []
        if name == "broker":
            return [*prefix, find_mosquitto() or "mosquitto", "-c", str(self._write_broker_conf())]
        watched = [*prefix, sys.executable, "-m", "tests.faults.program", str(self.home(name))]
        if name == "core":
            return [*prefix, *self._preload(), *watched[len(prefix) :], "cloud", "run"]
        port = self.station_ports[self.stations.index(name)]
        return [
            *watched, "edge", "run", "--site", str(self.site_file(produce=self.produce)), "--station", name,
            "--state", str(self.state(name)), "--mqtt", f"mqtt://127.0.0.1:{port}",
        ]  # fmt: skip

    def _preload(self) -> list[str]:
        """Return what puts libfiu between the core and the kernel; `env`, so that only the core has it."""
        if not self.setting.brittle:
            return []
        libraries = " ".join(f"{FIU}/{name}.so" for name in ("fiu_run_preload", "fiu_posix_preload"))
        return ["env", f"LD_PRELOAD={libraries}", f"FIU_CTRL_FIFO={self.home('core') / 'fiu'}"]

    def break_writes(self, probability: float) -> None:
        """Have this part of the core's writes and syncs of files fail with EIO; 0: none any more."""
        words: list[str] = []
        for point in IO_POINTS:
            order = f"enable_random name={point},probability={probability},failinfo={errno.EIO}"
            words += ["-c", order if probability else f"disable name={point}"]
        control = ["fiu-ctrl", "-f", str(self.home("core") / "fiu"), *words, str(self.pid("core"))]
        subprocess.run(control, check=True, timeout=STOP_S, capture_output=True)

    def site_file(self, *, produce: bool) -> Path:
        """Return the site file; without `produce` the probes are silent."""
        path = self.folder / ("site.toml" if produce else "silent.toml")
        if not path.exists():
            text = '[site]\nid = "faults"\nname = "故障"\n'
            path.write_text(text + "".join(self._described(one, produce=produce) for one in self.stations), "utf-8")
        return path

    def _described(self, station: str, *, produce: bool) -> str:
        outbox = f"outbox = {{ max_mb = {self.setting.outbox_mb} }}\n" if self.setting.outbox_mb else ""
        text = _STATION.format(station=station, slot=SLOT, rate=self.setting.rate if produce else 0.0, outbox=outbox)
        if self.setting.bulk is not None:
            rate = self.setting.bulk.rate if produce else 0.0
            text += _BULK.format(station=station, stream=self.setting.bulk.stream, rate=rate)
        return text

    def start(self, name: str) -> None:
        """Start a program; what it says goes to its log."""
        with (self.home(name) / "log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(name), stdout=log, stderr=log, env=self.environment, cwd=ROOT, start_new_session=True
            )

    def kill(self, *names: str) -> None:
        """End programs as a power cut would, all at once; one that has just ended by itself is not there any more."""
        ended = [process for name in names if (process := self.processes.pop(name, None)) is not None]
        for process in ended:
            process.kill()
        for process in ended:
            process.wait(STOP_S)

    def restart(self, name: str) -> None:
        """Kill a program and start it at once."""
        self.kill(name)
        self.start(name)

    def stop(self, name: str) -> None:
        """End a program as an operator would; one that does not end in order, and in time, is noted."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait(STOP_S)
        if code:
            self.ended.append(Ended(name, code, time.monotonic(), disk_was_full=False))

    def pid(self, name: str) -> int | None:
        """Return the process id of a program that runs."""
        process = self.processes.get(name)
        return None if process is None else process.pid

    async def keep_up(self) -> None:
        """Start programs again that ended by themselves, for ever."""
        due: dict[str, float] = {}
        while True:
            for name, process in list(self.processes.items()):
                code = process.poll()
                if code is not None:
                    full = name in self.disks and self.disks[name].is_full
                    self.ended.append(Ended(name, code, time.monotonic(), full))
                    del self.processes[name]
            for name in ("broker", "core", *self.stations):
                if name in self.processes or name in self.down:
                    due.pop(name, None)
                elif due.setdefault(name, time.monotonic() + RESTART_S) <= time.monotonic():
                    self.start(name)
            await asyncio.sleep(0.1)

    async def rest(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Call the core; status 0 when it does not answer."""
        url = f"http://127.0.0.1:{self.http_port}{path}"
        timeout = aiohttp.ClientTimeout(total=REST_S)
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=timeout) as http,
                http.request(method, url, json=body) as answer,
            ):
                return answer.status, (await answer.json() if "json" in answer.content_type else {})
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, {}

    async def ready(self) -> bool:
        """Return whether database and broker answer the core."""
        return (await self.rest("GET", "/readyz"))[0] == 200

    async def states(self) -> dict[str, str]:
        """Return what the core says of every station; empty when it does not answer."""
        _, document = await self.rest("GET", "/api/v1/stations")
        return {item["id"]: item["state"] for item in document.get("items", [])}

    async def metric(self, name: str) -> float:
        """Return the sum of a metric of the core over its labels, 0 if there is none."""
        url = f"http://127.0.0.1:{self.http_port}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.split(" ")[-1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def run(self, *words: str) -> str:
        """Run a command of the product to its end."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "yizhan.py"), *words],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _write_broker_conf(self) -> Path:
        config = self.home("broker") / "mosquitto.conf"
        shipped = BROKER_CONF.read_text(encoding="utf-8")
        here = shipped.replace("listener 1883", f"listener {self.broker_port} 127.0.0.1")
        user = "user root\n" if os.geteuid() == 0 else ""
        config.write_text(user + here.replace("/mosquitto/data/", f"{self.state('broker')}/"), encoding="utf-8")
        return config


def steady_port(taken: set[int]) -> int:
    """Return a port that no outgoing connection will be given while its server is down."""
    while True:
        port = random.randint(*PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in taken and probe.connect_ex(("127.0.0.1", port)) != 0:
                taken.add(port)
                return port


@asynccontextmanager
async def city(folder: Path, setting: Setting) -> AsyncIterator[City]:
    """Yield a running city, a new one or the one that was left in `folder`; everything it started ends with it."""
    names = [f"st-{number:02}" for number in range(1, setting.stations + 1)]
    taken: set[int] = set()
    ports = [steady_port(taken) for _ in range(setting.stations + 3)]
    place = City(folder, setting, names, ports[0], ports[1], ports[2], ports[3:])
    async with AsyncExitStack() as stack:
        if setting.postgres:
            place.postgres = stack.enter_context(postgres_server(folder / "postgres"))
        for name, megabytes in (("broker", 0), ("core", CORE_MB), *((one, EDGE_MB) for one in names)):
            place.state(name).mkdir(parents=True, exist_ok=True)
            set_offset(place.home(name), 0.0)
            if megabytes:
                disk = place.disks[name] = Disk(place.state(name), megabytes)
                stack.callback(disk.keep)
                disk.attach()
        for name, port in (("core", place.core_port), *zip(names, place.station_ports, strict=True)):
            place.cables[name] = await stack.enter_async_context(fault_proxy(port, place.broker_port))
        try:
            await _begin(place)
            yield place
        finally:
            for process in place.processes.values():
                process.kill()
                process.wait(STOP_S)


async def _begin(place: City) -> None:
    token = place.folder / "token"
    if not place.postgres and not place.database.exists():
        put_schema(place.database)
    place.start("broker")
    place.start("core")
    await until(place.ready, "the core is ready", 60)
    if not token.exists():
        place.run("site", "apply", str(place.site_file(produce=True)))
        token.write_text(place.run("cloud", "token", "create", "--role", "admin").strip())
    place.token = token.read_text()
    for name in place.stations:
        place.start(name)

    async def all_online() -> bool:
        states = await place.states()
        return len(states) == len(place.stations) and set(states.values()) == {"online"}

    await until(all_online, "every station is online", 60)
