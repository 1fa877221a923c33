"""Values that are kept in memory because they cannot become stale: all that they follow from is their key."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(dict[K, V]):
    """A dictionary of at most `most` values; the one that was kept first makes room."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> V:
        """Keep a value and return it."""
        if key not in self and len(self) >= self._most:
            del self[next(iter(self))]
        self[key] = value
        return value
