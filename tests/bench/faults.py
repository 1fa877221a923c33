"""`scripts/bench faults`: random faults over a city of real processes, and what became of every event."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.table import show
from tests.faults.lossy import NAMESPACE, in_namespace
from tests.faults.run import HEADER, Wish, keep_free_of, run_faults
from tests.faults.scenarios import HEADER as SCENARIO_HEADER
from tests.faults.scenarios import SCENARIOS, play

#: Mean gap between two faults, s.
MEAN_GAP_S = 2.0
#: Needs a network of its own.
LOSSY = "F12"


async def main(words: list[str]) -> None:
    """Run, print the table, and fail if anything was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(prog="scripts/bench faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=1_000)
    parser.add_argument("--stations", type=int, default=8)
    parser.add_argument("--rate", type=float, default=10.0, help="events a second of each station")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--left-alone", type=float, default=30.0, metavar="S", help="peace after a sampled fault")
    parser.add_argument("--tail", type=float, default=60.0, metavar="S", help="peace after the last fault")
    parser.add_argument("--minutes", type=float, default=45.0, help="refuse a run that is expected to last longer")
    parser.add_argument("--resume", type=Path, metavar="DIR", help="where a run is kept; goes on with one found there")
    parser.add_argument("--scenarios", nargs="*", metavar="F", help="play these scenarios instead; none named: all")
    parser.add_argument("--short", action="store_true", help="the scenarios in their short form")
    options = parser.parse_args(words)
    if options.scenarios is not None:
        await _play_scenarios(options.scenarios or list(SCENARIOS), options.seed, short=options.short)
        return
    expected_s = options.faults * MEAN_GAP_S + options.tail + options.left_alone
    if expected_s > options.minutes * 60:
        parser.error(f"{options.faults} faults last about {expected_s / 60:.0f} minutes")
    folder = options.resume or Path(tempfile.mkdtemp(prefix="yizhan-faults-"))
    wish = Wish(
        folder, options.seed, options.faults, options.stations, options.rate, options.left_alone, options.tail
    )  # fmt: skip
    try:
        result = await run_faults(wish)
    except asyncio.CancelledError:
        print(f"interrupted; go on with --resume {folder} --seed {options.seed} and the same options", flush=True)
        raise
    show(f"Random faults ({options.faults} over {options.stations} stations)", HEADER, result.rows, result.notes)
    if result.failures:
        print("FAILED:\n- " + "\n- ".join(result.failures) + f"\nEverything is kept in {folder}", flush=True)
        sys.exit(1)
    print("Nothing lost, nothing twice, nothing wrong.", flush=True)
    if options.resume is None:
        keep_free_of(folder)


async def _play_scenarios(names: list[str], seed: int, *, short: bool) -> None:
    outcomes = []
    for name in names:
        if name == LOSSY and not in_namespace():
            print(f"{name} is left out: play it alone, behind {' '.join(NAMESPACE[:2])} (tests/faults/lossy.py)")
            continue
        with tempfile.TemporaryDirectory(prefix=f"yizhan-{name}-") as folder:
            outcomes.append(await play(name, Path(folder) / "city", seed, short=short))
            print(" | ".join(outcomes[-1].row), flush=True)
    show("Fault scenarios", SCENARIO_HEADER, [one.row for one in outcomes])
    if any(one.failures for one in outcomes):
        sys.exit(1)
