"""What REST answers and takes of policies, beside the drafts (cloud/policies/drafts.py)."""

from typing import Annotated

from pydantic import Field

from cloud.platform.paging import Cursor
from cloud.platform.shapes import DIGITS, Asked, Shape, Time, UuidText
from cloud.policies.drafts import Category, Channel, Kind, Place
from cloud.policies.register import MAX_PAGE, State


class NewsShown(Shape):
    """A version in force, as the public sees it."""

    id: UuidText
    version: int
    kind: Kind
    item: str
    category: Category
    title: str
    summary: str
    body: str
    audience: str
    issuer: str
    document: str
    source_url: str
    valid_from: str
    valid_to: str | None


class TextShown(Shape):
    """A wording."""

    kind: Kind
    item: str
    title: str
    summary: str
    body: str
    audience: str
    category: Category
    issuer: str
    document: str
    source_url: str
    valid_from: str
    valid_to: str | None
    channels: list[Channel]


class PolicyShown(Shape):
    """A policy: `draft` is what is being written, `live_version` which version is in force."""

    id: UuidText
    state: State
    waiting: bool
    draft: TextShown
    live_version: int | None
    created_at: Time
    published_at: Time | None
    ended_at: Time | None
    end_note: str


class PoliciesQuery(Asked):
    """Policies of a state or a kind, newest first."""

    state: State | None = None
    kind: Kind | None = None
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 30


class VersionShown(Shape):
    """A wording that was published."""

    version: int
    text: TextShown
    sha256: str
    by: str
    at: Time


class DisplayShown(Shape):
    """One wall's best proof of a version; below `rendered` nobody says that it was shown."""

    version: int
    station: str
    slot: str
    level: str
    shown: bool
    reached_at: Time
    gone_at: Time | None


class RequiredShown(Shape):
    """An item that must be public; `policy` shows it, null: it is missing."""

    item: str
    name: str
    basis: str
    policy: UuidText | None
    channels: list[str]


class EnquiryShown(Shape):
    """What somebody asked and was told."""

    id: int
    policy: UuidText | None
    topic: str
    place: Place
    station: str
    question: str
    answer: str
    by: str
    at: Time


class EnquiriesQuery(Asked):
    """Enquiries, newest first."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50
