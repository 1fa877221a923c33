"""Programs of the core: `yizhan cloud …` and `yizhan site …`.

Exit codes: 0 ok, 1 failed, 2 wrong use or bad input, 3 unreachable.
"""

import argparse
import asyncio
import json
import select
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cloud.checks import all_checks
from cloud.fleet.service import apply_site
from cloud.identity import audit
from cloud.identity.acts import operator
from cloud.identity.service import check_settings
from cloud.ingest import deadletters
from cloud.platform.alone import only_core
from cloud.platform.backup import back_up
from cloud.platform.backup import restore as restore_backup
from cloud.platform.core import Core
from cloud.platform.database import open_database
from cloud.platform.errors import CloudError, DatabaseUnreachableError, InvalidInputError, SettingsError
from cloud.platform.keystore import open_keyring
from cloud.platform.logs import set_up_logging
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.rotation import seal_plain
from cloud.platform.settings import ROLES, Role, Settings, load_secret, load_settings
from cloud.serve import serve
from cloud.workers import MAX_WORKERS, more_workers
from provisioning.clock import open_clock
from provisioning.errors import BrokerError, ClockError, SiteError
from provisioning.site import read_site

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
UNREACHABLE: Final = 3

#: A pipe that stays silent this long carries no password.
_PIPE_TIMEOUT_S: Final = 0.5


def run(argv: list[str]) -> int:
    """Run the core until SIGTERM or SIGINT."""
    parser = _parser("cloud run", "the core: web pages and REST, ingest, workers")
    parser.add_argument("--roles", default=",".join(ROLES), help="which of web,ingest,worker run in this process")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that store events; more than one needs ingest"
    )
    options = parser.parse_args(argv)
    roles = [role for role in ROLES if role in options.roles.split(",")]
    if set(options.roles.split(",")) != set(roles):
        return _say(f"--roles {options.roles}: name some of {','.join(ROLES)}", WRONG_USE)
    if not 1 <= options.workers <= (MAX_WORKERS if "ingest" in roles else 1):
        return _say(f"--workers {options.workers}: from 1 to {MAX_WORKERS}, and only with the role ingest", WRONG_USE)
    return _guard(lambda: _with_settings(options, lambda settings: _serve(settings, roles, options.workers)))


def migrate(argv: list[str]) -> int:
    """Bring the database to the current schema."""
    options = _parser("cloud migrate", "bring the database to the current schema").parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            await seal_plain(core)
            _print({"database": "current"})
        return OK

    return _guard(lambda: _with_settings(options, work))


def check(argv: list[str]) -> int:
    """Check settings, secret, database, broker and clock; one JSON line each."""
    options = _parser("cloud check", "check settings, database, broker and clock").parse_args(argv)

    async def work(settings: Settings) -> int:
        worst = OK
        async for name, text, code in all_checks(settings):
            _print({"check": name, "ok": code == OK, "text": text})
            worst = max(worst, code)
        return worst

    return _guard(lambda: _with_settings(options, work))


def backup(argv: list[str]) -> int:
    """Copy the database into a file while the core runs; what was copied is one JSON line."""
    parser = _parser("cloud backup", "copy the database into a new file, also while the core runs")
    parser.add_argument("file", type=Path, metavar="FILE")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        done = await back_up(settings.database, options.file, settings.secret_path, datetime.now(UTC))
        _print(done.to_object())
        sys.stderr.write(
            f"yizhan: the secret file {settings.secret_path} is not in the backup: keep a copy of it elsewhere;"
            " without it nobody can read what is sealed\n"
        )
        return OK

    return _guard(lambda: _with_settings(options, work))


def restore(argv: list[str]) -> int:
    """Fill an empty database from a backup, all or nothing; what was restored is one JSON line."""
    parser = _parser("cloud restore", "fill an empty database, SQLite or PostgreSQL, from a backup of either")
    parser.add_argument("file", type=Path, metavar="FILE")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        done = await restore_backup(settings.database, options.file, settings.secret_path)
        _print(done.to_object())
        if done.secret != "same":  # noqa: S105 - a word about it
            sys.stderr.write(
                f"yizhan: the secret file {settings.secret_path} is {done.secret}: put the one of the backup there"
                " before the core starts; without it nobody can read what is sealed\n"
            )
        return OK

    return _guard(lambda: _with_settings(options, work))


