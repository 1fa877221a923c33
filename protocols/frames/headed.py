"""Cutting a stream into frames that begin with a known head and say their length in their header."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from protocols.errors import ParsingError

F = TypeVar("F")


class HeadedDecoder(Generic[F]):
    """What is no frame is skipped byte by byte and counted; keeps less than one frame.

    All `heads` are equally long. `size_of` returns the size of the frame that a header of `header_bytes` begins, None
    when none can begin so; it bounds what is kept. `parse` returns a whole frame or raises ParsingError.
    """

    def __init__(
        self,
        heads: Sequence[bytes],
        header_bytes: int,
        size_of: Callable[[bytes], int | None],
        parse: Callable[[bytes], F],
    ) -> None:
        #: Bytes that belonged to no frame.
        self.skipped_total = 0
        self._heads, self._header_bytes = heads, header_bytes
        self._size_of, self._parse = size_of, parse
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[F]:
        """Take the next bytes, return the frames that are complete now."""
        self._rest += data
        found: list[F] = []
        while (size := self._next_size()) is not None and size <= len(self._rest):
            try:
                found.append(self._parse(bytes(self._rest[:size])))
                del self._rest[:size]
            except ParsingError:
                self._skip(1)
        return found

    def reset(self) -> None:
        """Forget a frame that never became whole."""
        self._skip(len(self._rest))

    def _next_size(self) -> int | None:
        """Skip to the next possible head and return the size of its frame, None when that is not known yet."""
        head_bytes = len(self._heads[0])
        while len(self._rest) >= head_bytes:
            starts = [at for head in self._heads if (at := self._rest.find(head)) >= 0]
            self._skip(min(starts, default=len(self._rest) - head_bytes + 1))
            if not starts or len(self._rest) < self._header_bytes:
                return None
            size = self._size_of(bytes(self._rest[: self._header_bytes]))
            if size is not None:
                return size
            self._skip(1)
        return None

    def _skip(self, count: int) -> None:
        self.skipped_total += count
        del self._rest[:count]
