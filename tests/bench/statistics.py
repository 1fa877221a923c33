"""The figures of a month over a city's market, and a ledger of a hundred thousand rows: time and memory.

`scripts/bench statistics [--posts 200000] [--people 300000] [--rows 100000] [--postgres]`
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psutil

from cloud.jobs import service as jobs
from cloud.ledgers import books, publications, service
from cloud.ledgers.figures import facts_of
from cloud.ledgers.rules import rules_on
from cloud.platform import stores
from cloud.platform.core import Core
from cloud.platform.database import open_database
from cloud.platform.keystore import open_keyring
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings, load_secret
from cloud.platform.tables import read_tables
from tests.bench.bulk import Row, made_value
from tests.bench.table import show
from tests.cloud.clocks import HandClock
from tests.peers.postgres import running_postgres

PERIOD: Final = "2026-02"
FIRST: Final = date(2026, 2, 1)
FIRMS: Final = 3_000
SECTIONS: Final = "ACEFGHIKLMNOPQR"
HOURS: Final = ("08:00-17:00", "09:00-18:00", "每天4小时", "18:00-22:00", "做六休一，8小时")


@dataclass(slots=True)
class Peak:
    """Memory of this process above what it had at the start, MB; how long it took, s."""

    megabytes: float = 0.0
    seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Peak]:
    """Measure the body."""
    process, found, stop = psutil.Process(), Peak(), threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not stop.wait(0.02):
            found.megabytes = max(found.megabytes, (process.memory_info().rss - before) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - started
        stop.set()
        watcher.join()


async def fill(url: str, posts: int, people: int) -> None:
    """Fill a database whose schema is current with two months of a city's market."""
    async with stores.filling(url) as store:
        tables = await read_tables(store.query, store.dialect)
        changes: Any = stores.CHANGES[store.dialect]
        for name, rows in _content(posts, people):
            table = tables[name]
            lines = ([made_value(column, row, number, changes) for column in table.columns]
                     for number, row in enumerate(rows, 1))  # fmt: skip
            await store.fill(table, lines)
            await store.set_last_id(table, 0)


def _content(posts: int, people: int) -> Iterator[tuple[str, Iterator[Row]]]:
    codes = list(jobs.occupations())
    yield "firm", ({"id": _id(1, n), "uscc": f"{n:018d}", "name": f"第{n}公司", "verified": True} for n in range(FIRMS))
    yield "firm_case", ({"id": _id(2, n), "firm": _id(1, n), "number": 1, "state": "verified",
                         "industry": f"{SECTIONS[n % len(SECTIONS)]}10", "decided_at": _at(FIRST)}
                        for n in range(FIRMS))  # fmt: skip
    yield "post", _posts(posts, codes)
    yield "person", _persons(people)
    yield "profile", _profiles(people)
    yield "job_wish", _wishes(people, codes)


def _posts(posts: int, codes: list[str]) -> Iterator[Row]:
    rng = random.Random(1)
    for number in range(posts):
        day = FIRST + timedelta(days=rng.randint(-31, 27))
        low = rng.randint(120, 260) * 100
        yield {"id": _id(3, number), "firm_id": _id(1, rng.randrange(FIRMS)), "title": f"岗位 {number}",
               "occupation": codes[int(rng.random() ** 2 * len(codes))], "headcount": rng.randint(1, 20),
               "requirements": "身体健康，能搬重物。", "skills": "[]", "district": "润州区", "address": "工人路 1 号",
               "hours": rng.choice(HOURS), "pay_min_fen": low, "pay_max_fen": low + rng.randint(0, 80) * 100,
               "pay_unit": "day", "pay_method": "日结", "form": "temporary", "gig": True, "valid_from": day.isoformat(),
               "valid_to": (day + timedelta(days=20)).isoformat(), "contact_name": "李", "contact_phone": "138****0001",
               "state": "published", "created_at": _at(day), "published_at": _at(day)}  # fmt: skip


