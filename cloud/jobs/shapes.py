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
    """An employer; only a verified one publishes, until `check_due`."""

    id: UuidText
    uscc: str
    name: str
    contact: ContactShown
    verified: bool
    standing: str
    check_due: str | None
    created_at: Time


class FirmsQuery(Asked):
    """Firms of a standing whose name contains `text`, newest first."""

    text: SearchText = ""
    standing: Annotated[str, StringConstraints(pattern=r"^[a-z]{0,12}$")] = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class PlaceShown(Shape):
    """Where the work is."""

    district: str
    address: str


class PayShown(Shape):
    """What the work pays per unit, in fen; what its minimum comes to by the hour and month, where the hours say it."""

    min_fen: int
    max_fen: int
    unit: PayUnit
    method: str
    hour_fen: int | None
    month_fen: int | None


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
    source_url: str | None
    repost: bool
    term_days: int | None
    filled: int
    firm_due: bool
    confirmed_at: Time | None
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


class FillAsked(Asked):
    """How many more places are taken; negative: given back."""

    count: Annotated[int, Field(ge=-10_000, le=10_000, strict=True)]
    note: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
