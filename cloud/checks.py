"""What `yizhan cloud check` looks at, each with a sentence that says what is wrong and what to do."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cloud.platform.database import APP, FAILURES, open_database
from cloud.platform.errors import DatabaseError, DatabaseUnreachableError, SettingsError
from cloud.platform.keystore import count_keys
from cloud.platform.models import JobRow, PoisonEvent, ReaderTrouble
from cloud.platform.notify.providers import sms_account, wechat_account
from cloud.platform.schema import names_of
from cloud.platform.settings import Settings, load_secret
from firmware_profiles.errors import BadMessages
from firmware_profiles.ui.messages import load_templates
from provisioning.broker import find_mosquitto

TIMEOUT_S: Final = 5.0
#: A machine without a battery for its clock wakes up long before this.
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)

_AWAY: Final[tuple[type[Exception], ...]] = (DatabaseUnreachableError, *FAILURES)
MB: Final = 1024 * 1024
MIN_FREE_MB: Final = 500
#: A job that is due longer than this is not run by anybody.
LATE: Final = timedelta(hours=2)

#: (what, sentence, exit code)
Result = tuple[str, str, int]


async def all_checks(settings: Settings) -> AsyncIterator[Result]:
    """Yield the result of every check."""
    yield "settings", f"database {_shown(settings.database)}, broker {_shown(settings.mqtt_url)}", 0
    yield _secret(settings)
    yield _room(settings)
    async for result in _database(settings):
        yield result
    yield await _broker(settings)
    yield _messages(settings)
    yield _clock()


def _shown(address: str) -> str:
    """Return an address without its password."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl() if parts.password else address


def _secret(settings: Settings) -> Result:
    path = settings.secret_path
    try:
        load_secret(path)
    except SettingsError as error:
        return "secret", str(error), 2
    if path.stat().st_mode & 0o077:
        return "secret", f"others may read {path}: chmod 600 it, and change it if they may have", 1
    return "secret", str(path), 0


def _room(settings: Settings) -> Result:
    """Look where files are written; the room of a PostgreSQL server is that server's."""
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // MB
    if not os.access(folder, os.W_OK):
        return "disk", f"cannot write to {folder}", 1
    if free_mb < MIN_FREE_MB:
        return "disk", f"{folder} has {free_mb} MB left: the database needs room for its log; make {MIN_FREE_MB}", 1
    return "disk", f"{folder} has {free_mb} MB left", 0


async def _database(settings: Settings) -> AsyncIterator[Result]:
    """Look at the database as it is: a schema that is behind is said, not changed."""
    try:
        async with open_database(settings.database, None) as database:
            await database.ping()
            yield "database", "answers", 0
            known, applied = await names_of(database.context, APP)
            yield _schema(known, applied)
            if applied == set(known):
                yield await _keys(settings)
                yield await _jobs()
                yield await _events()
    except _AWAY as error:
        yield "database", str(error), 3
    except (DatabaseError, SettingsError) as error:
        yield "database", str(error), 1


async def _keys(settings: Settings) -> Result:
    """Look whether the secret file is the one that the keys of sealed fields were wrapped with."""
    try:
        count = await count_keys(load_secret(settings.secret_path))
    except SettingsError as error:
        return "keys", str(error), 2
    return "keys", f"{count} keys of sealed fields belong to the secret file" if count else "made at the first start", 0


def _schema(known: list[str], applied: set[str]) -> Result:
    if newer := sorted(applied - set(known)):
        return "schema", f"made by a newer version (it knows {newer[-1]}): run that version", 1
    behind = [name for name in known if name not in applied]
    if not applied:
        return "schema", "empty: `yizhan cloud migrate` or the first start makes it", 0
    if behind:
        return "schema", f"{len(behind)} behind, next is {behind[0]}: back up, then `yizhan cloud migrate`", 1
    return "schema", f"current ({known[-1]})", 0


async def _jobs() -> Result:
    failed = [row.name for row in await JobRow.filter(result="failed").order_by("name")]
    late = [row.name for row in await JobRow.filter(due_at__lt=datetime.now(UTC) - LATE).order_by("name")]
    if failed:
        return "jobs", f"failed: {', '.join(failed)}; see the page 系统 → 任务", 1
    if late:
        return "jobs", f"late: {', '.join(late)}; does a core with the role worker run?", 1
    return "jobs", "none failed, none late", 0


async def _events() -> Result:
    count = await PoisonEvent.all().count()
    stuck = [row.name for row in await ReaderTrouble.all().order_by("name")]
    if count or stuck:
        return (
            "events",
            f"{count} set aside{', tried again by ' + ', '.join(stuck) if stuck else ''}: see 系统 → 任务",
            1,
        )
    return "events", "none set aside", 0


async def _broker(settings: Settings) -> Result:
    if settings.mqtt_url == "embedded":
        return "broker", f"embedded: {find_mosquitto() or 'rumqttd (install mosquitto for more than a demo)'}", 0
    parts = urlsplit(settings.mqtt_url)
    port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as error:
        return "broker", f"nobody answers at {parts.hostname}:{port}: {error}", 3
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return "broker", f"{parts.hostname}:{port} answers", 0


def _messages(settings: Settings) -> Result:
    """Look at what the channels need; whether a provider answers is seen on 系统 → 通知, where it costs nothing."""
    try:
        set_up = {"sms": sms_account(settings), "wechat": wechat_account(settings)}
        count = len(load_templates(settings.notify_templates_file))
    except (SettingsError, BadMessages) as error:
        return "messages", str(error), 2
    names = [name for name, account in set_up.items() if account is not None]
    return "messages", f"{', '.join(names) or 'inbox only'}; {count} templates", 0


def _clock() -> Result:
    now = datetime.now(UTC)
    if now < EARLIEST:
        return "clock", f"the clock says {now:%Y-%m-%d}: set it or switch time synchronisation on", 1
    return "clock", now.isoformat(timespec="seconds"), 0
