"""`yizhan sms simulate`: the reference SMS gateway as a process; it sends nothing into the world."""

import argparse
import asyncio
import json
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from devices.errors import ConfigurationError
from devices.simulators.sms_gateway import Account, Faults, SmsGateway, controlling, serving
from devices.simulators.sms_store import open_store
from firmware_profiles.errors import BadMessages
from firmware_profiles.ui.messages import load_templates

OK: Final = 0
WRONG_USE: Final = 2
SECRET_BYTES: Final = 24


def simulate(argv: Sequence[str]) -> int:
    """Run the gateway until SIGTERM; prints where it listens as one JSON line."""
    parser = argparse.ArgumentParser(prog="yizhan sms simulate", description="Run the reference SMS gateway.")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="what it keeps over a restart")
    parser.add_argument("--secret-file", type=Path, required=True, help="shared with the core; made when not there")
    parser.add_argument("--key-id", default="yizhan")
    parser.add_argument("--sign", default="零工驿站", help="the account's signature, shown as 【…】")
    parser.add_argument("--templates", type=Path, metavar="FILE", help="other ids and states of templates")
    parser.add_argument("--report-url", default="", help="where delivery reports go: https://core/hooks/sms")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", default="tcp://127.0.0.1:0", help="tcp://host:port (0: any) or unix:/path")
    parser.add_argument("--faults", type=json.loads, default={}, metavar="JSON", help=", ".join(Faults.model_fields))
    options = parser.parse_args(argv)
    try:
        asyncio.run(_simulate(options))
    except (ConfigurationError, BadMessages, OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG_USE
    return OK


async def _simulate(options: argparse.Namespace) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    options.state.mkdir(parents=True, exist_ok=True)
    account = Account(
        options.key_id, _secret(options.secret_file), options.sign, load_templates(options.templates),
        options.report_url,
    )  # fmt: skip
    with open_store(options.state / "sms.db") as store:
        gateway = SmsGateway(account, store)
        gateway.faults = Faults.model_validate(options.faults)
        serve = serving(gateway, options.host, options.port)
        async with serve as url, controlling(gateway, options.control) as control:
            sys.stdout.write(json.dumps({"url": url, "control": control}) + "\n")
            sys.stdout.flush()
            await asked.wait()


def _secret(path: Path) -> bytes:
    """Return the shared secret; made with mode 0600 when there is none."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(SECRET_BYTES) + "\n", "utf-8")
    return path.read_text("utf-8").strip().encode()
