"""Thousands of simulated stations, the broker and the whole core on one machine: nothing lost, acks in time."""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.city import Compared, FleetProcess, Gauge, city, compare, prepare_fleets, run_fleets, station_names
from tests.bench.ingest import site_text
from tests.bench.table import show

GOAL_P99_MS: Final = 2_000.0
#: The last acks and the goodbyes come within this.
TAIL_S: Final = 120.0
START_S: Final = 120.0
_NOTE: Final = (
    "{stations} stations of {rate:g} events/s, {group} at a time (about 430 bytes, probe samples as evidence), for"
    " {minutes:g} minutes each, connecting within {ramp:g} s, in"
    " {processes} processes beside the broker and the core with all its roles; outboxes in memory, everything else the"
    " agent's own. Load average at the end {load:.1f} on {cores} processors."
)


async def main(words: list[str]) -> None:
    """Run the fleet and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench fleet")
    parser.add_argument("--stations", type=int, default=200, help="2000 for the record")
    parser.add_argument("--minutes", type=float, default=1.0, help="10 for the record")
    parser.add_argument("--rate", type=float, default=0.5, help="events/s of one station")
    parser.add_argument("--group", type=int, default=5, help="events that a station puts at a time")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--ramp", type=float, default=60.0, help="seconds within which the stations connect")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        async with city(Path(name), site_text(station_names(options.stations))) as place:
            fleets = await prepare_fleets(place, options.stations, options.processes, _words(options))
            gauge = Gauge(place)
            await run_fleets(fleets, options.ramp + options.minutes * 60 + TAIL_S + START_S)
            rows = gauge.rows(fleets)
            compared = await asyncio.to_thread(compare, place, fleets)
    print_table(options, fleets, rows, compared)


def _words(options: argparse.Namespace) -> list[str]:
    return [
        "--rate", str(options.rate), "--group", str(options.group), "--minutes", str(options.minutes),
        "--tail", str(TAIL_S),        "--ramp", str(options.ramp), "--memory",
    ]  # fmt: skip


def print_table(
    options: argparse.Namespace, fleets: list[FleetProcess], rows: list[list[str]], compared: Compared
) -> None:
    """Print who used what, and below it what came of the events."""
    reports = [fleet.report for fleet in fleets]
    p99 = max(report["p99_ack_ms"] or 0.0 for report in reports)
    seconds = max(report["seconds"] - report["tail_s"] for report in reports)
    sent = sum(report["sent"] for report in reports)
    show(
        f"fleet: {options.stations} stations",
        ["process", "CPU s", "CPU % of a core", "peak MB"],
        rows,
        [
            _NOTE.format(**vars(options), load=os.getloadavg()[0], cores=os.cpu_count()),
            (
                f"Put {sent:,} events ({sent / seconds:,.0f}/s), refused {sum(r['refused'] for r in reports)},"
                f" connections {sum(r['connects'] for r in reports)}; from put to ack p50"
                f" {max(r['p50_ack_ms'] or 0.0 for r in reports):,.0f} ms, p99 {p99:,.0f} ms (the slower process),"
                f" of which up to 200 ms are the wait for a batch."
            ),
            compared.words(),
            (
                f"Goal: nothing lost, p99 ≤ {GOAL_P99_MS:,.0f} ms:"
                f" {'met' if compared.equal and p99 <= GOAL_P99_MS else 'MISSED'}."
            ),
        ],
    )
