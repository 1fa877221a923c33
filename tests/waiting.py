"""Waiting for something to become true, with a bound and a name for the failure."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from provisioning.demo.venue import free_port

__all__ = ["free_port", "until"]


async def until(condition: Callable[[], object | Awaitable[object]], what: str, timeout_s: float = 15.0) -> None:
    """Return once `condition` is true; fail with `what` after `timeout_s`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while True:
        result = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return
        if loop.time() > deadline:
            raise AssertionError(f"still not so after {timeout_s:g} s: {what}")
        await asyncio.sleep(0.02)
