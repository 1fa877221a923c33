"""What `yizhan cloud check` looks at, each with a sentence that says what is wrong and what to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from cloud.platform.database import open_database
from cloud.platform.errors import DatabaseError, DatabaseUnreachableError, SettingsError
from cloud.platform.keystore import open_keyring
from cloud.platform.settings import Settings, load_secret
from provisioning.broker import find_mosquitto

TIMEOUT_S: Final = 5.0
#: A machine without a battery for its clock wakes up long before this.
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)

#: (what, sentence, exit code)
Result = tuple[str, str, int]


async def all_checks(settings: Settings) -> AsyncIterator[Result]:
    """Yield the result of every check."""
    yield "settings", f"database {settings.database}, broker {settings.mqtt_url}", 0
    yield _secret(settings)
    yield await _database(settings)
    yield await _broker(settings)
    yield _clock()


def _secret(settings: Settings) -> Result:
    try:
        load_secret(settings.secret_path)
    except SettingsError as error:
        return "secret", str(error), 2
    return "secret", str(settings.secret_path), 0


async def _database(settings: Settings) -> Result:
    try:
        async with open_database(settings.database) as database:
            await database.ping()
            await open_keyring(load_secret(settings.secret_path), datetime.now(UTC))
    except DatabaseUnreachableError as error:
        return "database", str(error), 3
    except (DatabaseError, SettingsError) as error:
        return "database", str(error), 1
    return "database", "answers, schema is current, its keys belong to the secret file", 0


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


def _clock() -> Result:
    now = datetime.now(UTC)
    if now < EARLIEST:
        return "clock", f"the clock says {now:%Y-%m-%d}: set it or switch time synchronisation on", 1
    return "clock", now.isoformat(timespec="seconds"), 0
