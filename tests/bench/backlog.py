"""A city's day without a link, drained by the stations' own sender while live events go on arriving."""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.bench.city import Compared, FleetProcess, Gauge, city, compare, prepare_fleets, run_fleets, station_names
from tests.bench.ingest import site_text
from tests.bench.table import quantile, show

GOAL_PER_S: Final = 20_000
GOAL_LIVE_MS: Final = 1_000.0
TAIL_S: Final = 120.0
#: Slower than this the run is given up.
SLOWEST_PER_S: Final = 1_000
_NOTE: Final = (
    "{stations} stations, each with {each:,} events of the last 24 h in its own outbox file (synchronous FULL), connect"
    " at once to a core on SQLite (all roles) and put {rate:g} live events/s meanwhile; {processes} fleet processes."
    " Digests of every event are computed on both sides. Load average at the end {load:.1f} on {cores} processors."
)


async def main(words: list[str]) -> None:
    """Fill the outboxes, drain them and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench backlog")
    parser.add_argument("--events", type=int, default=200_000, help="of all stations; 4300000 for the record")
    parser.add_argument("--stations", type=int, default=40)
    parser.add_argument("--rate", type=float, default=1.0, help="live events/s of one station")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(words)
    each = options.events // options.stations
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        async with city(Path(name), site_text(station_names(options.stations))) as place:
            fleets = await prepare_fleets(place, options.stations, options.processes, _words(options, each))
            gauge = Gauge(place)
            await run_fleets(fleets, TAIL_S * 2 + options.events / SLOWEST_PER_S)
            rows = gauge.rows(fleets)
            compared = await asyncio.to_thread(compare, place, fleets)
    print_table(vars(options) | {"each": each}, fleets, rows, compared)


def _words(options: argparse.Namespace, each: int) -> list[str]:
    return [
        "--rate", str(options.rate), "--minutes", "0.05", "--tail", str(TAIL_S), "--backlog", str(each),
    ]  # fmt: skip


def print_table(about: dict[str, Any], fleets: list[FleetProcess], rows: list[list[str]], compared: Compared) -> None:
    """Print who used what, and below it how fast it went."""
    reports = [fleet.report for fleet in fleets]
    backlog, seconds = sum(report["backlog"] for report in reports), max(report["backlog_s"] for report in reports)
    per_s = backlog / seconds
    live = compared.arrival_ms
    p99 = quantile(live, 0.99) if live else float("inf")
    met = compared.equal and per_s >= GOAL_PER_S and p99 <= GOAL_LIVE_MS
    show(
        f"backlog: {backlog:,} events while live ones arrive",
        ["process", "CPU s", "CPU % of a core", "peak MB"],
        rows,
        [
            _NOTE.format(**about, load=os.getloadavg()[0], cores=os.cpu_count()),
            (
                f"Drained {backlog:,} events in {seconds:,.1f} s, from the first connection to the last ack:"
                f" {per_s:,.0f} events/s. Live events meanwhile, from their time to their row: p50"
                f" {quantile(live, 0.5):,.0f} ms, p99 {p99:,.0f} ms of {len(live):,}."
            ),
            compared.words(),
            (
                f"Goal: ≥ {GOAL_PER_S:,} events/s, live p99 ≤ {GOAL_LIVE_MS:,.0f} ms, nothing lost:"
                f" {'met' if met else 'MISSED'}."
            ),
        ],
    )
