"""A core whose clock stands in the evening of the test day."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

import pytest

from cloud.platform.core import Core
from cloud.platform.database import Database
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
