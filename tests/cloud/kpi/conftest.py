"""A core with an empty database, SQLite or the PostgreSQL of YIZHAN_TEST_POSTGRES_URL; one dialect per process."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from cloud.fleet.models import Station
from cloud.kpi.models import OpeningDue, OpeningVerdict, SignalInterval
from cloud.platform.core import Core
from cloud.platform.database import Database, open_database
from cloud.platform.keymodels import DataKey
from cloud.platform.keystore import open_keyring
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings
from tests.protocols.rules.days import at

SECRET = b"the secret of tests of opening hours"


class StoppedClock:
    """A clock that shows one moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield at once and never again."""
        del interval_s
        yield
        await asyncio.get_running_loop().create_future()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database in which the opening hours are empty."""
    url = os.environ.get("YIZHAN_TEST_POSTGRES_URL") or f"sqlite:///{tmp_path}/yizhan.db"
    async with open_database(url) as opened:
        for table in (DataKey, SignalInterval, OpeningDue, OpeningVerdict, Station):
            await table.all().delete()
        yield opened


@pytest.fixture
async def core(database: Database) -> Core:
    """Return the core of that database, in the evening of the test day."""
    clock = StoppedClock(at("18:00"))
    return Core(
        settings=Settings(),
        secret=SECRET,
        clock=clock,
        database=database,
        outbox=Outbox(),
        hub=Hub(),
        metrics=Metrics(),
        keyring=await open_keyring(SECRET, clock.now()),
    )
