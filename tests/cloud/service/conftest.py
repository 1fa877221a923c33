"""A hall with two services and two counters."""

import pytest

from cloud.platform.core import Core
from tests.cloud.service.halls import Hall


@pytest.fixture
async def hall(core: Core) -> Hall:
    """Return a hall that is open."""
    made = Hall(core)
    await made.set_up()
    return made
