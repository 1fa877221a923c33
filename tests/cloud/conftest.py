"""What the cloud's tests share: an empty database, a core on it, a broker, a whole application.

One dialect per process: PostgreSQL when YIZHAN_TEST_POSTGRES_URL is set, else SQLite.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from tortoise.models import MetaInfo

from cloud.platform.core import Core
from cloud.platform.database import Database, open_database
from cloud.platform.keystore import open_keyring
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings, load_secret
from tests.cloud.clocks import HandClock
from tests.cloud.running import Running, running_core
from tests.peers.mosquitto import Broker, mosquitto
from tests.schema import put_schema

#: Empties a database of PostgreSQL: only what was written is touched, because a TRUNCATE makes new files for each table
#: and index. The rows go without their triggers, so that no order of tables is needed.
_EMPTY = """
DO $$
DECLARE
    one record;
    written boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one.tablename) INTO written;
        IF written THEN
            EXECUTE format('DELETE FROM %I', one.tablename);
        END IF;
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
END $$
"""

#: Models whose filters are worked out: there are 40,000 of them, and one dialect in a process.
_WORKED_OUT: set[int] = set()
_work_out = MetaInfo._generate_filters


def _work_out_once(self: MetaInfo) -> None:
    if id(self) not in _WORKED_OUT:
        _work_out(self)
        if self._model.__module__.startswith("cloud."):  # those of migrations come and go
            _WORKED_OUT.add(id(self))


MetaInfo._generate_filters = _work_out_once  # type: ignore[method-assign]

#: Databases that this process has brought to the current schema.
_CURRENT: set[str] = set()


@pytest.fixture
async def database_url(tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    url = os.environ.get("YIZHAN_TEST_POSTGRES_URL")
    if url is None:
        put_schema(tmp_path / "cloud.db")
        return f"sqlite:///{tmp_path}/cloud.db"
    if url in _CURRENT:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_EMPTY)
        finally:
            await connection.close()
    else:
        async with open_database(url) as database:
            await database.connection().execute_script(_EMPTY)
        _CURRENT.add(url)
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Return settings whose files are the test's own."""
    return Settings(
        data_dir=tmp_path / "cloud",
        database_url=database_url,
        embedded_mqtt_port=0,
        http_port=0,
        second_factor_roles="",
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield the open database."""
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands still until the test moves it."""
    return HandClock()


@pytest.fixture
async def core(settings: Settings, database: Database, clock: HandClock) -> Core:
    """Return a core without a broker."""
    secret = load_secret(settings.secret_path)
    keyring = await open_keyring(secret, clock.now())
    return Core(settings, secret, clock, database, Outbox(), Hub(), Metrics(), keyring)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    """Yield a real broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    async with mosquitto(folder) as broker:
        yield broker


@pytest.fixture
async def running(settings: Settings, broker: Broker) -> AsyncIterator[Running]:
    """Yield the whole application at that broker."""
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url})) as running:
        yield running
