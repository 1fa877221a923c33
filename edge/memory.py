"""Memory that the process has freed and the C library keeps: given back to the system now and then."""

import asyncio
import ctypes
from typing import Final

#: The first time soon after the start, whose imports leave the most behind.
FIRST_S: Final = 20.0
INTERVAL_S: Final = 1_800.0


async def keep_small() -> None:
    """Give freed memory back, for ever."""
    pause_s = FIRST_S
    while True:
        await asyncio.sleep(pause_s)
        give_back()
        pause_s = INTERVAL_S


def give_back() -> bool:
    """Return whether something was given back; glibc knows how (`malloc_trim(3)`), others keep what they have."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and trim(0) == 1
