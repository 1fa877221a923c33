"""P3: the agent's outbox, durable on return; puts in groups and singly, and the drain, beside SQLite alone."""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.outbox import Outbox, open_outbox
from protocols.venue.events import MAX_BATCH_EVENTS, encode_batch, render
from protocols.venue.vocabulary import Stream
from provisioning.site import OutboxLimits
from tests.bench.flood import event_text
from tests.bench.peers import HOME_ASSISTANT, OURS, THINGSBOARD, NotRun, ask, kill_and_count
from tests.bench.table import quantile, show

#: Goals in events/s (quality.md P3).
GOAL_GROUPED: Final = 40_000
GOAL_SINGLE: Final = 4_000
GOAL_DRAIN: Final = 50_000
#: (key of the answer, what it is, index of the raw row)
_RIVAL_ROWS: Final = (("put", "put", 0), ("stored", "put until it is in the store", 0), ("drained", "drain", 1))
_RIVALS_NOTE: Final = (
    "The rivals run with their shipped settings, as real classes in environments of their own. Their put returns before"
    " the event is durable: ThingsBoard's SQLite storage queues it in memory, its file storage writes without fsync."
)
GROUP: Final = 200
#: Callers that put at the same time; their events share commits.
CALLERS: Final = 200


async def main(words: list[str]) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench outbox")
    parser.add_argument("--events", type=int, default=100_000, help="events of the grouped rows")
    parser.add_argument("--singly", type=int, default=5_000, help="events of the single rows")
    parser.add_argument("--rival-events", type=int, default=5_000, help="events of the rivals' rows")
    parser.add_argument("--kills", type=int, default=5, help="kills of each in the comparison of losses")
    options = parser.parse_args(words)
    texts = [event_text("st-01", seq) for seq in range(1, options.events + 1)]
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        raw_grouped = raw(folder / "grouped.db", texts, GROUP)
        raw_single = raw(folder / "single.db", texts[: options.singly], 1)
        raw_drained = raw_drain(folder / "grouped.db")
        limits = OutboxLimits(max_mb=4_096)
        async with open_outbox(folder, limits, _declare, lambda: datetime.now(UTC)) as outbox:
            grouped = await _rate(lambda: _grouped(outbox, texts), len(texts))
            drained = await _rate(lambda: _drain(outbox, len(texts)), len(texts))
            singly, latency_ms = await _singly(outbox, texts[: options.singly])
            together = await _rate(lambda: _together(outbox, texts[: options.singly * 2]), options.singly * 2)
    rows = [
        _row("raw limit: SQLite, groups of 200", raw_grouped, raw_grouped),
        _row("ours, put_many of 200", grouped, raw_grouped, GOAL_GROUPED),
        _row(f"ours, put by {CALLERS} callers at once", together, raw_grouped, GOAL_GROUPED),
        _row("raw limit: SQLite, one a commit", raw_single, raw_single),
        _row(f"ours, put singly (p99 {latency_ms:.2f} ms)", singly, raw_single, GOAL_SINGLE),
        _row("raw limit: SELECT in pages of 500", raw_drained, raw_drained),
        _row("ours, drain into batches", drained, raw_drained, GOAL_DRAIN),
    ]
    rivals, losses = await _rivals(options, (raw_grouped, raw_drained))
    show("outbox: durable on return", ["path", "events/s", "of raw", "goal"], [*rows, *rivals], [_RIVALS_NOTE])
    show("outbox: kill -9 while a thousand events a second are put", ["store", "taken and lost"], losses)


async def _rivals(options: argparse.Namespace, raws: tuple[float, float]) -> tuple[list[list[str]], list[list[str]]]:
    """Return rows of rates, and of what is lost at a kill."""
    rates, losses = [], [["ours", (await kill_and_count(OURS, options.kills)).words()]]
    for kind in ("sqlite", "file"):
        name = f"{THINGSBOARD.name}, {kind} storage"
        try:
            command = [*await THINGSBOARD.command(), kind]
            with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
                said = await ask(command, "rate", folder, str(options.rival_events))
            rates += [_row(f"{name}: {what}", said[key], raws[raw]) for key, what, raw in _RIVAL_ROWS]
            losses.append([name, (await kill_and_count(command, options.kills)).words()])
        except NotRun as reason:
            rates.append([f"{name}: not run: {reason}", "", "", ""])
    try:
        lost = (await kill_and_count(await HOME_ASSISTANT.command(), options.kills)).words()
    except NotRun as reason:
        lost = f"not run: {reason}"
    return rates, [*losses, [f"{HOME_ASSISTANT.name} recorder", lost]]


def _row(what: str, per_s: float, raw_per_s: float, goal: int | None = None) -> list[str]:
    verdict = "" if goal is None else f"≥ {goal:,}: {'met' if per_s >= goal else 'MISSED'}"
    return [what, f"{per_s:,.0f}", f"{per_s / raw_per_s:.2f}", verdict]


def _declare(name: str, data: Mapping[str, object], stream: Stream) -> str:
    return json.dumps({"type": name, "stream": stream, "data": data})


async def _rate(work: Callable[[], Awaitable[None]], count: int) -> float:
    began = time.perf_counter()
    await work()
    return count / (time.perf_counter() - began)


async def _grouped(outbox: Outbox, texts: list[str]) -> None:
    for start in range(0, len(texts), GROUP):
        await outbox.put_many("evidence", texts[start : start + GROUP])


async def _together(outbox: Outbox, texts: list[str]) -> None:
    """Put from many callers, each of which waits for its own event."""

    async def caller(number: int) -> None:
        for text in texts[number::CALLERS]:
            await outbox.put("ops", text)

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))


async def _singly(outbox: Outbox, texts: list[str]) -> tuple[float, float]:
    taken = []
    began = time.perf_counter()
    for text in texts:
        at = time.perf_counter()
        await outbox.put("telemetry", text)
        taken.append((time.perf_counter() - at) * 1000)
    return len(texts) / (time.perf_counter() - began), quantile(taken, 0.99)


async def _drain(outbox: Outbox, count: int) -> None:
    after = 0
    while after < count:
        rows = await outbox.drain("evidence", after, MAX_BATCH_EVENTS)
        encode_batch([render(row.text, row.seq, replay=True) for row in rows])
        after = rows[-1].seq


def raw(path: Path, texts: list[str], group: int) -> float:
    """Return events/s of plain appends, `group` to a commit."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA wal_autocheckpoint=4000")
    database.execute("CREATE TABLE event(seq INTEGER PRIMARY KEY, text TEXT)")
    began = time.perf_counter()
    for start in range(0, len(texts), group):
        database.execute("BEGIN")
        database.executemany("INSERT INTO event(text) VALUES(?)", [(text,) for text in texts[start : start + group]])
        database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return len(texts) / seconds


def raw_drain(path: Path) -> float:
    """Return events/s of plain reads in pages."""
    database = sqlite3.connect(path)
    began, count, after = time.perf_counter(), 0, 0
    while page := database.execute(
        "SELECT seq, text FROM event WHERE seq > ? ORDER BY seq LIMIT 500", (after,)
    ).fetchall():
        after = page[-1][0]
        count += len(page)
    database.close()
    return count / (time.perf_counter() - began)
