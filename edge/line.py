"""How much may be on the line at once: little on a slow one, so that evidence need not wait behind bulk. No I/O.

What has been handed to the socket cannot be overtaken. A batch of 256 KiB takes 16 s at 128 kbit/s: longer than the
first retry, and everything recorded meanwhile waits behind it.
"""

from dataclasses import dataclass
from typing import Final

from protocols.venue.events import MAX_BATCH_BYTES
from protocols.venue.vocabulary import Stream

#: What the first batches of a connection may hold, and the least on a line that is slower than that.
FIRST_BYTES: Final = 16 * 1024
LEAST_BYTES: Final = 8 * 1024
#: A full batch that the broker has confirmed within the first makes the next ones twice as large, one that took longer
#: than the second half as large, s.
FAST_S: Final = 1.0
SLOW_S: Final = 2.0
#: A batch counts as full from this part of what it might have held.
FULL_PART: Final = 0.5


@dataclass(slots=True)
class Line:
    """What one connection has learnt of its line."""

    batch_bytes: int = FIRST_BYTES
    _bulk_under_way: int = 0

    def may_send(self, stream: Stream) -> bool:
        """Return whether a batch of this stream may go now: on a slow line bulk goes one batch at a time."""
        return stream == "evidence" or self.batch_bytes >= MAX_BATCH_BYTES or self._bulk_under_way == 0

    def left(self, stream: Stream) -> None:
        """Note that a batch was handed to the line."""
        self._bulk_under_way += stream != "evidence"

    def confirmed(self, stream: Stream, size: int, took_s: float) -> None:
        """Note that the broker has a batch of `size` bytes."""
        self._bulk_under_way -= stream != "evidence"
        if took_s > SLOW_S:
            self.batch_bytes = max(LEAST_BYTES, self.batch_bytes // 2)
        elif took_s <= FAST_S and size >= self.batch_bytes * FULL_PART:
            self.batch_bytes = min(MAX_BATCH_BYTES, self.batch_bytes * 2)
