"""What a threshold is worth at one site: scores of its enrolled people against themselves and against each other.

One score for each pair of people, the highest that any of their pictures reach, and one for each person, the lowest
that a picture of his reaches against his others: pictures of one sitting are alike, so they are not counted as if each
were a new try. Both are on the safe side, the second only as far as one sitting goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from edge.errors import EdgeError

#: Thresholds that are judged: 0.00 to 1.00.
STEPS: Final = 101
CONFIDENCE: Final = 0.95
#: People compared with each other; of more, so many are drawn. Two million pairs show a rate of 2 in a million.
MAX_PEOPLE: Final = 2_000
#: Pairs of people named because they look most alike: two records of one person are among them.
MAX_ALIKE: Final = 5
#: People compared with everybody at once: 64 x 9 rows against 2,000 x 9 are 40 MB.
_BLOCK: Final = 64
_SEED: Final = 45

Rows = NDArray[np.float32]
Counts = NDArray[np.int64]


class CalibrationRefused(EdgeError):  # noqa: N818 - an answer to the operator
    """So few people cannot show what was asked for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is enrolled: his pictures as embeddings of length 1, (pictures, dimension); turned ones do as well."""

    id: str
    pictures: Rows


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many, and the 95 % interval of the rate by Clopper and Pearson."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The rate as counted."""
        return self.count / self.of if self.of else 0.0

    @property
    def lower(self) -> float:
        """The lower end of the interval."""
        return 0.0 if not self.count else float(betaincinv(self.count, self.of - self.count + 1, _TAIL))

    @property
    def upper(self) -> float:
        """The upper end of the interval; 1 when nothing was counted at all."""
        if self.count == self.of:
            return 1.0
        return float(betaincinv(self.count + 1, self.of - self.count, 1 - _TAIL))


_TAIL: Final = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold: how often two people pass it as one, and one person does not."""

    threshold: float
    false_match: Rate
    false_non_match: Rate


@dataclass(frozen=True, slots=True)
class Alike:
    """Two ids whose pictures are near each other: two people, or one who is enrolled twice."""

    score: float
    people: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores counted by hundredths: place k holds those below k/100 that k - 1 does not, 0 all negative ones."""

    people: int
    genuine: Counts
    impostor: Counts
    alike: tuple[Alike, ...]

    @property
    def pairs(self) -> int:
        """Pairs of two people."""
        return int(self.impostor.sum())

    def step(self, number: int) -> Step:
        """Return what the threshold of so many hundredths is worth."""
        own, matched = int(self.genuine.sum()), int(self.impostor[number + 1 :].sum())
        missed = own - int(self.genuine[number + 1 :].sum())
        return Step(number / 100, Rate(matched, self.pairs), Rate(missed, own))

    @property
    def finest(self) -> float:
        """The smallest false-match rate that so many pairs can show: the upper limit when none of them matches."""
        return Rate(0, self.pairs).upper

    def threshold_for(self, wanted: float) -> Step:
        """Return the lowest threshold whose false-match rate is, with confidence, at most the wanted one.

        CalibrationRefused when so few pairs cannot show it, whatever they score.
        """
        if wanted < self.finest:
            raise CalibrationRefused(
                f"{self.pairs} pairs of people cannot show a false-match rate below {self.finest:.3%}; "
                f"for {wanted:.3%} about {people_for(wanted)} people must be enrolled"
            )
        for number in range(STEPS):
            step = self.step(number)
            if step.false_match.upper <= wanted:
                return step
        raise CalibrationRefused(
            f"no threshold reaches {wanted:.3%}: some people look exactly alike, see the pairs that are most alike"
        )


def people_for(wanted: float) -> int:
    """Return how many people make enough pairs for a false-match rate, when none of the pairs matches."""
    pairs = np.log(_TAIL) / np.log1p(-wanted)
    return int(np.ceil((1 + np.sqrt(1 + 8 * pairs)) / 2))


def calibrate(people: Sequence[Person]) -> Calibration:
    """Compare people with themselves and with each other; who has one picture counts for the second only."""
    if len(people) > MAX_PEOPLE:
        drawn = np.random.default_rng(_SEED).choice(len(people), MAX_PEOPLE, replace=False)
        people = [people[int(place)] for place in np.sort(drawn)]
    if len(people) < 2:  # noqa: PLR2004 - a pair
        raise CalibrationRefused(f"{len(people)} people are enrolled with this pack: two make the first pair")
    own = [_lowest(one.pictures) for one in people if len(one.pictures) > 1]
    impostor, alike = _compared(people)
    return Calibration(len(people), _counted(np.array(own)), impostor, alike)


def _lowest(pictures: Rows) -> float:
    """Return the lowest that one of the pictures reaches against the nearest of the others."""
    scores = pictures @ pictures.T
    np.fill_diagonal(scores, -1)
    return float(scores.max(axis=1).min())


def _compared(people: Sequence[Person]) -> tuple[Counts, tuple[Alike, ...]]:
    starts = np.cumsum([0] + [len(one.pictures) for one in people])
    rows = np.vstack([one.pictures for one in people]).astype(np.float32)
    counts: Counts = np.zeros(STEPS + 1, np.int64)
    alike: list[Alike] = []
    for first in range(0, len(people), _BLOCK):
        last = min(first + _BLOCK, len(people))
        block = rows[starts[first] : starts[last]] @ rows[starts[first] :].T
        best = np.maximum.reduceat(block, starts[first:last] - starts[first], axis=0)
        best = np.maximum.reduceat(best, starts[first:-1] - starts[first], axis=1)
        mine, others = np.triu_indices(last - first, 1, len(people) - first)
        scores = best[mine, others]
        counts += _counted(scores)
        for place in np.argsort(scores)[-MAX_ALIKE:]:
            pair = people[first + int(mine[place])].id, people[first + int(others[place])].id
            alike.append(Alike(float(scores[place]), pair))
    alike.sort(key=lambda one: -one.score)
    return counts, tuple(alike[:MAX_ALIKE])


def _counted(scores: NDArray[np.floating]) -> Counts:
    """Return how many scores lie in each hundredth (`Calibration`)."""
    places = np.searchsorted(np.arange(STEPS) / 100, scores, side="right")
    return np.bincount(places, minlength=STEPS + 1).astype(np.int64)
