"""How sure a share of a sample is: the Wilson score interval. Pure.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
Statistical Association 22 (1927), 209-212: the shares p for which |k/n - p| <= z * sqrt(p * (1 - p) / n). No correction
for a finite population: the interval is never too narrow.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

#: Two-sided confidence.
CONFIDENCE: Final = 0.95
#: Fewer respondents certify nothing (law-and-facts, 0.6).
ENOUGH: Final = 50


@dataclass(frozen=True, slots=True)
class Interval:
    """Shares from 0 to 1."""

    low: float
    high: float

    @property
    def margin(self) -> float:
        """Return half of its width, the margin of error."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a sample are satisfied; nobody asked: everything is possible."""

    satisfied: int
    respondents: int

    @property
    def value(self) -> float | None:
        """Return the share of the sample, None when nobody answered."""
        return self.satisfied / self.respondents if self.respondents else None

    @property
    def interval(self) -> Interval:
        """Return the interval of the share."""
        return wilson(self.satisfied, self.respondents)

    @property
    def enough(self) -> bool:
        """Return whether the sample is large enough to certify the share."""
        return self.respondents >= ENOUGH


def wilson(satisfied: int, respondents: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval of `satisfied` of `respondents`; all of [0, 1] when there are none."""
    if not 0 <= satisfied <= respondents:
        raise ValueError(f"{satisfied} of {respondents} is no share")
    if not respondents:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = satisfied / respondents, z * z / respondents
    middle = (share + square / 2) / (1 + square)
    half = z * sqrt(share * (1 - share) / respondents + square / respondents / 4) / (1 + square)
    # At the ends the formula is exact, and floating point is not.
    return Interval(middle - half if satisfied else 0.0, middle + half if satisfied < respondents else 1.0)
