"""What the default pack was measured to get wrong (docs/faces/model-card.md); it goes into the pack's manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Pairs of different people below which a rate is not believed, and what it counts as then.
ENOUGH_PAIRS: Final = 3000
UNMEASURED_RATE: Final = 0.01
#: Above this, expected false proposals a look, a person confirms before anything is shown.
MAX_EXPECTED_FALSE: Final = 0.01

#: One picture against one: 22 Chinese people, 4 pictures each. `upper` is the upper end of the 95 % interval of Clopper
#: and Pearson for the false-match rate.
DEFAULT: Final[dict[str, Any]] = {
    "set": "22 Chinese celebrities, 4 pictures each, one picture against one",
    "genuine_pairs": 132,
    "impostor_pairs": 3696,
    "rates": [
        {"threshold": 0.40, "false_matches": 237, "upper": 0.07251, "false_non_match": 0.030},
        {"threshold": 0.45, "false_matches": 96, "upper": 0.03163, "false_non_match": 0.038},
        {"threshold": 0.50, "false_matches": 33, "upper": 0.01252, "false_non_match": 0.038},
        {"threshold": 0.55, "false_matches": 13, "upper": 0.00601, "false_non_match": 0.045},
        {"threshold": 0.60, "false_matches": 3, "upper": 0.00238, "false_non_match": 0.098},
    ],
}


@dataclass(frozen=True, slots=True)
class Fmr:
    """How often different people were taken for one, by threshold, and of how many pairs that is known."""

    set: str
    impostor_pairs: int
    upper: tuple[tuple[float, float], ...]

    def knows(self, threshold: float) -> bool:
        """Return whether there is a measured limit, of enough pairs, for a threshold."""
        return self.impostor_pairs >= ENOUGH_PAIRS and any(at <= threshold for at, _ in self.upper)

    def at(self, threshold: float) -> float:
        """Return the upper confidence limit at a threshold: of the measured one below it, never less than it may be."""
        rate = min((rate for at, rate in self.upper if at <= threshold), default=1.0)
        return rate if self.impostor_pairs >= ENOUGH_PAIRS else max(rate, UNMEASURED_RATE)


def fmr_of(said: Mapping[str, Any]) -> Fmr:
    """Return the rates of a measurement written as `DEFAULT` is; KeyError, TypeError, ValueError when it is not."""
    rates = tuple((float(one["threshold"]), float(one["upper"])) for one in said["rates"])
    return Fmr(str(said["set"]), int(said["impostor_pairs"]), rates)


def rate_at(fmr: Fmr | None, threshold: float) -> float:
    """Return the rate that a pack counts with at a threshold; one that nobody measured counts as 1 %."""
    return UNMEASURED_RATE if fmr is None else fmr.at(threshold)
