"""Calls to services outside that tell who somebody is: short, bounded, never inside a transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from cloud.platform.problems import ProblemError

#: People wait for it.
TIMEOUT_S: Final = 5.0


class OutsideError(ProblemError):
    """The service outside gave no usable answer: the other ways in still work."""

    def __init__(self, detail: str) -> None:
        super().__init__(503, "provider-down", detail)


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client for one call; these calls are rare."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as client:
        yield client
