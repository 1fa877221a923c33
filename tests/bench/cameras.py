"""Cameras: how soon each fault is said and how often one that is none; and what sixteen cost one agent."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from provisioning.broker import embedded_broker
from provisioning.demo.processes import ROOT, crew
from tests.bench.edge import Reading, cpu_seconds, status_mb
from tests.bench.table import quantile, show
from tests.devices.cameras.rendered import Hall, Wrong
from tests.devices.cameras.watching import day_and_night, taught
from tests.peers.rtsp import PYTHON
from tests.waiting import free_port, until

GOAL_LAG_MS: Final = 50.0
GOAL_SAID_S: Final = 30.0
#: What the camera has -> what is said.
WRONGS: Final[dict[Wrong, str]] = {"frozen": "frozen", "black": "black", "defocus": "defocus", "turned": "moved"}
HOURS: Final = (0.5, 6.5, 9.0, 12.5, 17.0, 19.5, 22.0)
#: (slot kind, profile, key of the hall's addresses): four of each, as a simulated device serves four.
SENSORS: Final = (
    ("door", "modbus-door-contact", "modbus"),
    ("occupancy", "hlk-ld2410", "ld2410"),
    ("occupancy", "sim-occupancy", "occupancy"),
    ("staff", "sim-staff", "staff"),
    ("ups", "sim-ups", "ups"),
)
_FPS: Final = 15
_SECONDS: Final = 7
#: Until every camera has told its first state: six pictures and some.
_SETTLE_S: Final = 40


async def main(words: list[str]) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="scripts/bench cameras")
    parser.add_argument("--seeds", type=int, default=3, help="halls in which faults are looked for")
    parser.add_argument("--days", type=int, default=1, help="halls that are watched for 24 hours (0: none)")
    parser.add_argument("--step", type=float, default=5.0, help="seconds between two pictures of those days")
    parser.add_argument("--cameras", type=int, default=16, help="cameras of the agent (0: no agent)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the agent is measured")
    options = parser.parse_args(words)
    _show_faults(options.seeds, options.days, options.step)
    if options.cameras:
        await _show_agent(options.cameras, options.seconds)


def _show_faults(seeds: int, days: int, step_s: float) -> None:
    rows = []
    for wrong, state in WRONGS.items():
        said = [taught(hour, seed).seconds_until(wrong, state) for seed in range(1, seeds + 1) for hour in HOURS]
        known = [one for one in said if one is not None]
        within = sum(one <= GOAL_SAID_S for one in known)
        rows.append([state, f"{within} / {len(said)}", f"{max(known, default=0):.0f}"])
    show(
        f"cameras: faults in {seeds} rendered halls at {len(HOURS)} hours of the day, a picture each 5 s",
        ["fault", f"said within {GOAL_SAID_S:g} s", "slowest s"], rows,
    )  # fmt: skip
    rows = []
    for seed in range(1, days + 1):
        began = time.process_time()
        watch = day_and_night(seed, step_s)
        rows.append([str(seed), f"{step_s:g}", str(len(watch.said)), ", ".join(name for _, name in watch.said) or "-",
                     f"{time.process_time() - began:.0f}"])  # fmt: skip
    if rows:
        show("cameras: 24 hours of day and night, nothing wrong", ["hall", "step s", "said", "what", "CPU s"], rows)


async def _show_agent(count: int, seconds: float) -> None:
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        async with _films(Path(name) / "film", count) as streams:
            rows = []
            for cameras in (0, count):
                agent, eye, lags = await _measured(Path(name), streams[:cameras], seconds)
                rows.append(_row(f"{cameras} cameras + {4 * len(SENSORS)} sensors", agent, eye, lags))
    show(
        f"cameras: one agent, {count} streams of 1280 x 720 at {_FPS} pictures/s, {seconds:g} s",
        ["agent", "CPU % of a core", "VmRSS MB", "decoder CPU %", "decoder MB", "loop lag p50 ms", "p99 ms", "max ms"],
        rows,
        [f"Goal: p99 ≤ {GOAL_LAG_MS:g} ms. Load of the machine before: {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}."],
    )  # fmt: skip


def _row(what: str, agent: Reading, eye: Reading | None, lags: list[float]) -> list[str]:
    told = [f"{eye.cpu_percent:.1f}", f"{eye.rss_mb:.0f}"] if eye else ["-", "-"]
    late = [f"{figure:.1f}" for figure in (quantile(lags, 0.5), quantile(lags, 0.99), max(lags))]
    return [what, f"{agent.cpu_percent:.1f}", f"{agent.rss_mb:.0f}", *told, *late]


async def _measured(folder: Path, streams: list[str], seconds: float) -> tuple[Reading, Reading | None, list[float]]:
    """Return (agent, decoder, lags in ms) of an agent with these cameras."""
    here = folder / f"agent-{len(streams)}"
    async with embedded_broker(here / "broker", free_port()) as broker, crew(here, dict(os.environ)) as team:
        program = await team.start("hall", "devices", "simulate", "hall", "--control", "tcp://127.0.0.1:0", pipe=True)
        addresses = (await program.first_json_line())["addresses"]
        site, state, lag = here / "site.toml", here / "state", here / "lag"
        site.write_text(_site(addresses, streams), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.lagging", str(lag), "edge", "run", "--site", str(site), "--station",
            "st-01", "--state", str(state), "--mqtt", broker.url, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await until((state / "http.json").exists, "the agent serves its pages", 30)
            learned = [state / "slots" / f"cam-{number}" / "view.json" for number in range(len(streams))]
            await asyncio.sleep(_SETTLE_S)
            start = len(lag.read_text().splitlines())
            pids = [process.pid, *_children(process.pid)]
            began, used = time.monotonic(), [cpu_seconds(pid) for pid in pids]
            await asyncio.sleep(seconds)
            passed = time.monotonic() - began
            found = [
                Reading(status_mb(pid, "status", "VmRSS"), 0.0, 100 * (cpu_seconds(pid) - before) / passed)
                for pid, before in zip(pids, used, strict=True)
            ]
            lags = [float(line) for line in lag.read_text().splitlines()[start:-1]]
            assert all(path.exists() for path in learned), "every camera has told its health"
            return found[0], found[1] if len(found) > 1 else None, lags
        finally:
            process.terminate()
            await process.wait()


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _site(addresses: dict[str, str], streams: list[str]) -> str:
    slots = [(f"cam-{number}", "camera", "rtsp-camera", stream) for number, stream in enumerate(streams)]
    slots += [
        (f"{key}-{number}", kind, profile, addresses[key]) for kind, profile, key in SENSORS for number in range(4)
    ]
    parts = ['[site]\nid = "bench"\nname = "bench"\n[[stations]]\nid = "st-01"\nname = "bench"\n']
    for slot, kind, profile, address in slots:
        parts.append(
            f'[[stations.slots]]\nid = "{slot}"\nkind = "{kind}"\n'
            f'device = {{ id = "dev-{slot}", serial = "B", profile = "{profile}", address = "{address}" }}\n'
        )
    return "".join(parts)


@asynccontextmanager
async def _films(folder: Path, count: int) -> AsyncIterator[list[str]]:
    """Yield the addresses of cameras that show a rendered hall with people, noise and a clock, encoded once."""
    folder.mkdir()
    hall, dice = Hall(), np.random.default_rng(9)
    for number in range(_FPS * _SECONDS):
        large = cv2.resize(hall.picture(43_200 + number / _FPS), (1280, 720), interpolation=cv2.INTER_CUBIC)
        noisy = np.clip(large + dice.normal(0, 4, large.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:03}.png"), cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR))
    encoder = Path(__file__).parents[1] / "peers" / "encode_gst.py"
    encoding = await asyncio.create_subprocess_exec(PYTHON, str(encoder), str(folder), str(_FPS), "2000")
    assert await encoding.wait() == 0
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.rtsp_loop", str(folder), str(_FPS), str(count),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            ports = json.loads(await process.stdout.readline())
        yield [f"rtsp://127.0.0.1:{port}/1" for port in ports]
    finally:
        process.kill()
        await process.wait()
