"""A desk for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.platform.core import Core
from tests.cloud.clocks import HandClock
from tests.cloud.platform.notify.desk import Desk, open_desk


@pytest.fixture
async def desk(core: Core, clock: HandClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Yield a desk that nobody has sent from."""
    async with open_desk(core, clock, tmp_path) as desk:
        yield desk
