"""A broker, a core and processes of simulated stations on one machine, and what both sides have, compared."""

import asyncio
import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from protocols.venue.digests import START, extend, written
from protocols.venue.timestamps import parse_time
from provisioning.broker import embedded_broker
from provisioning.demo.processes import ROOT, Crew, Program, crew
from tests.bench.edge import cpu_seconds, status_mb
from tests.waiting import free_port, until

STREAM: Final = "evidence"
#: id of a row = mark * 2^40 + seq.
STRIDE: Final = 2**40
READY_TIMEOUT_S: Final = 900.0
START_TIMEOUT_S: Final = 60.0
CALM_TIMEOUT_S: Final = 400.0
#: The line by which a fleet says its report may be long.
LINE_LIMIT: Final = 1 << 20


@dataclass
class City:
    """What runs; `database` is the core's SQLite file."""

    folder: Path
    mqtt: str
    database: Path
    broker_pid: int
    team: Crew
    roles: str = ""
    core: Program | None = None

    @property
    def core_pid(self) -> int:
        """Return the process of the core that runs now."""
        if self.core is None:
            raise LookupError("no core runs")
        return self.core.process.pid

    async def start_core(self) -> None:
        """Start the core and return once it reads the broker."""
        log = self.folder / "core.log"
        before = _times_connected(log)
        words = ("--roles", self.roles) if self.roles else ()
        self.core = await self.team.start("core", "cloud", "run", *words)
        await until(lambda: _times_connected(log) > before, "the core is connected", START_TIMEOUT_S)

    async def kill_core(self) -> None:
        """End the core as a power cut would."""
        if self.core is not None:
            await self.core.kill()
            self.team.programs.remove(self.core)
            self.core = None


def _times_connected(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("connected to broker") if log.exists() else 0


@asynccontextmanager
async def city(folder: Path, site_file: str, roles: str = "") -> AsyncIterator[City]:
    """Run a broker and a core with this site, on SQLite; `roles` as in `yizhan cloud run --roles`."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the broker inherits it: a file per station
    site = folder / "site.toml"
    site.write_text(site_file, encoding="utf-8")
    database = folder / "cloud.db"
    async with embedded_broker(folder / "broker", free_port()) as broker:
        environment = {
            **os.environ, "YIZHAN_DATABASE_URL": f"sqlite:///{database}", "YIZHAN_MQTT_URL": broker.url,
            "YIZHAN_DATA_DIR": str(folder / "data"), "YIZHAN_SECRET_FILE": str(folder / "secret"),
            "YIZHAN_HTTP_PORT": str(free_port()), "YIZHAN_LOG_LEVEL": "INFO",
        }  # fmt: skip
        async with crew(folder, environment) as team:
            await team.run("site", "apply", str(site))
            place = City(folder, broker.url, database, find_process(str(folder / "broker")), team, roles)
            await place.start_core()
            await until(lambda: not _days_due(database), "the core has judged the days before", CALM_TIMEOUT_S)
            yield place


def _days_due(database: Path) -> int:
    """Return how many past days the core has still to judge: it begins with a week of every station that is new."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM opening_due").fetchone()[0])


def find_process(word: str) -> int:
    """Return the process that has `word` in an argument: the broker is a child that nobody hands out."""
    for place in Path("/proc").iterdir():
        try:
            line = (place / "cmdline").read_bytes() if place.name.isdigit() else b""
        except OSError:
            continue
        if word.encode() in line and b"mosquitto" in line:
            return int(place.name)
    raise LookupError(f"no broker runs in {word}")


