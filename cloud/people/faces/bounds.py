"""What may be claimed of a pack: its rate of false matches with its upper confidence limit, times who could be met.

Pure. A pack that was not measured on enough pairs counts as 1 %: one in a hundred strangers would be taken for another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provisioning.facepack.measured import DEFAULT, MAX_EXPECTED_FALSE, Fmr, fmr_of, rate_at

#: The packs whose rates were measured, by the id in their manifest.
PACKS: Final[Mapping[str, Fmr]] = {"yizhan-faces-1": fmr_of(DEFAULT)}
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
        return self.risk > MAX_EXPECTED_FALSE

    @property
    def most_people(self) -> int:
        """Return how many people a gallery may have before a proposal needs a second factor."""
        return int(MAX_EXPECTED_FALSE / self.rate)


def bound_of(model: str, people: int, threshold: float = DEFAULT_THRESHOLD) -> Bound:
    """Return what may be said of a gallery of a pack, whose name may end in `@` and a hash."""
    known = PACKS.get(model.partition("@")[0])
    measured = known is not None and known.knows(threshold)
    pairs = known.impostor_pairs if known else 0
    return Bound(model, threshold, measured, pairs, rate_at(known, threshold), people)
