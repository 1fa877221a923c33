"""Token buckets: how much of the core one caller may use. Pure; the bound on their number is part of the contract.

Each process counts for itself: with N web processes behind one address a caller may reach N times the rate.
"""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final

#: Callers remembered; the one that asked longest ago is forgotten first, and begins anew with a full bucket.
MAX_CALLERS: Final = 20_000
#: Whole but for rounding.
_ONE: Final = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` on average, up to `burst` at once."""

    per_s: float
    burst: int


class Buckets:
    """The buckets of one kind of caller."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        #: Caller -> (what was left, when that was counted).
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __contains__(self, caller: str) -> bool:
        """Return whether a caller is remembered."""
        return caller in self._left

    def take(self, caller: str, now_s: float) -> int:
        """Take one from a caller's bucket; return 0, or after how many seconds he may come again."""
        left, counted_s = self._left.pop(caller, (float(self.rate.burst), now_s))
        left = min(float(self.rate.burst), left + max(0.0, now_s - counted_s) * self.rate.per_s)
        wait_s = 0 if left >= _ONE else max(1, ceil((1 - left) / self.rate.per_s))
        self._left[caller] = (left if wait_s else left - 1, now_s)
        if len(self._left) > MAX_CALLERS:
            self._left.popitem(last=False)
        return wait_s
