"""What the agent gives back to the system."""

import re
from pathlib import Path

from edge.memory import give_back

#: Below the size from which the C library asks the system for each block and gives it back at once.
BLOCK_BYTES = 64 * 1024
BLOCKS = 512


def test_freed_memory_is_given_back() -> None:
    blocks = [bytearray(BLOCK_BYTES) for _ in range(BLOCKS)]
    held = bytearray(BLOCK_BYTES)  # above them: the C library gives back the top of its heap by itself
    blocks.clear()
    kept = _rss_kib()
    give_back()
    assert kept - _rss_kib() > BLOCKS * BLOCK_BYTES / 1024 / 2
    assert len(held) == BLOCK_BYTES


def _rss_kib() -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1])
