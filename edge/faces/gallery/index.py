"""Exact search over turned embeddings: bytes first, as a bound, then the numbers themselves for whom it leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import simsimd
from numpy.typing import NDArray

from edge.faces.gallery.records import Record
from edge.faces.terms import Found

_BYTE: Final = 127
#: float32 sums of 512 products: far below what a threshold has digits for, far above their rounding.
_ROUNDING: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Bytes:
    """Vectors as bytes: `whole` (n, dimension), `scale` a byte's worth, `off` the length of what rounding took away."""

    whole: NDArray[np.int8]
    scale: NDArray[np.float32]
    off: NDArray[np.float32]


def to_bytes(rows: NDArray[np.float32]) -> Bytes:
    """Return vectors rounded to bytes, each with its own scale."""
    scale = np.maximum(np.abs(rows).max(axis=1), np.finfo(np.float32).tiny) / np.float32(_BYTE)
    whole = np.rint(rows / scale[:, None]).astype(np.int8)
    off = np.linalg.norm(rows - whole * scale[:, None], axis=1)
    return Bytes(whole, scale.astype(np.float32), off.astype(np.float32))


class Index:
    """One generation of what is searched: it never changes, a change makes another (F23).

    `people` are those whose records are of the model in use; their rows stand together.
    """

    def __init__(self, records: Sequence[Record], dimension: int, threads: int = 1) -> None:
        self.people = tuple(record.person for record in records)
        self._threads = threads
        self._rows = np.ascontiguousarray(
            np.vstack([record.rows for record in records]) if records else np.empty((0, dimension)), np.float32
        )
        self._bytes = to_bytes(self._rows) if records else None
        counts = np.array([len(record.rows) for record in records], np.intp)
        self._starts = np.concatenate([np.zeros(1, np.intp), np.cumsum(counts)[:-1]]) if records else counts
        self._ends = np.cumsum(counts)

    def search(self, turned: NDArray[np.float32], threshold: float, margin: float) -> Found:
        """Return the nearest person, exactly as the largest of all dot products says.

        A product of bytes differs from the product of the numbers by no more than |a - a'| + (1 + |a - a'|) |b - b'|
        (Cauchy-Schwarz, both of length 1). Who is below the second-best person even at the upper end of that is out.
        """
        if self._bytes is None:
            return Found(None, -1.0, -1.0)
        upper, lower = self._bounds(turned, self._bytes)
        floor = np.partition(lower, -2)[-2] if len(lower) > 1 else lower[0]
        near = np.flatnonzero(upper >= floor)
        scores = np.array([float((self._of(int(place)) @ turned).max()) for place in near])
        best = int(scores.argmax())
        score = float(scores[best])
        second = float(np.delete(scores, best).max()) if len(scores) > 1 else -1.0
        sure = score >= threshold and score - second >= margin
        return Found(self.people[near[best]] if sure else None, score, second)

    def verify(self, person: str, turned: NDArray[np.float32]) -> float | None:
        """Return the largest product with one person's rows."""
        try:
            place = self.people.index(person)
        except ValueError:
            return None
        return float((self._of(place) @ turned).max())

    def _of(self, place: int) -> NDArray[np.float32]:
        return self._rows[self._starts[place] : self._ends[place]]

    def _bounds(self, turned: NDArray[np.float32], kept: Bytes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        asked = to_bytes(turned[None, :])
        products = np.asarray(simsimd.cdist(asked.whole, kept.whole, metric="dot", threads=self._threads))[0]
        about = products.astype(np.float32) * (kept.scale * asked.scale[0])
        wide = kept.off + (1 + kept.off) * asked.off[0] + np.float32(_ROUNDING)
        return np.maximum.reduceat(about + wide, self._starts), np.maximum.reduceat(about - wide, self._starts)
