"""What the recogniser and the gallery say to each other, inside one process; the agent imports the words alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, get_args

from provisioning.facepack.measured import MAX_EXPECTED_FALSE, Fmr, rate_at

if TYPE_CHECKING:  # the agent must not have numpy in its memory
    import numpy as np
    from numpy.typing import NDArray

    #: L2-normalised, shape (dimension,).
    Embedding = NDArray[np.float32]

Mode = Literal["sign_in", "enrol", "verify"]
#: Why nothing is decided yet; the page has a sentence for each.
Reason = Literal[
    "nobody", "two_faces", "too_far", "too_near", "turned", "dark", "bright", "blurred", "hold_still", "turn_left",
    "turn_right", "blink", "not_live", "good",
]  # fmt: skip
#: How a look ended: `same` and `other` answer 1:1, `proposed` and `unknown` 1:N.
Outcome = Literal["proposed", "same", "other", "unknown", "enrolled", "gave_up"]
Live = Literal["none", "challenge", "passive"]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

#: Cosine from which two faces are one person's, and how far the next person must be behind, as measured.
DEFAULT_THRESHOLD: Final = 0.60
DEFAULT_MARGIN: Final = 0.05
#: Frames of an enrolment: at least, taken, and kept at most.
MIN_FRAMES: Final = 3
TAKEN_FRAMES: Final = 5
MAX_FRAMES: Final = 8
#: Wrong answers that end a proposal: four digits are soon tried out.
MAX_WRONG_ANSWERS: Final = 2
#: People of one station; the filing duty begins at 100,000 over all of them.
MAX_PEOPLE: Final = 20_000


def needs_second(fmr: Fmr | None, threshold: float, people: int) -> bool:
    """Return whether a proposal among so many people must be confirmed by what the person knows."""
    return rate_at(fmr, threshold) * people > MAX_EXPECTED_FALSE


@dataclass(frozen=True, slots=True)
class Check:
    """What a person typed at the enrolment to confirm by later: four digits of the phone, MMDD of the birthday."""

    phone4: str
    birthday: str


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest person and how near; `person` is None below the threshold or without the margin to the second."""

    person: str | None
    score: float
    second: float


class Gallery(Protocol):
    """The people of one station; every change is durable on return."""

    def enrol(self, person: str, frames: "Sequence[Embedding]", check: Check, consent: str) -> None:
        """Keep a person, in place of what was kept of him; GalleryRefused for too few frames or a full gallery."""

    def search(self, embedding: "Embedding") -> Found:
        """Return who is nearest, exactly."""

    def verify(self, person: str, embedding: "Embedding") -> float | None:
        """Return the cosine to one person, None when he is not enrolled with this model."""

    def confirm(self, person: str, answer: str) -> bool:
        """Return whether an answer is one that the person gave at the enrolment."""

    def erase(self, people: Iterable[str]) -> frozenset[str]:
        """Forget people, also on the disk; returns those of them who are still there."""

    def ids(self) -> frozenset[str]:
        """Return who is enrolled, also with another model."""

    def missing(self) -> frozenset[str]:
        """Return who is enrolled with another model and must enrol again to be found."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Vault:
    """Where a gallery and the two secrets lie that open it together."""

    file: Path
    #: 32 random bytes outside the state directory, in no backup.
    key_file: Path
    #: The state directory with the device's key.
    state: Path
    station: str
