"""REST reads and console pages of a core over a city's data (P8), beside /healthz of the same run.

Asked when the scheduler has looked at every job once: what a new version finds to do in old data is done then, such as
giving hundreds of firms their first round. The table says how long that took.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import aiohttp

from cloud.platform import stores
from cloud.schedule import JOBS
from provisioning.demo.processes import crew
from tests.bench.bulk import STATIONS, fill
from tests.bench.restore import run_yizhan, yizhan
from tests.bench.table import quantile, show
from tests.peers.postgres import running_postgres
from tests.waiting import until

REST_MS: Final = 20.0
PAGE_MS: Final = 80.0
READY_S: Final = 120.0

#: (what, path; {n} is the number of the request, limit in ms)
READS: Final[tuple[tuple[str, Callable[[int], str], float], ...]] = (
    ("GET /healthz (raw)", lambda _: "/healthz", 0.0),
    ("stations", lambda _: "/api/v1/stations", REST_MS),
    ("one station", lambda n: f"/api/v1/stations/st-{n % STATIONS:03d}", REST_MS),
    ("100 events of a stream", lambda n: f"/api/v1/stations/st-{n % STATIONS:03d}/events?stream=evidence&limit=100",
     REST_MS),
    ("posts", lambda _: "/api/v1/posts?limit=50", REST_MS),
    ("one post", lambda n: f"/api/v1/posts/{UUID(int=1_000 + n)}", REST_MS),
    ("alarms", lambda _: "/api/v1/alarms", REST_MS),
    ("page 今天", lambda _: "/", PAGE_MS),
    ("page 场馆", lambda _: "/venues", PAGE_MS),
    ("page of a station", lambda n: f"/venues/st-{n % STATIONS:03d}", PAGE_MS),
    ("page 岗位", lambda _: "/posts", PAGE_MS),
    ("page of a post", lambda n: f"/posts/{UUID(int=1_000 + n)}", PAGE_MS),
)  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What one kind of request took, ms."""

    what: str
    limit_ms: float
    times_ms: list[float]
    size: int


async def main(words: list[str]) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench web", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--dialect", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args(words)
    for dialect in ("sqlite", "postgres") if options.dialect == "both" else (options.dialect,):
        with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            async with _database(folder, dialect) as url:
                await yizhan(folder, url, "cloud", "migrate")
                made = await fill(url, options.events, options.people, datetime.now(UTC))
                found, waited_s = await _measure(folder, url, options.requests)
        _show(dialect, made, found, waited_s)


@asynccontextmanager
async def _database(folder: Path, dialect: str) -> AsyncIterator[str]:
    if dialect == "sqlite":
        yield f"sqlite:///{folder}/web.db"
        return
    (folder / "pg").mkdir(mode=0o755)
    with running_postgres(folder / "pg") as url:
        yield url


async def _measure(folder: Path, url: str, requests: int) -> tuple[list[Answers], float]:
    settings = {**os.environ, "YIZHAN_DATA_DIR": str(folder), "YIZHAN_DATABASE_URL": url, "YIZHAN_HTTP_PORT": "0",
                "YIZHAN_EMBEDDED_MQTT_PORT": "0"}  # fmt: skip
    token = await run_yizhan(folder, url, "cloud", "token", "create", "--role", "admin", "--days", "1")
    async with crew(folder, settings) as team:
        await team.start("core", "cloud", "run")
        told = folder / "http.json"
        try:
            await until(told.exists, "the core listens", READY_S)
        except AssertionError as error:
            raise RuntimeError((folder / "core.log").read_text("utf-8")) from error
        began = time.monotonic()
        while not await _caught_up(url):
            if time.monotonic() - began > READY_S:
                raise RuntimeError("the scheduler does not catch up")
            await asyncio.sleep(0.2)
        waited_s = time.monotonic() - began
        base = json.loads(told.read_text())["url"]
        async with aiohttp.ClientSession(base, headers={"Authorization": f"Bearer {token.strip()}"}) as http:
            return [await _ask(http, what, path, limit, requests) for what, path, limit in READS], waited_s


async def _caught_up(url: str) -> bool:
    """Return whether the scheduler has looked at every job and none runs."""
    async with stores.reading(url) as store:
        rows = await store.query("SELECT name, result FROM job")
    return len(rows) == len(JOBS) and all(row["result"] != "running" for row in rows)


async def _ask(
    http: aiohttp.ClientSession, what: str, path: Callable[[int], str], limit_ms: float, requests: int
) -> Answers:
    """Send requests one after another, as one person's browser does; the first ten warm up."""
    times: list[float] = []
    size = 0
    for number in range(requests + 10):
        began = time.perf_counter()
        async with http.get(path(number)) as answer:
            body = await answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200 or answer.url.path == "/login":
            raise RuntimeError(f"{path(number)} answers {answer.status} at {answer.url.path}")
        if number >= 10:
            times.append(took)
            size = len(body)
    return Answers(what, limit_ms, times, size)


def _show(dialect: str, made: dict[str, int], found: list[Answers], waited_s: float) -> None:
    rows = [
        (
            one.what,
            f"{quantile(one.times_ms, 0.5):.1f}",
            f"{quantile(one.times_ms, 0.95):.1f}",
            f"{one.limit_ms:.0f}" if one.limit_ms else "-",
            "-" if not one.limit_ms else ("yes" if quantile(one.times_ms, 0.95) <= one.limit_ms else "NO"),
            f"{one.size / 1024:.0f}",
        )
        for one in found
    ]
    rows_made = ", ".join(f"{count} {name}" for name, count in made.items() if count)
    notes = (f"Rows: {rows_made}.", f"The scheduler had caught up {waited_s:.1f} s after the core listened.")
    show(f"Web (P8), {dialect}", ("what", "p50 ms", "p95 ms", "limit", "within", "KiB"), rows, notes)
