"""`yizhan edge kiosk-token`: gives an agent the token of one of its kiosks."""

import argparse
import os
import re
import sys
from pathlib import Path

from edge.cli import OK, WRONG_USE
from edge.kiosk.cloud import MAX_TOKEN_BYTES, TOKENS

_TOKEN = re.compile(r"yzk_[A-Za-z0-9_-]{20,100}")
_SLOT = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def keep_token(argv: list[str]) -> int:
    """Keep the token that stands on standard input; the agent uses it at once, also in place of an older one."""
    parser = argparse.ArgumentParser(prog="yizhan edge kiosk-token", description=keep_token.__doc__)
    parser.add_argument("slot", help="the kiosk's slot, such as kiosk-1")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the agent's state directory")
    options = parser.parse_args(argv)
    token = sys.stdin.read(MAX_TOKEN_BYTES).strip()
    if not _SLOT.fullmatch(options.slot) or not _TOKEN.fullmatch(token):
        sys.stderr.write("yizhan edge kiosk-token: pipe in what `yizhan cloud token create --kiosk` printed\n")
        return WRONG_USE
    write_token(options.state, options.slot, token)
    return OK


def write_token(state: Path, slot: str, token: str) -> None:
    """Write a token that the agent's account alone can read, in place of the one before."""
    folder = state / TOKENS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f"{slot}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    fresh.replace(folder / slot)
