"""A random sample that anybody can draw again from the same frame and seed. Pure.

Everybody of the frame gets the SHA-256 of seed and name, and the smallest come first: any prefix of that order is a
simple random sample, so a sample can be enlarged, and no library's generator has to stay the same.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

RespondentKind = Literal["person", "firm"]


@dataclass(frozen=True, slots=True, order=True)
class Respondent:
    """Somebody who may be asked."""

    kind: RespondentKind
    id: UUID

    @property
    def name(self) -> str:
        """Return how the frame names him."""
        return f"{self.kind}:{self.id}"


def frame_digest(frame: Iterable[Respondent]) -> str:
    """Return the SHA-256 of a frame, in whatever order it comes; twice the same one counts once."""
    text = "".join(f"{one.name}\n" for one in sorted(set(frame)))
    return hashlib.sha256(text.encode()).hexdigest()


def draw(frame: Iterable[Respondent], seed: str, wanted: int) -> Sequence[Respondent]:
    """Return at most `wanted` of the frame in the order of the seed, each once."""
    return sorted(set(frame), key=lambda one: (_rank(one, seed), one))[:wanted]


def _rank(one: Respondent, seed: str) -> bytes:
    return hashlib.sha256(f"{seed}:{one.name}".encode()).digest()
