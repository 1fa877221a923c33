"""What REST takes and answers of posts and firms, beside the drafts (cloud/jobs/drafts.py)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from cloud.jobs.drafts import PayUnit
from cloud.jobs.posts import MAX_PAGE, State
from cloud.platform.shapes import DIGITS, Asked, SearchText, Shape, Time, UuidText


class ContactShown(Shape):
    """Whom to call."""

    name: str
    phone: str


class FirmShown(Shape):
    """An employer; only a verified one publishes."""

    id: UuidText
    uscc: str
    name: str
    contact: ContactShown
    verified: bool
    created_at: Time


class FirmsQuery(Asked):
    """Firms whose name contains `text`, newest first."""

    text: SearchText = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class PlaceShown(Shape):
    """Where the work is."""

    district: str
    address: str


class PayShown(Shape):
    """What the work pays per unit, in fen."""

    min_fen: int
    max_fen: int
    unit: PayUnit
    method: str


class FindingShown(Shape):
    """One reason against a post; `span` counts characters of `field`."""

    rule: str
    severity: str
    span: Annotated[list[int], Field(min_length=2, max_length=2)]
    law: str
    field: str = ""
    text: str = ""


class ScreeningShown(Shape):
    """What the gate found (domain: publication gate)."""

    verdict: Literal["ok", "review", "block"]
    findings: list[FindingShown]


class PostShown(Shape):
    """A job post."""

    id: UuidText
    state: State
    firm: UuidText
    firm_name: str
    title: str
    occupation: str
    occupation_name: str
    headcount: int
    requirements: str
    skills: list[str]
    place: PlaceShown
    hours: str
    pay: PayShown
    form: str
    form_name: str
    gig: bool
    valid_from: str
    valid_to: str
    contact: ContactShown
    source: str | None
    screening: ScreeningShown | None
    created_at: Time
    published_at: Time | None
    closed_at: Time | None


class PostsQuery(Asked):
    """Posts that have a state and contain a text in title, firm or place, newest first."""

    state: State | None = None
    text: SearchText = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class ReviewAsked(Asked):
    """A person's decision about a post that the screening could not decide; `note` says why."""

    publish: bool
    note: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
