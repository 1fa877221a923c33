"""10,000 posts of a spreadsheet, 500 of them spoiled in more than ten ways: judged, brought in, compared row by row."""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cloud.jobs import imports
from cloud.jobs import service as jobs
from cloud.jobs.models import Post, PostImportRow
from cloud.jobs.workbooks import check_file
from cloud.platform.core import Core
from cloud.platform.database import open_database
from cloud.platform.keystore import open_keyring
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings, load_secret
from tests.bench.table import show
from tests.cloud.clocks import HandClock
from tests.cloud.jobs.books import SPOILS, book, code_of, good_row, spoiled
from tests.cloud.jobs.drafts import FIRM
from tests.peers.postgres import running_postgres

FIRMS = 40


async def main(words: list[str]) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench import", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--bad", type=int, default=500)
    parser.add_argument("--url", default="", help="measure this database only, in this process")
    options = parser.parse_args(words)
    rows, wrong = sheet_of(options.rows, options.bad)
    data = book(rows)
    if options.url:
        with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
            print(json.dumps(await measure(options.url, Path(name), data, wrong)))
        return
    table = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pg").mkdir(mode=0o755)
        with running_postgres(folder / "pg") as url:
            table = [await apart(one, options) for one in (f"sqlite:///{folder}/cloud.db", url)]
    head = [
        "database",
        "judged",
        "brought in",
        "both",
        "CPU",
        "live",
        "bad rows",
        "report right",
        "again",
        "peak memory",
    ]
    size = f"{options.rows} rows ({len(data) / 1e6:.1f} MB XLSX), {options.bad} of them spoiled in {len(SPOILS)} ways"
    ways = f"{size} ({len({spoil[3] for spoil in SPOILS})} codes), {FIRMS} firms; screening included."
    right = "`report right`: exactly the spoiled rows are bad, each with the column and the code of its spoiling."
    show("Series import", head, table, [ways, right])


async def apart(url: str, options: argparse.Namespace) -> list[str]:
    """Return the row of a database, measured in a process of its own: one process knows one dialect."""
    words = ["--rows", str(options.rows), "--bad", str(options.bad), "--url", url]
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench", "import", *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await program.communicate()
    row: list[str] = json.loads(out)
    return row


def sheet_of(count: int, bad: int) -> tuple[list[dict[str, str]], dict[int, tuple[str, str]]]:
    """Return (rows, row number -> (column, code) of each that is spoiled, spread evenly)."""
    step = max(1, count // bad)
    rows: list[dict[str, str]] = []
    wrong: dict[int, tuple[str, str]] = {}
    for number in range(count):
        row = good_row(number, 1 + number % FIRMS)
        if number % step == step // 2 and len(wrong) < bad:
            spoil = SPOILS[len(wrong) % len(SPOILS)]
            row = spoiled(row, spoil)
            wrong[number + 2] = (spoil[2], spoil[3])
        rows.append(row)
    return rows, wrong


async def measure(url: str, folder: Path, data: bytes, wrong: dict[int, tuple[str, str]]) -> list[str]:
    """Return a row of the table."""
    async with core_on(url, folder) as core:
        for number in range(1, FIRMS + 1):
            values = FIRM | {"uscc": code_of(number), "name": f"示范企业{number}"}
            await jobs.create_firm(core, jobs.FirmDraft.model_validate(values), verified=True)
        began, cpu_s = time.perf_counter(), time.process_time()
        check_file(data)
        key = await imports.begin(core, "bench.xlsx", data, by="bench")
        await imports.work(core)
        judged_s = time.perf_counter() - began
        right = await report_is(key, wrong)
        began = time.perf_counter()
        await imports.decide(core, key, "good", by="bench")
        await imports.work(core)
        stored_s = time.perf_counter() - began
        cpu_s = time.process_time() - cpu_s
        live = await Post.filter(state="published").count()
        job = await imports.get_import(key)
        again = await imports.begin(core, "bench.xlsx", data, by="bench")
        await imports.work(core)
        repeated: dict[str, Any] = await imports.get_import(again)
        used = resource.getrusage(resource.RUSAGE_SELF)
        kind = core.database.dialect
    said = f"{repeated['good']} new, {repeated['known']} known"
    return [
        kind, f"{judged_s:.1f} s", f"{stored_s:.1f} s", f"{judged_s + stored_s:.1f} s", f"{cpu_s:.1f} s",
        str(live), str(job["bad"]), "yes" if right else "NO", said, f"{used.ru_maxrss / 1024:.0f} MB",
    ]  # fmt: skip


async def report_is(import_id: str, wrong: dict[int, tuple[str, str]]) -> bool:
    """Return whether exactly the spoiled rows are bad, each for what was done to it."""
    found: dict[int, set[tuple[str, str]]] = {}
    cursor: int | None = 0
    while cursor is not None:
        rows, cursor = await imports.list_rows(import_id, state="bad", cursor=cursor, limit=200)
        found |= {row["row"]: {(one["column"], one["code"]) for one in row["errors"]} for row in rows}
    good = await PostImportRow.filter(job_id=import_id, state="good").count()
    return set(found) == set(wrong) and good > 0 and all(pair in found[row] for row, pair in wrong.items())


@asynccontextmanager
async def core_on(url: str, folder: Path) -> AsyncIterator[Core]:
    """Yield a core without a broker on an empty database."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    settings = Settings(data_dir=folder, database_url=url, secret_file=folder / "secret")
    (folder / "secret").write_bytes(os.urandom(32))
    (folder / "secret").chmod(0o600)
    clock = HandClock()
    async with open_database(url) as database:
        secret = load_secret(settings.secret_path)
        keyring = await open_keyring(secret, clock.now())
        yield Core(settings, secret, clock, database, Outbox(), Hub(), Metrics(), keyring)
