"""Cutting a stream of bytes into frames that begin with a known head and tell their size soon after it."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from protocols.errors import ParsingError

Frame = TypeVar("Frame")


class Cutter(Generic[Frame]):
    """Finds frames; what is none is skipped byte by byte and counted. Keeps less than one frame.

    `size_of` tells the size of a frame by its first `start_bytes` bytes, 0 when it is none; `parse` makes the frame
    and raises ParsingError when it is none.
    """

    def __init__(
        self, heads: Sequence[bytes], start_bytes: int, size_of: Callable[[bytes], int], parse: Callable[[bytes], Frame]
    ) -> None:
        #: Bytes that belonged to no frame.
        self.skipped_total = 0
        self._heads: Final = heads
        self._start_bytes: Final = start_bytes
        self._size_of = size_of
        self._parse = parse
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes, return the frames that are complete now."""
        self._rest += data
        found: list[Frame] = []
        while 0 < (size := self._next_size()) <= len(self._rest):
            try:
                found.append(self._parse(bytes(self._rest[:size])))
                del self._rest[:size]
            except ParsingError:
                self._skip(1)
        return found

    def reset(self) -> None:
        """Forget a frame that never became whole."""
        self._skip(len(self._rest))

    def _next_size(self) -> int:
        """Skip to the next possible head and return the size of its frame, 0 while that is not known."""
        while True:
            starts = [at for head in self._heads if (at := self._rest.find(head)) >= 0]
            if not starts:
                self._skip(max(0, len(self._rest) - max(len(head) for head in self._heads) + 1))
                return 0
            self._skip(min(starts))
            if len(self._rest) < self._start_bytes:
                return 0
            size = self._size_of(bytes(self._rest[: self._start_bytes]))
            if size:
                return size
            self._skip(1)

    def _skip(self, count: int) -> None:
        self.skipped_total += count
        del self._rest[:count]
