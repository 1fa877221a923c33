"""A wall clock that the test moves by hand."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, time, timedelta


class HandClock:
    """Stands still; `forward` moves it, and nobody sleeps on it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def forward(self, **units: float) -> None:
        """Move on, by the arguments of timedelta."""
        self._now += timedelta(**units)

    def to_day(self, day: date) -> None:
        """Move on to nine in the morning of a day of the market."""
        self._now = datetime.combine(day, time(1), UTC)

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield once: no test waits for this clock."""
        del interval_s
        yield
        await asyncio.Event().wait()