@dataclass
class FleetProcess:
    """One `yizhan fleet simulate`."""

    process: asyncio.subprocess.Process
    balances: Path
    report: dict[str, Any] = field(default_factory=dict)

    async def line(self, timeout_s: float) -> dict[str, Any]:
        """Return its next line of JSON."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), timeout_s)
        if not line:
            raise AssertionError(f"a fleet ended with {await self.process.wait()} and said nothing")
        found: dict[str, Any] = json.loads(line)
        return found


async def prepare_fleets(place: City, stations: int, processes: int, words: list[str]) -> list[FleetProcess]:
    """Start the fleets and return when all are prepared and wait for a word."""
    fleets, first = [], 1
    for number in range(processes):
        count = stations // processes + (number < stations % processes)
        balances = place.folder / f"balances-{number}.json"
        log = (place.folder / f"fleet-{number}.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "yizhan.py"), "fleet", "simulate", "--stations", str(count),
            "--first", str(first), "--mqtt", place.mqtt, "--balances", str(balances), "--wait", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, limit=LINE_LIMIT, cwd=ROOT,
        )  # fmt: skip
        log.close()
        fleets.append(FleetProcess(process, balances))
        first += count
    await asyncio.gather(*(fleet.line(READY_TIMEOUT_S) for fleet in fleets))
    return fleets


async def run_fleets(fleets: list[FleetProcess], timeout_s: float) -> None:
    """Let them connect, and wait for their reports."""
    for fleet in fleets:
        assert fleet.process.stdin is not None
        fleet.process.stdin.write(b"\n")
        await fleet.process.stdin.drain()
    reports = await asyncio.gather(*(fleet.line(timeout_s) for fleet in fleets))
    for fleet, report in zip(fleets, reports, strict=True):
        fleet.report = report
        await fleet.process.wait()


def station_names(count: int) -> list[str]:
    """Return the names that `yizhan fleet simulate` gives its stations."""
    return [f"sim-{number:04d}" for number in range(1, count + 1)]


@dataclass
class Gauge:
    """CPU and memory of the core and the broker over a run."""

    place: City
    began: float = field(default_factory=time.monotonic)
    used: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Remember what they had used before."""
        self.used = {pid: cpu_seconds(pid) for pid in (self.place.core_pid, self.place.broker_pid)}

    def rows(self, fleets: list[FleetProcess]) -> list[list[str]]:
        """Return [process, CPU s, % of a core, peak MB] of everybody."""
        seconds = time.monotonic() - self.began
        parts = [("core", self.place.core_pid), ("broker", self.place.broker_pid)]
        rows = [(name, cpu_seconds(pid) - self.used[pid], status_mb(pid, "status", "VmHWM")) for name, pid in parts]
        rows += [
            (f"fleet {number} ({fleet.report['stations']} stations)", fleet.report["cpu_s"], fleet.report["peak_mb"])
            for number, fleet in enumerate(fleets, 1)
        ]
        return [[name, f"{cpu:,.1f}", f"{100 * cpu / seconds:.0f}", f"{peak:,.0f}"] for name, cpu, peak in rows]


@dataclass
class Compared:
    """What the core's database has of what the stations say it must have."""

    events: int = 0
    missing: int = 0
    surplus: int = 0
    #: Stations of which a day's hash differs, or whose own watermark is not at their end.
    different: list[str] = field(default_factory=list)
    #: Milliseconds from an event's time to its row, of events that were not replayed.
    arrival_ms: list[float] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Return whether both sides have the same set of the same events."""
        return not (self.missing or self.surplus or self.different)

    def words(self) -> str:
        """Return it as a sentence of the table's note."""
        if self.equal:
            return f"Sets equal: {self.events:,} events, 0 lost, 0 twice; the hash of every station's every day agrees."
        return (
            f"SETS DIFFER: {self.events:,} events, {self.missing:,} lost, {self.surplus:,} too many,"
            f" hashes differ for {len(self.different)} station(s): {', '.join(self.different[:5])}"
        )


def compare(place: City, fleets: list[FleetProcess]) -> Compared:
    """Read every stored event and compare numbers and hashes with what the stations say (D18)."""
    found = Compared()
    with closing(sqlite3.connect(f"file:{place.database}?mode=ro", uri=True)) as database:
        for fleet in fleets:
            for station, balance in json.loads(fleet.balances.read_text(encoding="utf-8")).items():
                compare_station(database, station, balance, found)
        stored = database.execute("SELECT count(*) FROM event").fetchone()[0]
    found.surplus += stored - found.events
    return found


def compare_station(database: sqlite3.Connection, station: str, balance: dict[str, Any], found: Compared) -> None:
    """Add to `found` what the core has of one station."""
    chains: dict[str, tuple[int, bytes]] = {}
    expected = 1
    for seq, text, received_ms in _rows(database, station, balance["store"]):
        found.events += 1
        found.missing += seq - expected
        expected = seq + 1
        event = json.loads(text)
        day = str(event["time"])[:10]
        count, chain = chains.get(day, (0, START))
        chains[day] = (count + 1, extend(chain, event))
        if not event["replay"]:
            found.arrival_ms.append(received_ms - parse_time(event["time"]).timestamp() * 1000)
    found.missing += balance["last"] + 1 - expected
    ours = {day: (count, written(chain)) for day, (count, chain) in chains.items()}
    theirs = {day: (one["count"], one["hash"]) for day, one in balance["days"].items() if one["count"]}
    if ours != theirs or balance["upto"] != balance["last"]:
        found.different.append(station)


def _rows(database: sqlite3.Connection, station: str, store: str) -> Iterator[tuple[int, str, int]]:
    """Yield (seq, text, received ms) in order."""
    mark = database.execute(
        "SELECT id FROM stream_mark WHERE station = ? AND store = ? AND stream = ?", (station, store, STREAM)
    ).fetchone()
    if mark is None:
        return
    base = mark[0] * STRIDE
    yield from database.execute(
        "SELECT id - ?, text, received_ms FROM event WHERE id > ? AND id < ? ORDER BY id", (base, base, base + STRIDE)
    )
