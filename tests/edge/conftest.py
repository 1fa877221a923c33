"""What tests of the agent share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.mosquitto import Broker, mosquitto


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path) as running:
        yield running
