"""Running the jobs of one driver side by side."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from devices.errors import DeviceError


async def together(**jobs: Coroutine[Any, Any, None]) -> None:
    """Run all jobs until they end; the first DeviceError ends the others and comes out bare, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for name, job in jobs.items():
                group.create_task(job, name=name)
    except BaseExceptionGroup as failures:
        ours, others = failures.split(DeviceError)
        if others is not None or ours is None:
            raise
        raise _first(ours) from failures


def _first(group: BaseExceptionGroup[DeviceError]) -> DeviceError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
