"""A clock for tests of the edge that a hand moves."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime


class HandClock:
    """A clock that a test moves; its ticks come every hundredth of a second."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return what the hand says."""
        return self.time

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield for ever, sooner than the interval."""
        assert interval_s > 0
        while True:
            yield
            await asyncio.sleep(0.01)
