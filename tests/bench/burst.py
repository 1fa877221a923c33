"""Ten times the normal rate at real agents with a small disk budget, the core away for a third of it.

Telemetry is shed and said to be shed, no evidence is lost, and nobody's memory grows with what comes.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from provisioning.demo.processes import Program
from tests.bench.city import STRIDE, City, city
from tests.bench.edge import status_mb
from tests.bench.table import show
from tests.waiting import until

#: Events/s of one agent at normal times, by the stream of its probe.
NORMAL: Final = {"evidence": 10, "telemetry": 40}
TIMES: Final = 10
#: Memory that an agent may take (quality.md P7); the core may take twice this in a burst.
GOAL_EDGE_MB: Final = 60.0
GOAL_CORE_MB: Final = 200.0
DRAIN_S: Final = 180.0
#: Events of the last seconds, which are still on their way when the agents end.
NOT_YET_ACKED: Final = 100
BURST: Final = "burst"
AFTER: Final = "normal after"
SAMPLE: Final = "cn.yizhan.probe.sample.taken.v1"
_NOTE: Final = (
    "{edges} agents (`yizhan edge run`), each {evidence} evidence and {telemetry} telemetry events/s of about 430 bytes"
    " from two probes, then ten times as many for {seconds:g} s, then as before; disk budget {budget_mb} MB each; the"
    " core is killed after a third of the burst and started again after two."
    " Load average at the end {load:.1f} on {cores} processors."
)


@dataclass
class Memory:
    """High-water marks in MB of what has run, by process and phase."""

    edge: dict[str, float] = field(default_factory=dict)
    core: dict[str, float] = field(default_factory=dict)

    def note(self, phase: str, place: City, agents: list[Program]) -> None:
        """Read the marks before somebody ends."""
        if agents:
            mark = max(status_mb(agent.process.pid, "status", "VmHWM") for agent in agents)
            self.edge[phase] = max(mark, self.edge.get(phase, 0.0))
        if place.core is not None:
            mark = status_mb(place.core_pid, "status", "VmHWM")
            self.core[phase] = max(mark, self.core.get(phase, 0.0))


@dataclass
class Stored:
    """What the core has of one stream of all stations, and what the agents gave numbers to."""

    given: int = 0
    stored: int = 0
    declared: int = 0
    #: Numbers that are neither stored nor declared.
    open: int = 0
    #: Samples whose own counter shows a hole inside one run of an agent.
    holes: int = 0


async def main(words: list[str]) -> None:
    """Run the phases and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench burst")
    parser.add_argument("--edges", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the burst; 60 for the record")
    parser.add_argument("--normal", type=float, default=8.0, help="seconds at the normal rate before and after")
    parser.add_argument("--budget-mb", type=int, default=1, help="2 for the record")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        async with city(folder, site(options.edges, options.budget_mb, 1)) as place:
            memory = Memory()
            await phase(place, options, memory, "normal before")
            await phase(place, options, memory, BURST)
            await phase(place, options, memory, AFTER)
            found = {stream: count(place, stations(options.edges), stream) for stream in NORMAL}
    print_table(options, found, memory)


def stations(edges: int) -> list[str]:
    """Return the names of the stations."""
    return [f"st-{number:02d}" for number in range(1, edges + 1)]


def site(edges: int, budget_mb: int, times: int) -> str:
    """Return a site whose probes make `times` the normal rate."""
    parts = ['[site]\nid = "bench"\nname = "bench"\n']
    for name in stations(edges):
        parts.append(f'[[stations]]\nid = "{name}"\nname = "{name}"\n[stations.outbox]\nmax_mb = {budget_mb}\n')
        parts += [
            f'[[stations.slots]]\nid = "probe-{stream}"\nkind = "probe"\n'
            f'device = {{ id = "dev-{name}-{stream}", serial = "B", profile = "sim-probe", address = "sim:" }}\n'
            f'simulate = {{ rate = {rate * times}, stream = "{stream}", bytes = 120 }}\n'
            for stream, rate in NORMAL.items()
        ]
    return "".join(parts)


async def phase(place: City, options: argparse.Namespace, memory: Memory, name: str) -> None:
    """Run the agents at the rate of this phase and end them; they keep their state."""
    file = place.folder / f"{name.replace(' ', '-')}.toml"
    file.write_text(site(options.edges, options.budget_mb, TIMES if name == BURST else 1), encoding="utf-8")
    agents = [await start_agent(place, station, file) for station in stations(options.edges)]
    if name == BURST:
        await asyncio.sleep(options.seconds / 3)
        memory.note(name, place, agents)
        await place.kill_core()
        await asyncio.sleep(options.seconds / 3)
        await place.start_core()
        await asyncio.sleep(options.seconds / 3)
    else:
        await asyncio.sleep(options.normal)
    if name == AFTER:
        await until(lambda: all(drained(place, station) for station in stations(options.edges)), "drained", DRAIN_S)
    memory.note(name, place, agents)
    for agent in agents:
        await agent.stop()
        place.team.programs.remove(agent)


async def start_agent(place: City, station: str, file: Path) -> Program:
    """Start the agent of a station."""
    state = place.folder / station
    return await place.team.start(
        f"edge-{station}", "edge", "run", "--site", str(file), "--station", station, "--state", str(state),
        "--mqtt", place.mqtt,
    )  # fmt: skip


def heads(place: City, station: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """Return (store, stream -> (last given, acked)) of an agent's outbox."""
    path = place.folder / station / "outbox.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as outbox:
        store = str(outbox.execute("SELECT value FROM meta WHERE key = 'store'").fetchone()[0])
        return store, {row[0]: (row[1], row[2]) for row in outbox.execute("SELECT name, last, upto FROM stream")}


def drained(place: City, station: str) -> bool:
    """Return whether nothing is left of the burst: at most what the last seconds brought is not acked."""
    return all(last - upto < NOT_YET_ACKED for last, upto in heads(place, station)[1].values())


def count(place: City, names: list[str], stream: str) -> Stored:
    """Compare the numbers that the agents gave out and the core acked with what it stored and was told is gone."""
    found = Stored()
    with closing(sqlite3.connect(f"file:{place.database}?mode=ro", uri=True)) as database:
        for station in names:
            store, kept = heads(place, station)
            mark = database.execute(
                "SELECT id, lost FROM stream_mark WHERE station = ? AND store = ? AND stream = ?",
                (station, store, stream),
            ).fetchone()
            upto = kept[stream][1]
            base = mark[0] * STRIDE
            rows = database.execute(
                "SELECT id - ?, text FROM event WHERE id > ? AND id <= ?", (base, base, base + upto)
            ).fetchall()
            gone = {seq for first, last in json.loads(mark[1]) for seq in range(first, min(last, upto) + 1)}
            seqs = {seq for seq, _ in rows}
            found.given += upto
            found.stored += len(seqs)
            found.declared += len(gone - seqs)
            found.open += upto - len(seqs | gone)
            found.holes += holes([json.loads(text) for _, text in rows])
    return found


def holes(events: list[dict[str, Any]]) -> int:
    """Return how many numbers of the probes' own counters are missing, each start of an agent for itself."""
    seen: dict[tuple[str, int], set[int]] = {}
    for event in events:
        if event["type"] == SAMPLE:
            seen.setdefault((event["source"], event["epoch"]), set()).add(event["data"]["n"])
    return sum(max(numbers) - len(numbers) for numbers in seen.values())


def print_table(options: argparse.Namespace, found: dict[str, Stored], memory: Memory) -> None:
    """Print what came of the events, and who took how much memory."""
    evidence, telemetry = found["evidence"], found["telemetry"]
    edge, core = max(memory.edge.values()), max(memory.core.values())
    met = (
        evidence.stored == evidence.given and not evidence.holes and telemetry.declared > 0 and telemetry.open == 0
        and edge <= GOAL_EDGE_MB and core <= GOAL_CORE_MB
    )  # fmt: skip
    show(
        f"burst: ten times the normal rate for {options.seconds:g} s",
        [
            "stream",
            "numbers given and acked",
            "stored",
            "shed and declared",
            "neither",
            "holes in the probes' counters",
        ],
        [
            [name, *(f"{value:,}" for value in (one.given, one.stored, one.declared, one.open, one.holes))]
            for name, one in found.items()
        ],
        [
            _NOTE.format(**vars(options), **NORMAL, load=os.getloadavg()[0], cores=os.cpu_count()),
            "VmHWM in MB, the largest agent / the core: "
            + "; ".join(f"{name} {memory.edge[name]:,.0f} / {memory.core[name]:,.0f}" for name in memory.edge)
            + ".",
            (
                f"Goal: telemetry shed and declared, no evidence lost, agents ≤ {GOAL_EDGE_MB:g} MB, core ≤"
                f" {GOAL_CORE_MB:g} MB: {'met' if met else 'MISSED'}."
            ),
        ],
    )
