"""P1 and P2: events from the broker through validation into committed rows and back as an ack, beside the raw limit."""

import argparse
import asyncio
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from provisioning.broker import embedded_broker
from provisioning.demo.processes import Crew, crew
from tests.bench.edge import cpu_seconds, status_mb
from tests.bench.flood import event_text, flood, make_flow
from tests.bench.peers import HOME_ASSISTANT, NotRun, ask
from tests.bench.table import quantile, show
from tests.peers.postgres import running_postgres
from tests.waiting import free_port, until

STORE: Final = "0195f3c2-0000-7000-8000-00000000000a"
BATCH: Final = 50
#: Goals in events/s (quality.md P1, P2).
GOAL_SQLITE: Final = 100_000
GOAL_POSTGRES: Final = 50_000
GOAL_SINGLE: Final = 9_000
#: Messages of one event that a station may have unacked: as many events as in one batch and a little.
SINGLE_CREDIT: Final = 64
#: Rows in one transaction of the raw rows.
RAW_GROUP: Final = 2_500
_NOTE: Final = (
    "Load average at the end: {load:.1f} on {count} processors; sender, broker and core share them."
    " Events are probe samples of about 430 bytes, synchronous=FULL."
)


@dataclass(frozen=True)
class Figure:
    """One measured row of the table; `peak_mb` and CPU are the process's that stores."""

    what: str
    per_s: float
    p99_ms: float | None = None
    peak_mb: float | None = None
    cpu_us: float | None = None
    goal: int | None = None

    def row(self, raw: float) -> list[str]:
        """Return the printed row; `raw` is the limit of the same database."""
        rest = ["" if figure is None else f"{figure:,.1f}" for figure in (self.p99_ms, self.peak_mb, self.cpu_us)]
        verdict = "" if self.goal is None else f"≥ {self.goal:,}: {'met' if self.per_s >= self.goal else 'MISSED'}"
        rates = [f"{self.per_s:,.0f}", f"{self.per_s / raw:.2f}"] if self.per_s else ["", ""]
        return [self.what, *rates, *rest, verdict]


async def main(words: list[str]) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench ingest")
    parser.add_argument("--events", type=int, default=200_000, help="events of each batched row")
    parser.add_argument("--stations", type=int, default=32)
    parser.add_argument("--credit", type=int, default=4, help="unacked batches of one station (contract: 4)")
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    options = parser.parse_args(words)
    figures: dict[str, Figure] = {}
    for name, dialect, measure in _rows(options):
        if options.only in name:
            with _database(dialect) as (folder, url):
                figures[name] = await measure(folder, url)
                sys.stderr.write(f"{name}: {figures[name].per_s:,.0f} events/s\n")
    _print(figures)


