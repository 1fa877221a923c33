"""Whether the file of a local device (serial port, USB printer) is there, looked at once a second: no udev needed.

A port that comes back is often another file under the same name: what counts is which device the path leads to.
"""

import asyncio
import os
from typing import Final

from devices.errors import ConfigurationError, DeviceLost
from devices.transport import parse_address

#: How often the path is looked at; one stat costs microseconds.
LOOK_S: Final = 1.0

#: Which device a path leads to: file system, node, device number. None: nothing is there.
Plugged = tuple[int, int, int] | None


def path_of(address: str) -> str:
    """Return the path of a local device, empty for one that is reached otherwise or not at all."""
    try:
        parsed = parse_address(address)
    except ConfigurationError:
        return ""
    return parsed.path if not parsed.host and parsed.path.startswith("/") else ""


def plugged(path: str) -> Plugged:
    """Return which device is at a path now."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a system call, which pathlib wraps in objects every second
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_rdev


async def watch(path: str, first: Plugged) -> None:
    """Raise DeviceLost as soon as another device than `first`, or none, is at the path."""
    while plugged(path) == first:  # noqa: ASYNC110 - nobody tells; a directory watch would need inotify
        await asyncio.sleep(LOOK_S)
    raise DeviceLost(f"{path}: the device was unplugged", "unplugged", "unplugged")


async def pause(path: str, seconds: float) -> None:
    """Wait, but no longer than until something else is plugged in at the path (if there is one to look at)."""
    if not path:
        await asyncio.sleep(seconds)
        return
    loop = asyncio.get_running_loop()
    first, end = plugged(path), loop.time() + seconds
    while (left := end - loop.time()) > 0:
        await asyncio.sleep(min(left, LOOK_S))
        now = plugged(path)
        if now is not None and now != first:
            return
