"""Waiting for a condition with a bound."""

import asyncio
from collections.abc import Callable

BOUND_S = 5.0


async def until(condition: Callable[[], object], *, bound_s: float = BOUND_S) -> None:
    """Return when the condition holds; fail when it does not within the bound."""
    async with asyncio.timeout(bound_s):
        while not condition():
            await asyncio.sleep(0.005)