def _rows(options: argparse.Namespace) -> list[tuple[str, str, Callable[[Path, str], Any]]]:
    events, stations, credit = options.events, options.stations, options.credit
    single = max(events // 8, stations)

    def ours(what: str, count: int, batch: int, goal: int) -> Callable[[Path, str], Any]:
        return lambda folder, url: measure_core(folder, url, (what, count, batch, goal), stations, credit)

    return [
        ("raw sqlite", "sqlite", lambda _, url: asyncio.to_thread(raw_sqlite, url, events)),
        ("ours sqlite", "sqlite", ours(f"ours, SQLite, batches of {BATCH} (P1)", events, BATCH, GOAL_SQLITE)),
        ("single sqlite", "sqlite", ours("ours, SQLite, one event a message (P2)", single, 1, GOAL_SINGLE)),
        ("peer sqlite", "sqlite", lambda folder, url: measure_baseline(folder, url, single, stations)),
        ("recorder sqlite", "sqlite", lambda folder, _: measure_home_assistant(folder, max(events // 16, 1_000))),
        ("raw postgres", "postgres", lambda _, url: raw_postgres(url, events)),
        ("ours postgres", "postgres", ours(f"ours, PostgreSQL, batches of {BATCH} (P1)", events, BATCH, GOAL_POSTGRES)),
    ]


def _print(figures: dict[str, Figure]) -> None:
    raws = {dialect: figures.get(f"raw {dialect}") for dialect in ("sqlite", "postgres")}
    rows = []
    for name, figure in figures.items():
        raw = raws[name.split()[1]]
        rows.append(figure.row(raw.per_s if raw else figure.per_s))
    show(
        "ingest: broker -> validated -> committed -> ack",
        ["path", "events/s", "of raw", "ack p99 ms", "peak MB", "CPU µs/event", "goal"],
        rows,
        [_NOTE.format(load=os.getloadavg()[0], count=os.cpu_count())],
    )


@contextmanager
def _database(dialect: str) -> Iterator[tuple[Path, str]]:
    """Yield a folder and the URL of an empty database in it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yizhan-bench-")))
        folder.chmod(0o755)
        if dialect == "sqlite":
            yield folder, f"sqlite:///{folder}/cloud.db"
        else:
            server = folder / "postgres"
            server.mkdir()
            yield folder, stack.enter_context(running_postgres(server))


async def measure_core(folder: Path, url: str, row: tuple[str, int, int, int], stations: int, credit: int) -> Figure:
    """Run a core with the ingest role only and let stations send as fast as its acks allow."""
    what, events, batch, goal = row
    names = [f"st-{number:02d}" for number in range(1, stations + 1)]
    async with bench_core(folder, url, names) as (port, pid):
        flows = [make_flow(name, STORE, events // stations, batch) for name in names]
        async with flood(port, flows, credit if batch > 1 else SINGLE_CREDIT) as load:
            used = cpu_seconds(pid)
            seconds = await load.run()
            cpu_us = (cpu_seconds(pid) - used) / events * 1e6
        peak = status_mb(pid, "status", "VmHWM")
        stored = await count_rows(url)
        if stored != sum(flow.batches[-1].last for flow in flows):
            raise RuntimeError(f"{stored} rows are stored of {events} events acked")
        return Figure(what, events / seconds, quantile(load.latencies_ms, 0.99), peak, cpu_us, goal)


async def count_rows(url: str) -> int:
    """Return how many events a core's database holds."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return int(database.execute("SELECT count(*) FROM event").fetchone()[0])
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM event"))
    finally:
        await connection.close()


@asynccontextmanager
async def bench_core(folder: Path, url: str, stations: list[str]) -> AsyncIterator[tuple[int, int]]:
    """Yield (port of the broker, pid of the core)."""
    site = folder / "site.toml"
    site.write_text(site_text(stations), encoding="utf-8")
    async with embedded_broker(folder / "broker", free_port()) as broker:
        environment = {
            **os.environ, "YIZHAN_DATABASE_URL": url, "YIZHAN_MQTT_URL": broker.url, "YIZHAN_LOG_LEVEL": "INFO",
            "YIZHAN_DATA_DIR": str(folder / "data"), "YIZHAN_SECRET_FILE": str(folder / "secret"),
        }  # fmt: skip
        async with crew(folder, environment) as team:
            await team.run("site", "apply", str(site))
            pid = await _start_core(team, folder)
            yield int(broker.url.rpartition(":")[2]), pid


async def _start_core(team: Crew, folder: Path) -> int:
    program = await team.start("core", "cloud", "run", "--roles", "ingest")
    log = folder / "core.log"
    await until(lambda: log.exists() and "connected to broker" in log.read_text(), "the core is connected", 20)
    return program.process.pid


def site_text(stations: list[str]) -> str:
    """Return a site with one probe per station."""
    parts = ['[site]\nid = "bench"\nname = "bench"\n']
    parts += [
        f'[[stations]]\nid = "{name}"\nname = "{name}"\n[[stations.slots]]\nid = "probe-1"\nkind = "probe"\n'
        for name in stations
    ]
    return "".join(parts)


def raw_sqlite(url: str, events: int) -> Figure:
    """Append rows and move one watermark per transaction, with nothing in front of it."""
    database = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA wal_autocheckpoint=4000")
    database.execute("CREATE TABLE event(id INTEGER PRIMARY KEY, received_ms INTEGER, flags INTEGER, text TEXT)")
    database.execute("CREATE TABLE mark(id INTEGER PRIMARY KEY, upto INTEGER)")
    database.execute("INSERT INTO mark VALUES(1, 0)")
    rows = [(seq, 1, 0, event_text("st-01", seq)) for seq in range(1, events + 1)]
    began = time.perf_counter()
    for start in range(0, events, RAW_GROUP):
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO event VALUES(?, ?, ?, ?)", rows[start : start + RAW_GROUP])
        database.execute("UPDATE mark SET upto = ? WHERE id = 1", (start + RAW_GROUP,))
        database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return Figure("raw limit, SQLite: append + watermark only", events / seconds)


async def raw_postgres(url: str, events: int) -> Figure:
    """Append rows with COPY and move one watermark per transaction."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE TABLE raw_event(id BIGINT PRIMARY KEY, received_ms BIGINT, flags SMALLINT, text TEXT);"
        "CREATE TABLE raw_mark(id INT PRIMARY KEY, upto BIGINT); INSERT INTO raw_mark VALUES(1, 0)"
    )
    texts = [event_text("st-01", seq) for seq in range(1, events + 1)]
    columns = ("id", "received_ms", "flags", "text")
    began = time.perf_counter()
    for start in range(0, events, RAW_GROUP):
        part = texts[start : start + RAW_GROUP]
        async with connection.transaction():
            rows = [(number, 1, 0, text) for number, text in enumerate(part, start + 1)]
            await connection.copy_records_to_table("raw_event", records=rows, columns=columns)
            await connection.execute("UPDATE raw_mark SET upto = $1 WHERE id = 1", start + len(part))
    seconds = time.perf_counter() - began
    await connection.close()
    return Figure("raw limit, PostgreSQL: COPY + watermark only", events / seconds)


async def measure_baseline(folder: Path, url: str, events: int, stations: int) -> Figure:
    """Measure the usual way: aiomqtt, pydantic, one Model.create an event, an ack after it."""
    names = [f"st-{number:02d}" for number in range(1, stations + 1)]
    async with embedded_broker(folder / "broker", free_port()) as broker:
        port = int(broker.url.rpartition(":")[2])
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.baseline", str(port), url.removeprefix("sqlite:///"),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert program.stdout is not None
            await asyncio.wait_for(program.stdout.readline(), 30)
            count = max(events // 4, stations)
            flows = [make_flow(name, STORE, count // stations, 1) for name in names]
            async with flood(port, flows, 4) as load:
                used = cpu_seconds(program.pid)
                seconds = await load.run()
                cpu_us = (cpu_seconds(program.pid) - used) / count * 1e6
            peak = status_mb(program.pid, "status", "VmHWM")
        finally:
            program.kill()
            await program.wait()
            shutil.rmtree(folder / "broker", ignore_errors=True)
    what = "peer: aiomqtt + pydantic + Model.create, one event a message"
    return Figure(what, count / seconds, quantile(load.latencies_ms, 0.99), peak, cpu_us)


async def measure_home_assistant(folder: Path, events: int) -> Figure:
    """Measure states set in Home Assistant until its recorder has committed them: no broker in between."""
    try:
        said = await ask(await HOME_ASSISTANT.command(), "rate", str(folder), str(events))
    except NotRun as reason:
        return Figure(f"peer: {HOME_ASSISTANT.name}, not run: {reason}", 0.0)
    return Figure(f"peer: {HOME_ASSISTANT.name} recorder, state -> row, no broker", said["stored"])
