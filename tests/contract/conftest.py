"""A real broker for every test of the contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.mosquitto import Broker, mosquitto


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    """Yield a running mosquitto."""
    async with mosquitto(tmp_path) as running:
        yield running
