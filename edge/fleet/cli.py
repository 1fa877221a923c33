"""`yizhan fleet simulate`."""

import argparse
import asyncio
import json
import logging
import resource
import sys
import tempfile
from pathlib import Path
from typing import Final

from edge.errors import BadAddress, EdgeError
from edge.fleet.script import BadScript, Script, read_script
from edge.fleet.simulate import CoreSilent, FleetConfig, simulate, site_text
from edge.uplink import parse_broker_url, share_property_tables

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
SECONDS_PER_MINUTE: Final = 60.0
MAX_STATIONS: Final = 2_000


def run(argv: list[str]) -> int:
    """Simulate many stations through the real contract; print one JSON line. Exit code 1 when something was lost."""
    options = _parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr, level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    too_little = options.rate <= 0 or options.minutes <= 0 or options.backlog < 0 or options.group < 1
    if too_little or not 1 <= options.stations <= MAX_STATIONS:
        return _end(
            WRONG_USE, f"--stations 1-{MAX_STATIONS}, --rate, --minutes and --group above 0, --backlog not below"
        )
    try:
        script = Script() if options.faults is None else read_script(options.faults)
        with tempfile.TemporaryDirectory(prefix="yizhan-fleet-") as folder:
            config = _config(options, Path(folder))
            if options.site_out is not None:
                options.site_out.write_text(site_text(config), encoding="utf-8")
                return OK
            _allow_many_files()
            share_property_tables()
            outcome = asyncio.run(simulate(config, script, _wait_for_word if options.wait else None))
    except (BadAddress, BadScript) as error:
        return _end(WRONG_USE, error)
    except CoreSilent as error:
        return _end(UNREACHABLE, error)
    except (EdgeError, OSError) as error:
        return _end(FAILED, error)
    if options.balances is not None:
        options.balances.write_text(json.dumps(outcome.balances), encoding="utf-8")
    report = outcome.report
    sys.stdout.write(json.dumps(report) + "\n")
    return FAILED if report["lost"] or report["duplicated"] else OK


def _config(options: argparse.Namespace, folder: Path) -> FleetConfig:
    return FleetConfig(
        stations=options.stations, rate=options.rate, seconds=options.minutes * SECONDS_PER_MINUTE,
        state=options.state or folder, broker=parse_broker_url(options.mqtt), prefix=options.prefix,
        first=options.first, tail_s=options.tail, core=options.core.rstrip("/"), token=options.token,
        group=options.group, ramp_s=options.ramp, in_memory=options.memory, backlog=options.backlog,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan fleet simulate", description=run.__doc__)
    parser.add_argument("--stations", type=int, required=True, metavar="N")
    parser.add_argument("--rate", type=float, required=True, metavar="R", help="events/s of each station")
    parser.add_argument("--minutes", type=float, required=True, metavar="M")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="TOML: [[faults]] kind, at_s, seconds, station")
    parser.add_argument("--mqtt", default="mqtt://127.0.0.1:1883", metavar="URL")
    parser.add_argument("--core", default="", metavar="URL", help="ask the core's REST interface what it has stored")
    parser.add_argument("--token", default="", help="API token for --core")
    parser.add_argument("--prefix", default="sim", help="stations are PREFIX-0001, …")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="number of the first one, for more processes")
    parser.add_argument("--tail", type=float, default=60.0, metavar="S", help="wait this long for the last acks")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the outboxes here")
    parser.add_argument("--site-out", type=Path, metavar="FILE", help="only write the site file to apply")
    parser.add_argument("--group", type=int, default=1, metavar="N", help="events that a station puts at a time")
    parser.add_argument("--ramp", type=float, default=0.0, metavar="S", help="connect one after the other within this")
    parser.add_argument("--memory", action="store_true", help="outboxes in memory: thousands of stations a process")
    parser.add_argument("--backlog", type=int, default=0, metavar="N", help="events of each from before it connects")
    parser.add_argument("--wait", action="store_true", help="say {} when prepared, connect after a line on stdin")
    parser.add_argument("--balances", type=Path, metavar="FILE", help="write store, numbers and digests of each")
    return parser


async def _wait_for_word() -> None:
    """Say that everything is prepared, and wait for a line."""
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


def _allow_many_files() -> None:
    """Each connection holds a few files open; take what the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _end(code: int, error: object) -> int:
    sys.stderr.write(f"yizhan fleet: {error}\n")
    return code
