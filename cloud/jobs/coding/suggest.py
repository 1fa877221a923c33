"""What the coder answers, and the function that others call; numpy is imported when the first title comes."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cloud.jobs.coding.coder import Coder

#: As many codes as `yizhan occupations code` prints.
LIMIT: Final = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code, its name, how sure the coder is (0-1), and what made it, in Chinese."""

    code: str
    name: str
    score: float
    reasons: tuple[str, ...] = ()

    def to_object(self) -> dict[str, Any]:
        """Return what `yizhan occupations code` prints."""
        return {"code": self.code, "name": self.name, "score": round(self.score, 4)}


@cache
def coder() -> "Coder":
    """Return the coder of the model that comes with the package."""
    from cloud.jobs.coding.coder import MODEL, Coder  # noqa: PLC0415 - a core that codes nothing needs no numpy

    return Coder.load(MODEL)


def code_title(text: str, limit: int = LIMIT) -> list[Suggestion]:
    """Return the likeliest professions of a title or a wish in people's own words, best first, with reasons.

    Only professions, the lowest level of the classification: a post or a wish must name one.
    """
    return coder().code(text, limit, professions=True, explain=True)
