"""What may be claimed of a pack: its rate of false matches with its upper confidence limit, times who could be met.

Pure. A pack that was not measured on enough pairs counts as 1 %: one in a hundred strangers would be taken for another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from provisioning.facepack.measured import DEFAULT, ENOUGH_PAIRS, UNMEASURED_RATE

#: The packs whose rates were measured, by the id in their manifest.
PACKS: Final[Mapping[str, Mapping[str, Any]]] = {"yizhan-faces-1": DEFAULT}
#: Above it a proposal needs the second factor before anything is shown.
MAX_RISK: Final = 0.01
DEFAULT_THRESHOLD: Final = 0.60


@dataclass(frozen=True, slots=True)
class Bound:
    """The statement about one gallery: `rate` is the upper limit, `measured` whether it is one."""

    model: str
    threshold: float
    measured: bool
    pairs: int
    rate: float
    people: int

    @property
    def risk(self) -> float:
        """Return the limit of how likely a stranger is taken for anybody of the gallery."""
        return min(1.0, self.rate * self.people)

    @property
    def needs_second(self) -> bool:
        """Return whether a proposal needs a second factor."""
        return self.risk > MAX_RISK

    @property
    def most_people(self) -> int:
        """Return how many people a gallery may have before a proposal needs a second factor."""
        return int(MAX_RISK / self.rate)


def bound_of(model: str, people: int, threshold: float = DEFAULT_THRESHOLD) -> Bound:
    """Return what may be said of a gallery of a pack, whose name may end in `@` and a hash."""
    known = PACKS.get(model.partition("@")[0])
    below = [one["upper"] for one in known["rates"] if one["threshold"] <= threshold] if known else []
    measured = bool(below) and known is not None and known["impostor_pairs"] >= ENOUGH_PAIRS
    rate = below[-1] if measured else max(UNMEASURED_RATE, *below, 0.0)
    return Bound(model, threshold, measured, known["impostor_pairs"] if known else 0, rate, people)
