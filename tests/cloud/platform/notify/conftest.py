"""A desk for every test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.platform.core import Core
from cloud.platform.database import open_database
from tests.cloud.clocks import HandClock
from tests.cloud.platform.notify.desk import Desk, open_desk


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where an empty SQLite database of the current schema lies once the first test has made it."""
    return tmp_path_factory.mktemp("schema") / "cloud.db"


@pytest.fixture
async def database_url(schema: Path, tmp_path: Path) -> str:
    """Return the URL of an empty database; on SQLite a copy, which takes no migrations."""
    if "YIZHAN_TEST_POSTGRES_URL" in os.environ:
        return await _emptied(os.environ["YIZHAN_TEST_POSTGRES_URL"])
    if not schema.exists():
        await asyncio.to_thread(lambda: asyncio.run(_make(schema)))
    shutil.copy(schema, tmp_path / "cloud.db")
    return f"sqlite:///{tmp_path}/cloud.db"


async def _make(path: Path) -> None:
    part = path.with_suffix(".part")
    async with open_database(f"sqlite:///{part}") as database:
        await database.connection().execute_script("PRAGMA wal_checkpoint(TRUNCATE)")
    part.rename(path)


async def _emptied(url: str) -> str:
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
    async with open_database(url) as database:
        _, rows = await database.connection().execute_query(tables)
        names = ", ".join(f'"{row["tablename"]}"' for row in rows)
        await database.connection().execute_script(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    return url


@pytest.fixture
async def desk(core: Core, clock: HandClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Yield a desk that nobody has sent from."""
    async with open_desk(core, clock, tmp_path) as desk:
        yield desk