def deadletters_list(argv: list[str]) -> int:
    """Print dead letters, the newest first; one JSON line each."""
    parser = _letters_parser("cloud deadletters list", "print what could not be stored")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings):
            for row in await deadletters.list_letters(options.station, options.reason, options.limit):
                _print(deadletters.letter_document(row))
        return OK

    return _guard(lambda: _with_settings(options, work))


def deadletters_retry(argv: list[str]) -> int:
    """Judge dead letters again, the oldest first; one JSON line each; 1 when some are still refused."""
    parser = _letters_parser("cloud deadletters retry", "judge dead letters again after a fix")
    parser.add_argument("id", type=int, nargs="*", help="only these letters")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        refused = False
        async with _open_core(settings) as core:
            rows = await deadletters.list_letters(options.station, options.reason, options.limit)
            for letter in options.id or [row.id for row in reversed(rows)]:
                outcome = await deadletters.retry(core, letter)
                details = {"result": outcome.result}
                await audit.record(core, operator(), "letter.retry", f"deadletter:{letter}", details=details)
                refused |= outcome.result == "refused"
                _print(outcome.to_object())
        return FAILED if refused else OK

    return _guard(lambda: _with_settings(options, work))


def _letters_parser(name: str, what: str) -> argparse.ArgumentParser:
    parser = _parser(name, what)
    parser.add_argument("--station")
    parser.add_argument("--reason")
    parser.add_argument("--limit", type=int, default=deadletters.MAX_LISTED)
    return parser


def site_apply(argv: list[str]) -> int:
    """Bring a site file into the cloud; one JSON line per difference."""
    parser = _parser("site apply", "bring a site file into the cloud; works beside a running core")
    parser.add_argument("site", type=Path, metavar="SITE.toml")
    parser.add_argument("--prune", action="store_true", help="remove what the file does not name")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        site = read_site(options.site)
        async with _open_core(settings) as core:
            differences = await apply_site(core, site, prune=options.prune)
            if differences:
                details = {"differences": len(differences), "prune": options.prune}
                await audit.record(core, operator(), "site.apply", f"site:{site.site.id}", details=details)
            for difference in differences:
                _print(difference.to_object())
        return OK

    return _guard(lambda: _with_settings(options, work))


def site_check(argv: list[str]) -> int:
    """Validate a site file without touching anything."""
    parser = argparse.ArgumentParser(prog="yizhan site check", description="validate a site file")
    parser.add_argument("site", type=Path, metavar="SITE.toml")
    options = parser.parse_args(argv)

    async def work() -> int:
        site = read_site(options.site)
        _print(
            {"site": site.site.id, "stations": len(site.stations), "slots": sum(len(s.slots) for s in site.stations)}
        )
        return OK

    return _guard(work)


def _piped_line() -> str:
    """Return the first line that was piped in; an empty text when nothing was, so that no terminal is read."""
    try:
        if sys.stdin is None or sys.stdin.isatty() or not select.select([sys.stdin], [], [], _PIPE_TIMEOUT_S)[0]:
            return ""
        return sys.stdin.readline().rstrip("\r\n")
    except (OSError, ValueError):
        return ""


async def _serve(settings: Settings, roles: list[Role], workers: int) -> int:
    with only_core(settings, roles):
        await serve(settings, roles, asyncio.Event(), lambda mqtt_url: more_workers(workers - 1, settings, mqtt_url))
    return OK


@asynccontextmanager
async def _open_core(settings: Settings) -> AsyncIterator[Core]:
    """Open what a command needs: database and clock, no broker."""
    async with open_clock(settings.clock) as clock, open_database(settings.database) as database:
        secret = load_secret(settings.secret_path)
        keyring = await open_keyring(secret, clock.now())
        yield Core(settings, secret, clock, database, Outbox(), Hub(), Metrics(), keyring)


async def _with_settings(options: argparse.Namespace, work: Callable[[Settings], Awaitable[int]]) -> int:
    settings = load_settings(options.config)
    check_settings(settings)
    set_up_logging(settings.log_level, settings.log_format)
    return await work(settings)


def _guard(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a program and turn its errors into a sentence and an exit code."""
    try:
        return asyncio.run(work())
    except (SettingsError, SiteError, InvalidInputError) as error:
        return _say(str(error), WRONG_USE)
    except (DatabaseUnreachableError, ClockError) as error:
        return _say(str(error), UNREACHABLE)
    except (CloudError, BrokerError) as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return FAILED


def _parser(name: str, what: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"yizhan {name}", description=what)
    parser.add_argument("--config", type=Path, help="TOML file with settings; the environment (YIZHAN_…) wins")
    return parser


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"yizhan: {text}\n")
    return code
