"""How far a stream is complete: pure arithmetic on ranges of sequence numbers, both ends included.

`upto` is the end of what is consumed without a hole, `highest` the greatest number consumed, `gaps` the holes between
them. A number is consumed when it was stored, dead-lettered or declared lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Range = tuple[int, int]

#: Holes remembered per stream; what would open one more is not taken and comes again when older ones are filled.
MAX_GAPS: Final = 1_000
#: Lost ranges kept for display; above it the two oldest become one.
MAX_LOST: Final = 1_000


@dataclass(slots=True)
class Mark:
    """The watermark of one stream."""

    upto: int = 0
    highest: int = 0
    gaps: list[Range] = field(default_factory=list)
    lost: list[Range] = field(default_factory=list)

    def has_room(self, first: int) -> bool:
        """Return whether a range that begins at `first` can be taken without more holes than are remembered."""
        return first <= self.highest + 1 or len(self.gaps) < MAX_GAPS

    def missing(self, first: int, last: int) -> list[Range]:
        """Return the parts of first..last that are not consumed yet."""
        inside = [(max(a, first), min(b, last)) for a, b in self.gaps if a <= last and b >= first]
        if last > self.highest:
            inside.append((max(first, self.highest + 1), last))
        return inside

    def consume(self, first: int, last: int) -> None:
        """Count first..last as consumed; a jump beyond `highest` leaves a hole."""
        if first > self.highest + 1:
            self.gaps.append((self.highest + 1, first - 1))
        elif self.gaps and first <= self.gaps[-1][1]:
            self.gaps = [part for hole in self.gaps for part in _without(hole, first, last)]
        self.highest = max(self.highest, last)
        self.upto = self.gaps[0][0] - 1 if self.gaps else self.highest

    def lose(self, first: int, last: int) -> None:
        """Count what is missing of first..last as consumed and lost."""
        for part in self.missing(first, last):
            self.lost = merged([*self.lost, part])
        self.consume(first, last)
        while len(self.lost) > MAX_LOST:
            self.lost[:2] = [(self.lost[0][0], self.lost[1][1])]

    def find(self, seq: int) -> None:
        """Take back that a consumed number was lost: its event came after all."""
        self.lost = [part for hole in self.lost for part in _without(hole, seq, seq)]


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, those that touch joined."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _without(hole: Range, first: int, last: int) -> list[Range]:
    parts = []
    if hole[0] < first:
        parts.append((hole[0], min(hole[1], first - 1)))
    if hole[1] > last:
        parts.append((max(hole[0], last + 1), hole[1]))
    return parts
