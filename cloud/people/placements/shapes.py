"""What the REST interface answers of placements and their follow-ups; what it takes is in the drafts."""

from typing import Literal

from cloud.people.guidance.shapes import StepShown
from cloud.people.placements.counting import Verdict
from cloud.people.placements.proofs import ProofKind, Source
from cloud.people.placements.states import State
from cloud.people.registration.drafts import Form
from cloud.people.registration.shapes import PeriodQuery
from cloud.platform.shapes import Asked, Page, Shape, Time, UuidText


class ProofShown(Shape):
    """A proof of a placement; `source` says who vouches for it, `answer` is null for whoever may not judge it."""

    id: UuidText
    kind: ProofKind
    kind_name: str
    source: Source
    reference: str
    picture: UuidText | None
    whom: str | None
    has_answer: bool
    answer: str | None
    asked_at: Time | None
    by: str
    at: Time


class PlacementLine(Shape):
    """A placement, as lists show it."""

    id: UuidText
    person: UuidText
    post: UuidText | None
    firm: UuidText | None
    employer: str
    title: str
    occupation: str
    form: Form
    form_name: str
    started_on: str
    state: State
    station: str
    groups: list[str]
    claimed_by: str
    claimed_at: Time


class PlacementShown(PlacementLine):
    """A placement with its proofs and its history."""

    proofs: list[ProofShown]
    history: list[StepShown]


class JudgedShown(PlacementLine):
    """A placement of a period and whether it counts; `first` is the row by which its person counts already."""

    name: str | None
    verdict: Verdict
    first: UuidText | None
    proofs: list[str]


class PlacedShown(Shape):
    """`key_group_placed` of a period, how many rows have which verdict, and the rows."""

    since: str
    until: str
    key_group_placed: int
    verdicts: dict[str, int]
    items: list[JudgedShown]


class PlacedQuery(PeriodQuery):
    """Rows of a period, of one verdict or of all."""

    verdict: Verdict | Literal[""] = ""


class FollowUpShown(Shape):
    """The question whether a job lasted."""

    id: UuidText
    placement: UuidText
    person: UuidText
    name: str | None
    employer: str
    started_on: str
    due_on: str
    state: str
    tries: int
    answer: str
    by: str | None
    at: Time | None


class FollowUpsQuery(Asked):
    """Tasks that wait, or those that are done."""

    done: Literal["", "true"] = ""


PlacementPage = Page[PlacementShown]
PlacementLinePage = Page[PlacementLine]
FollowUpPage = Page[FollowUpShown]
