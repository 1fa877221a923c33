"""How soon it is said that a wall shows nothing, or what it should not; how often it is said of a healthy one."""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.bench.table import quantile, show
from tests.edge.renderers import BLACK, DEAF, Rendered, rendered

GOAL_S: Final = 60.0
#: A healthy wall gets new content this often.
NEWS_S: Final = 45.0
_LOOK_S: Final = 0.1


async def main(words: list[str]) -> None:
    """Break a wall in each way, so many times; then leave one alone."""
    parser = argparse.ArgumentParser(prog="scripts/bench wallwatch")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--healthy-minutes", type=float, default=30.0)
    options = parser.parse_args(words)
    rows = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        for fault, break_it in BREAKS.items():
            found = [await detected(Path(name) / f"{fault}-{n}", fault, break_it) for n in range(options.times)]
            rows.append(row(fault, found))
        verdict = await healthy(Path(name) / "healthy", options.healthy_minutes)
    show(
        f"wall watch: each fault {options.times} times, real intervals, headless Chromium run by the agent",
        ["fault", "slot: health, cause, fault", "detected s (median)", "(longest)", "good again s (longest)", "goal"],
        rows,
        [*verdict, f"load average at the end: {', '.join(f'{one:.1f}' for one in os.getloadavg())}"],
    )


def row(fault: str, found: list[tuple[float, float, str]]) -> list[str]:
    """Return one line of the table."""
    seen = [one for one, _, _ in found]
    verdict = f"≤ {GOAL_S:g} s: {'met' if max(seen) <= GOAL_S else 'MISSED'}"
    again = max(back for _, back, _ in found)
    return [fault, found[0][2], f"{quantile(seen, 0.5):.1f}", f"{max(seen):.1f}", f"{again:.1f}", verdict]


async def detected(
    folder: Path, fault: str, break_it: Callable[[Rendered, Path], Awaitable[None]]
) -> tuple[float, float, str]:
    """Return (s until the slot is stale with the fault, s from there until it is good again, what the slot said)."""
    connector = folder / "drm" / "card0-HDMI-A-1"
    connector.mkdir(parents=True)
    (connector / "status").write_text("connected\n")
    async with rendered(folder, f"&connector=HDMI-A-1&drm={folder}/drm") as wall:
        await _until(lambda: wall.status.health == "good", 60)
        await asyncio.sleep(5)
        began = time.monotonic()
        await break_it(wall, connector / "status")
        await _until(lambda: wall.status.fault == fault, 120)
        seen = time.monotonic()
        said = f"{wall.status.health}, {wall.status.cause}, {wall.status.fault}"
        (connector / "status").write_text("connected\n")
        await _until(lambda: wall.status.health == "good", 120)
        return seen - began, time.monotonic() - seen, said


async def healthy(folder: Path, minutes: float) -> list[str]:
    """Run a healthy wall with new content now and then; returns what was said of it."""
    folder.mkdir()
    async with rendered(folder) as wall:
        await _until(lambda: wall.status.health == "good", 60)
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            await asyncio.sleep(min(NEWS_S, max(0.0, end - time.monotonic())))
            await wall.show()
        await asyncio.sleep(15)
        changes, proofs = await wall.changes(), await wall.proofs()
        restarts = wall.live.get("restarts")
    by_pixels = {rev for level, by, rev in proofs if (level, by) == ("rendered", "pixels")}
    bad = [change for change in changes if change[0] != "good"]
    said = f"reported wrong {len(bad)} times {bad or ''}, renderer restarted {restarts} times"
    proved = f"rendered by pixels: {len(by_pixels)} of {wall.rev} contents"
    return [f"Healthy for {minutes:g} minutes, {wall.rev} contents: {said}; {proved}."]


async def _freeze(wall: Rendered, _status: Path) -> None:
    wall.freeze()


async def _blacken(wall: Rendered, _status: Path) -> None:
    await wall.evaluate(BLACK)


async def _age(wall: Rendered, _status: Path) -> None:
    await wall.evaluate(DEAF)
    await wall.show()


async def _unplug(_wall: Rendered, status: Path) -> None:
    status.write_text("disconnected\n")


#: Fault -> how it is made; the time runs from there.
BREAKS: Final[dict[str, Callable[[Rendered, Path], Awaitable[None]]]] = {
    "frozen": _freeze,
    "black": _blacken,
    "stale": _age,
    "cable": _unplug,
}


async def _until(true: Callable[[], bool], within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(_LOOK_S)
    if not true():
        raise SystemExit(f"not within {within_s:g} s")
