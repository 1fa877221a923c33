"""A backup of a city's database, and its restore into an empty PostgreSQL, beside pg_dump and pg_restore."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from cloud.platform import archive
from provisioning.demo.processes import ROOT
from tests.bench.bulk import fill
from tests.bench.table import show
from tests.peers.postgres import find_program, running_postgres


async def main(words: list[str]) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench restore", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pg").mkdir(mode=0o755)
        with running_postgres(folder / "pg") as url:
            await _measure(folder, url, options.events, options.people)


async def _measure(folder: Path, url: str, events: int, people: int) -> None:
    lite = f"sqlite:///{folder}/first.db"
    (folder / "secret").write_bytes(os.urandom(32))
    await yizhan(folder, lite, "cloud", "migrate")
    made = await fill(lite, events, people, datetime.now(UTC))
    rows = []
    saved = await yizhan(folder, lite, "cloud", "backup", f"{folder}/lite.zip")
    rows.append(_row("backup of SQLite", saved))
    done = await yizhan(folder, url, "cloud", "restore", f"{folder}/lite.zip")
    rows.append(_row("restore into an empty PostgreSQL", done))
    again = await yizhan(folder, url, "cloud", "backup", f"{folder}/pg.zip")
    rows.append(_row("backup of PostgreSQL", again))
    back = await yizhan(folder, f"sqlite:///{folder}/last.db", "cloud", "restore", f"{folder}/pg.zip")
    rows.append(_row("restore into an empty SQLite", back))
    same = _sums(folder / "lite.zip") == _sums(folder / "pg.zip")
    rows += await _peer(folder, url)
    told = (
        f"{made['event']} events, {made.get('person', 0)} people; counts and SHA-256 of all {done['tables']} tables"
        f" of the restored PostgreSQL equal those of the first SQLite: {'yes' if same else 'NO'}."
    )
    show(
        "Backup and restore",
        ("what", "s", "rows", "rows/s", "file, MB"),
        rows,
        (
            told,
            "A restore counts and sums up what it reads back before it commits; pg_restore does not.",
        ),
    )
    if not same:
        raise SystemExit(1)


async def _peer(folder: Path, url: str) -> list[Sequence[str]]:
    """Copy the same database with the server's own tools."""
    dump, load = find_program("pg_dump"), find_program("pg_restore")
    if dump is None or load is None:
        return []
    server = await asyncpg.connect(url)
    await server.execute("CREATE DATABASE peer")
    count = await server.fetchval("SELECT count(*) FROM event")
    await server.close()
    file = folder / "peer.dump"
    began = time.monotonic()
    await _run([dump, "-Fc", "-Z1", "-f", str(file), url], os.environ)
    dumped = time.monotonic() - began
    began = time.monotonic()
    await _run(
        [load, "--single-transaction", "-d", urlsplit(url)._replace(path="/peer").geturl(), str(file)], os.environ
    )
    loaded = time.monotonic() - began
    size = f"{file.stat().st_size / 1e6:.0f}"
    return [
        ("pg_dump -Fc -Z1", f"{dumped:.1f}", str(count), f"{count / dumped:,.0f}", size),
        ("pg_restore --single-transaction", f"{loaded:.1f}", str(count), f"{count / loaded:,.0f}", size),
    ]


def _sums(path: Path) -> dict[str, tuple[int, str]]:
    with archive.reading(path) as file:
        return {table.name: (table.rows, table.sha256) for table in file.manifest.tables}


def _row(what: str, report: dict[str, Any]) -> Sequence[str]:
    speed = report["rows"] / report["seconds"]
    return (what, f"{report['seconds']:.1f}", str(report["rows"]), f"{speed:,.0f}", f"{report['bytes'] / 1e6:.0f}")


async def yizhan(folder: Path, database: str, *words: str) -> dict[str, Any]:
    """Run a command on a database and return what it says."""
    own = {"YIZHAN_DATA_DIR": str(folder), "YIZHAN_DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
    text = await _run([sys.executable, str(ROOT / "yizhan.py"), *words], {**os.environ, **own})
    return dict(json.loads(text))


async def _run(words: list[str], environment: Any) -> str:
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, env=environment)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{words[-3:]} ended with {process.returncode}")
    return out.decode()
