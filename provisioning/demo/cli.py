"""`yizhan demo`: the whole system on one machine, open to visitors or as a story of three days."""

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from provisioning.demo.clock_server import clock_server
from provisioning.demo.live import open_venue
from provisioning.demo.story import STORY_START, Story
from provisioning.demo.telling import Teller
from provisioning.demo.venue import NEIGHBOURHOODS, free_port, venue
from provisioning.errors import ProvisioningError

MAX_SPEED: Final = 600.0


def demo(argv: list[str]) -> int:
    """Run the demo; 0 when every step worked, 1 when one did not, 2 on wrong use."""
    options = _parse(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="yizhan-demo-", ignore_cleanup_errors=True) as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            asyncio.run(_once(folder.resolve(), options) if options.once else _stay(folder.resolve(), options))
        except ProvisioningError as error:
            sys.stderr.write(f"yizhan demo: {error}\n")
            return 1
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="yizhan demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where the console listens (default 8080)")
    parser.add_argument(
        "--stations", type=int, default=3, choices=range(1, len(NEIGHBOURHOODS) + 2), metavar="N",
        help="the market and N-1 neighbourhood stations (default 3)",
    )  # fmt: skip
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than real the time runs (default 1)")
    parser.add_argument("--once", action="store_true", help="tell three days fast, print each step, and exit")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep databases, logs and pictures in DIR")
    options = parser.parse_args(argv)
    if not 1.0 <= options.speed <= MAX_SPEED:
        parser.error(f"--speed must be 1 to {MAX_SPEED:g}")
    return options


async def _once(folder: Path, options: argparse.Namespace) -> None:
    tell = Teller(now=STORY_START)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with AsyncExitStack() as stack:
        with tell.step(f"broker, core and {options.stations} stations with their devices and agents start"):
            clock = await stack.enter_async_context(clock_server(STORY_START))
            place = await stack.enter_async_context(venue(folder, options.stations, free_port(), clock))
        await Story(place, clock, tell).run()
    sys.stdout.write(f"all {tell.told} steps worked in {loop.time() - began:.1f} s\n")


async def _stay(folder: Path, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(clock_server(datetime.now(UTC))) if options.speed > 1 else None
        place = await stack.enter_async_context(venue(folder, options.stations, options.port, clock))
        await open_venue(place, clock, options.speed, stop)
