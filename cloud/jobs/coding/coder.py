"""Free text -> occupations of the classification of 2022, with reasons; a function of text and model alone.

A title's features (`grams`) are weighed by how rare they are and scaled to length one. Two judges look at them:

* a linear one, ridge regression of the labelled titles (`build`), which knows how titles are coded in practice, and
* likeness (cosine) to each profession's name and to its colloquial names, which knows the professions nobody labelled.

To the linear judge's word on a code GROUP_SHARE of what it says of the whole middle category (`4-02`) is added: a
doubt between two professions of one trade is better than one good guess elsewhere. A part of the title that is a name,
official or colloquial, speaks for its code whatever habit says (`build`), a name within a part as far as it fills it.

score(code) = softmax of SHARPNESS * (linear + group + PHRASE_SHARE * greatest likeness + bonus). SHARPNESS is such that
the best score is right as often as it says.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from cloud.jobs.coding.grams import count_grams
from cloud.jobs.coding.reasons import reasons_of
from cloud.jobs.coding.store import read_model
from cloud.jobs.coding.suggest import LIMIT, Suggestion
from cloud.jobs.coding.titles import Title, fold, read_title

MODEL: Final = Path(__file__).with_name("model.bin")
#: What else counts beside the linear judge, and how scores become shares (ADR 0022).
PHRASE_SHARE: Final = 0.45
WITHIN_BONUS: Final = 0.15
GROUP_SHARE: Final = 0.1
SHARPNESS: Final = 14.0
#: A code that many titles have wins a tie.
_PRIOR_SHARE: Final = 1e-3
#: 大类 and 中类 of a code: `4-02`.
_GROUP_CHARS: Final = 4

#: Characters of a phrase that is looked for within a part; longer names are met by likeness.
LONGEST_PHRASE: Final = 8

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Coder:
    """A model in memory."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], remembered: Mapping[str, Any]) -> None:
        self._arrays = arrays
        self.codes: Final[Sequence[str]] = remembered["codes"]
        self.names: Final[Sequence[str]] = remembered["names"]
        self.inputs: Final[Mapping[str, str]] = remembered["inputs"]
        self.phrases: Final[Sequence[str]] = remembered["phrases"]
        ends = [*arrays["phrase_starts"][1:], len(self.phrases)]
        self._code_of_phrase = np.repeat(np.arange(len(ends)), np.diff([0, *ends]))
        #: Folded phrase -> its place; the official name of one code outweighs a colloquial name of another.
        self.said: Final = {fold(phrase): place for place, phrase in enumerate(self.phrases)}
        self.said.update(
            (fold(name), int(start)) for start, name in zip(arrays["phrase_starts"], self.names, strict=True)
        )
        groups = [code[:_GROUP_CHARS] for code in self.codes]
        _, self._group_starts, self._group_of = np.unique(groups, return_index=True, return_inverse=True)
        self._professions: Final = arrays["profession"].astype(bool)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the model of a file; ModelError when it is none."""
        return cls(*read_model(path))

    def code(
        self, text: str, limit: int = LIMIT, *, professions: bool = False, explain: bool = False
    ) -> list[Suggestion]:
        """Return the likeliest codes, best first; only those of level four when a post or a wish must name one."""
        title = read_title(text)
        ids, weights = self.features(title)
        likeness = self.likeness(ids, weights)
        scores = self.scores(title, ids, weights, likeness)
        if professions:
            scores = np.where(self._professions, scores, -np.inf)
        best = _best(scores, limit)
        shares = np.exp(SHARPNESS * (scores - scores[best[0]]))
        shares /= shares.sum()
        return [
            Suggestion(
                self.codes[at],
                self.names[at],
                float(shares[at]),
                reasons_of(self, title, int(at), likeness) if explain else (),
            )
            for at in best
        ]

    def features(self, title: Title) -> tuple[Ints, Floats]:
        """Return (places of the title's features in the model, their weights, which have length one)."""
        counted = count_grams(title)
        numbers = np.fromiter(counted.keys(), np.uint32, len(counted))
        known: npt.NDArray[np.uint32] = self._arrays["grams"]
        places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
        found = known[places] == numbers
        often = np.fromiter(counted.values(), np.float32, len(counted))[found]
        ids = places[found]
        weights = (1 + np.log(often)) * self._arrays["rarity"][ids]
        length = np.sqrt(np.dot(weights, weights))
        return ids, (weights / length if length else weights).astype(np.float32)

    def numbers(self, ids: Ints) -> list[int]:
        """Return the features' numbers (`grams`)."""
        return [int(number) for number in self._arrays["grams"][ids]]

    def likeness(self, ids: Ints, weights: Floats) -> Floats:
        """Return the cosine of the title to every phrase."""
        return self._product("phrase", ids, weights, len(self.phrases))

    def scores(self, title: Title, ids: Ints, weights: Floats, likeness: Floats) -> Floats:
        """Return the score of every code before it is made a share."""
        linear = self._product("code", ids, weights, len(self.codes))
        likest = PHRASE_SHARE * np.maximum.reduceat(likeness, self._arrays["phrase_starts"])
        groups = np.add.reduceat(np.maximum(linear, 0), self._group_starts)[self._group_of]
        total = linear + GROUP_SHARE * groups + likest
        for place, share in self.said_in(title).items():
            whole = self._arrays["phrase_bonus"][place] if share == 1 else 0
            total[self._code_of_phrase[place]] += whole + WITHIN_BONUS * share
        return (total + _PRIOR_SHARE * self._arrays["prior"]).astype(np.float32)

    def phrase_of(self, at: int, likeness: Floats) -> tuple[str, float, bool]:
        """Return the phrase of a code that is likest to the title, how like, and whether it is the official name."""
        starts = self._arrays["phrase_starts"]
        first = int(starts[at])
        last = int(starts[at + 1]) if at + 1 < len(starts) else len(self.phrases)
        place = first + int(np.argmax(likeness[first:last]))
        return self.phrases[place], float(likeness[place]), place == first

    def said_in(self, title: Title) -> dict[int, float]:
        """Return place of a phrase -> the share of a part that it is; the longest first, from the end, none overlap."""
        found: dict[int, float] = {}
        for part in title.parts:
            end = len(part)
            while end > 1:
                starts = range(max(0, end - LONGEST_PHRASE), end - 1)
                start = next((start for start in starts if part[start:end] in self.said), end - 1)
                if end - start > 1:
                    place = self.said[part[start:end]]
                    found[place] = max(found.get(place, 0), (end - start) / len(part))
                end = start
        return found

    def is_said(self, at: int, part: str) -> bool:
        """Return whether a part of a title is a name of a code."""
        return part in self.said and int(self._code_of_phrase[self.said[part]]) == at

    def parts(self, at: int, ids: Ints, weights: Floats) -> Floats:
        """Return what each feature adds to the linear score of a code."""
        places, owners = self._rows("code", ids)
        mine = self._arrays["code_of"][places] == at
        added = np.zeros(len(ids), np.float32)
        added[owners[mine]] = self._values("code", places[mine], ids[owners[mine]]) * weights[owners[mine]]
        return added

    def _product(self, kind: str, ids: Ints, weights: Floats, size: int) -> Floats:
        """Multiply the features with a sparse matrix that is stored by feature."""
        places, owners = self._rows(kind, ids)
        values = self._values(kind, places, ids[owners]) * weights[owners]
        return np.bincount(self._arrays[f"{kind}_of"][places], values, size).astype(np.float32)

    def _rows(self, kind: str, ids: Ints) -> tuple[Ints, Ints]:
        """Return (places of all entries of these features' rows, for each of them which feature it is of)."""
        starts = self._arrays[f"{kind}_rows"]
        begin = starts[ids].astype(np.int64)
        sizes = starts[ids + 1].astype(np.int64) - begin
        owners = np.repeat(np.arange(len(ids)), sizes)
        return np.arange(len(owners)) + (begin - np.cumsum(sizes) + sizes)[owners], owners

    def _values(self, kind: str, places: Ints, ids: Ints) -> Floats:
        values: Floats = self._arrays[f"{kind}_values"][places] * self._arrays[f"{kind}_scales"][ids]
        return values


def _best(scores: Floats, limit: int) -> Ints:
    """Return the places of the greatest scores, greatest first, equal ones in order; a sort of all costs more."""
    limit = min(limit, len(scores))
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    candidates = np.flatnonzero(scores >= least)
    order: Ints = candidates[np.argsort(-scores[candidates], kind="stable")[:limit]]
    return order
