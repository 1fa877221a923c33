"""P7: memory (VmRSS, Pss) and idle CPU of one agent as its own process, and what each further driver adds."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioning.broker import embedded_broker
from provisioning.demo.processes import Crew, crew
from provisioning.demo.venue import MARKET, venue
from tests.bench.table import show
from tests.waiting import free_port, until

GOAL_RSS_MB: Final = 60.0
GOAL_CPU_PERCENT: Final = 2.0

#: (slot, kind, profile, key of the hall's addresses or a literal address), in the order in which they are added.
SLOTS: Final = (
    ("wall", "wall", "hdmi-wall-page", "page:"),
    ("door-1", "door", "modbus-door-contact", "modbus"),
    ("light-1", "light", "modbus-light", "modbus"),
    ("hall-1", "occupancy", "hlk-ld2410", "ld2410"),
    ("staff-1", "staff", "sim-staff", "staff"),
    ("kiosk-1", "kiosk", "sim-kiosk", "kiosk"),
    ("face-1", "face", "sim-face", "face"),
    ("printer-1", "printer", "sim-printer", "printer"),
    ("camera-1", "camera", "sim-camera", "camera"),
    ("counter-1", "occupancy", "sim-occupancy", "occupancy"),
    ("ups-1", "ups", "sim-ups", "ups"),
    ("reader-1", "kiosk", "samv-reader", "samv"),
    ("scanner-1", "kiosk", "gm65-scanner", "scanner"),
    ("probe-1", "probe", "sim-probe", "sim:"),
)


@dataclass(frozen=True)
class Reading:
    """Memory in MB and CPU in percent of one core."""

    rss_mb: float
    pss_mb: float
    cpu_percent: float


async def main(words: list[str]) -> None:
    """Measure an agent with 0..all slots, then the full one for `--minutes`, and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench edge")
    parser.add_argument("--seconds", type=float, default=12.0, help="how long each agent runs before its reading")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the demo runs (20 for the record)")
    options = parser.parse_args(words)
    readings: list[tuple[str, Reading]] = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        async with bench_hall(Path(name)) as hall:
            for count in range(len(SLOTS) + 1):
                what = f"+ {SLOTS[count - 1][2]}" if count else "agent without slots"
                readings.append((what, await hall.measure(count, options.seconds)))
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        async with venue(Path(name), 1, free_port(), None) as place:
            reading = await read(place.agents[MARKET].process.pid, options.minutes * 60)
            readings.append((f"the demo's market agent, {options.minutes:g} minutes, core connected", reading))
    print_table(readings, options.minutes)


def print_table(readings: list[tuple[str, Reading]], minutes: float) -> None:
    """Print what each step added."""
    rows, before = [], 0.0
    for what, reading in readings:
        added = f"{reading.rss_mb - before:+.1f}" if before else ""
        rows.append([what, f"{reading.rss_mb:.1f}", f"{reading.pss_mb:.1f}", added, f"{reading.cpu_percent:.2f}"])
        before = reading.rss_mb
    rows.append(["raw: a Python process that imports aiohttp.web, aiomqtt, sqlite3", *bare(), "", ""])
    last = readings[-1][1]
    met = last.rss_mb <= GOAL_RSS_MB and last.cpu_percent <= GOAL_CPU_PERCENT
    show(
        f"edge: one agent with {len(SLOTS)} slots, {minutes:g} minutes",
        ["agent", "VmRSS MB", "Pss MB", "added MB", "CPU % of a core"],
        rows,
        [f"Goal ≤ {GOAL_RSS_MB:g} MB and ≤ {GOAL_CPU_PERCENT:g} % idle: {'met' if met else 'MISSED'}."],
    )


@dataclass(frozen=True)
class BenchHall:
    """A simulated hall and a broker; agents come and go."""

    team: Crew
    folder: Path
    addresses: dict[str, str]
    mqtt: str

    async def measure(self, count: int, seconds: float) -> Reading:
        """Return the reading of an agent with the first `count` slots after `seconds`."""
        site = self.folder / f"site-{count}.toml"
        site.write_text(site_text(self.addresses, count), encoding="utf-8")
        state = self.folder / f"state-{count}"
        program = await self.team.start(
            f"edge-{count}", "edge", "run", "--site", str(site), "--station", "st-01", "--state", str(state),
            "--mqtt", self.mqtt,
        )  # fmt: skip
        await until((state / "http.json").exists, "the agent serves its pages", 20)
        await asyncio.sleep(min(5.0, seconds / 2))
        reading = await read(program.process.pid, seconds)
        await program.stop()
        self.team.programs.remove(program)
        return reading


@asynccontextmanager
async def bench_hall(folder: Path) -> AsyncIterator[BenchHall]:
    """Yield a hall; without a core its agents record and wait."""
    async with embedded_broker(folder / "broker", free_port()) as broker, crew(folder, dict(os.environ)) as team:
        words = ("devices", "simulate", "hall", "--control", "tcp://127.0.0.1:0")
        program = await team.start("hall", *words, pipe=True)
        said = await program.first_json_line()
        yield BenchHall(team, folder, said["addresses"], broker.url)


async def read(pid: int, seconds: float) -> Reading:
    """Return memory after, and CPU over, `seconds`."""
    began, used = time.monotonic(), cpu_seconds(pid)
    await asyncio.sleep(seconds)
    cpu = 100 * (cpu_seconds(pid) - used) / (time.monotonic() - began)
    return Reading(status_mb(pid, "status", "VmRSS"), status_mb(pid, "smaps_rollup", "Pss"), cpu)


def site_text(addresses: dict[str, str], count: int) -> str:
    """Return a site with the first `count` slots."""
    parts = ['[site]\nid = "bench"\nname = "bench"\n[[stations]]\nid = "st-01"\nname = "bench"\n']
    for slot, kind, profile, where in SLOTS[:count]:
        address = addresses.get(where, where)
        parts.append(
            f'[[stations.slots]]\nid = "{slot}"\nkind = "{kind}"\n'
            f'device = {{ id = "dev-{slot}", serial = "B", profile = "{profile}", address = "{address}" }}\n'
        )
    return "".join(parts)


def status_mb(pid: int, file: str, key: str) -> float:
    """Return a figure of /proc in MB."""
    for line in Path(f"/proc/{pid}/{file}").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"/proc/{pid}/{file} has no {key}")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare() -> list[str]:
    """Return VmRSS and Pss of a process with the libraries only."""
    code = (
        "import json, aiohttp.web, aiomqtt, sqlite3; t = open('/proc/self/status').read();"
        " p = open('/proc/self/smaps_rollup').read(); g = lambda s, k: int(s.split(k + ':')[1].split()[0]) / 1024;"
        " print(json.dumps([g(t, 'VmRSS'), g(p, 'Pss')]))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return [f"{figure:.1f}" for figure in json.loads(said)]