def _persons(people: int) -> Iterator[Row]:
    for number in range(people):
        blinds = dict.fromkeys(("name_blind", "id_blind", "phone_blind"), f"{number:064x}")
        yield {"id": _id(4, number), "sex": "female" if number % 2 else "male",
               "birth": date(1960 + number % 45, 1 + number % 12, 1).isoformat(), "channel": "counter", **blinds,
               "created_at": _at(FIRST), "updated_at": _at(FIRST)}  # fmt: skip


def _profiles(people: int) -> Iterator[Row]:
    for number in range(people):
        yield {"id": _id(5, number), "person_id": _id(4, number), "education": ("70", "60", "30", "20")[number % 4],
               "registered_at": _at(FIRST - timedelta(days=number % 300)), "updated_at": _at(FIRST)}  # fmt: skip


def _wishes(people: int, codes: list[str]) -> Iterator[Row]:
    rng, row = random.Random(2), 0
    for number in range(people):
        for rank in range(rng.randint(1, 3)):
            row += 1
            yield {"id": row, "profile_id": _id(5, number), "rank": rank, "words": "找活",
                   "occupation": codes[int(rng.random() ** 2 * len(codes))], "coded_by": "coder"}  # fmt: skip


def _id(kind: int, number: int) -> str:
    return str(UUID(int=kind * 2**96 + number))


def _at(day: date) -> str:
    return datetime.combine(day, datetime.min.time(), UTC).isoformat(timespec="microseconds")


async def main(words: list[str]) -> None:
    """Fill, measure, show."""
    parser = argparse.ArgumentParser(prog="scripts/bench statistics")
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        if options.postgres:
            with running_postgres(Path(folder)) as url:
                await _measure(options, url, Path(folder), "PostgreSQL")
        else:
            await _measure(options, f"sqlite:///{folder}/city.db", Path(folder), "SQLite")


async def _measure(options: argparse.Namespace, url: str, folder: Path, name: str) -> None:
    async with open_database(url):
        pass
    await fill(url, options.posts, options.people)
    async with open_database(url) as database:
        settings = Settings(data_dir=folder / "data", database_url=url)
        secret, clock = load_secret(settings.secret_path), HandClock()
        keyring = await open_keyring(secret, clock.now())
        core = Core(settings, secret, clock, database, Outbox(), Hub(), Metrics(), keyring)
        rows = [
            await _row("facts of a month", facts_of(core, PERIOD, rules_on(FIRST))),
            await _row("sheet with the month before", publications.live_sheet(core, PERIOD)),
        ]
        document = (await publications.live_sheet(core, PERIOD)).document
        meta = await books.meta_of(core, None, document, "0" * 64)
        rows += [await _row(f"sheet as {shape}", books.file_of(core, document, meta, shape)) for shape in books.SHAPES]
        ledger, span = _cut(options.rows), (FIRST - timedelta(days=31), FIRST + timedelta(days=27))
        for form in service.FORMS:
            words = f"ledger of {options.rows:,} posts as {form}"
            rows += [await _row(words, _size(core, service.Wanted(ledger, *span, form)))]
    title = f"Statistics: {options.posts:,} posts, {options.people:,} people, {name}"
    show(title, ("what", "s", "memory above the start, MB", "result"), rows)


def _cut(rows: int) -> service.Ledger:
    """Return the ledger of posts with at most so many rows."""
    ledger = service.find_ledger("posts")

    async def some(core: Core, start: datetime, end: datetime) -> Any:
        count = 0
        async for row in ledger.rows(core, start, end):
            if count == rows:
                return
            count += 1
            yield row

    return service.Ledger(ledger.id, ledger.title, ledger.about, ledger.columns, some)


async def _size(core: Core, wanted: service.Wanted) -> str:
    made = await service.make(core, wanted, "staff:bench")
    return f"{made.rows:,} rows, {made.shown:,} in the file, {len(made.file) / 2**20:.1f} MB"


async def _row(what: str, work: Awaitable[object]) -> tuple[str, str, str, str]:
    with measured() as peak:
        result = await work
    words = result if isinstance(result, str) else f"{len(result) / 2**20:.2f} MB" if isinstance(result, bytes) else ""
    return what, f"{peak.seconds:.2f}", f"{peak.megabytes:.0f}", words
