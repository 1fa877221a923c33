"""What REST takes and answers of vacancies that look alike, of the count of a period, and of a text's screening."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from cloud.jobs.shapes import FindingShown
from cloud.platform.shapes import Asked, Day, Shape, Time, UuidText

#: Characters of a text that is screened or rewritten by itself.
MAX_SCREENED: Final = 20_000


class VacancyShown(Shape):
    """The earlier post that a post looks like (`likeness` up to 1), and what was said of the two."""

    post: UuidText
    earlier: UuidText
    earlier_title: str
    earlier_published_at: Time | None
    likeness: float
    said: Literal["asked", "same", "other"]
    by: str
    note: str
    at: Time


class VacancySaid(Asked):
    """A person's word: it is the same vacancy (not counted), or another one (counted)."""

    same: bool
    note: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


class PeriodAsked(Asked):
    """Days of the market; both belong to the period."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day


class ExcludedShown(Shape):
    """How many posts do not count, by reason."""

    repost: int
    same: int
    asked: int


class PostCountShown(Shape):
    """How many posts of a period were published and how many of them count."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    published: int
    counted: int
    excluded: ExcludedShown


class TextAsked(Asked):
    """A text of a post, as people read it."""

    text: Annotated[str, StringConstraints(max_length=MAX_SCREENED)]


class CutShown(Shape):
    """What the rewrite took out, why, and what stands there now."""

    rule: str
    law: str
    taken: str
    put: str


class RewriteShown(Shape):
    """A text's verdict and findings, and a text that passes the gate with pay, place and duties kept."""

    verdict: Literal["ok", "review", "block"]
    findings: list[FindingShown]
    rewritten: str
    cuts: list[CutShown]
