"""`yizhan edge run` and `yizhan edge status`."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

from edge.errors import BadAddress, EdgeError, StateInUse
from edge.lock import state_lock
from edge.memory import without_certificates
from provisioning.errors import ClockError, SiteError
from provisioning.site import SiteFile, read_site

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
CLOCK_VARIABLE: Final = "YIZHAN_CLOCK"
MAX_PORT: Final = 65_535

_log = logging.getLogger(__name__)


def run(argv: list[str]) -> int:
    """Run one agent until SIGTERM or SIGINT."""
    options = _run_parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        site = read_site(options.site)
        site.station(options.station)
        with state_lock(options.state):
            asyncio.run(_serve(options, site))
    except (SiteError, StateInUse, BadAddress) as error:
        return _end(WRONG_USE, error)
    except ClockError as error:
        return _end(UNREACHABLE, error)
    except (EdgeError, OSError) as error:
        return _end(FAILED, error)
    return OK


def status(argv: list[str]) -> int:
    """Print what an agent's state directory tells: epoch, outbox per stream, watermarks, settings, drivers."""
    parser = argparse.ArgumentParser(prog="yizhan edge status", description=status.__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the agent's state directory")
    options = parser.parse_args(argv)
    from edge.status import read_status  # noqa: PLC0415 - `run` does not need it

    try:
        sys.stdout.write(read_status(options.state) + "\n")
    except EdgeError as error:
        return _end(WRONG_USE, error)
    return OK


async def _serve(options: argparse.Namespace, site: SiteFile) -> None:
    with without_certificates():
        from edge.agent import FACES_KEY, AgentConfig, open_agent  # noqa: PLC0415 - heavy; wrong site files first
        from edge.uplink import parse_broker_url  # noqa: PLC0415

    url = options.mqtt or site.cloud.mqtt
    if not url:
        raise BadAddress("no broker: pass --mqtt mqtt://HOST:PORT or write mqtt under [cloud] in the site file")
    broker = parse_broker_url(url)
    config = AgentConfig(
        site, options.station, options.state, broker, options.http_port, options.clock, options.lan,
        options.faces_key or options.site.resolve().parent / FACES_KEY.name,
    )  # fmt: skip
    async with open_agent(config) as agent:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, agent.stop)
        _log.info("station %s, epoch %d, pages at %s", options.station, agent.start.epoch, agent.url)
        if agent.lan_url:
            _log.info("the hall's counter page: %s", agent.lan_url)
        await agent.run()


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan edge run", description=run.__doc__)
    parser.add_argument("--site", type=Path, required=True, metavar="FILE", help="the site file")
    parser.add_argument("--station", required=True, metavar="ID", help="which station of it this agent is")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="where outbox and settings live")
    parser.add_argument("--mqtt", default="", metavar="URL", help="broker; wins over [cloud] mqtt of the site file")
    parser.add_argument("--http-port", type=_port, default=0, metavar="N", help="port of the local pages, 0: any")
    parser.add_argument("--lan", default="", metavar="IP:PORT", help="where the hall's counter page listens")
    parser.add_argument(
        "--faces-key", type=Path, metavar="FILE", help="key of the faces kept here, in no backup; beside the site file"
    )
    parser.add_argument(
        "--clock",
        default=os.environ.get(CLOCK_VARIABLE, ""),
        metavar="URL",
        help=f"stepped clock (or {CLOCK_VARIABLE})",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0-{MAX_PORT}")
    return port


def _end(code: int, error: Exception) -> int:
    sys.stderr.write(f"yizhan edge: {error}\n")
    return code
