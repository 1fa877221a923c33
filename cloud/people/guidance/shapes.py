"""What the REST interface answers of guidance and services; what it takes is in the drafts."""

from typing import Annotated

from pydantic import Field

from cloud.people.guidance.drafts import OfferKind, Topic, Way
from cloud.people.guidance.steps import Kind as CaseKind
from cloud.platform.shapes import Asked, Page, Shape, Time, UuidText


class NoteShown(Shape):
    """A talk of guidance; what was said is null for whoever reads masked."""

    id: UuidText
    topic: Topic
    way: Way
    content: str | None
    next_step: str | None
    next_on: str | None
    station: str
    by: str
    at: Time


class StepShown(Shape):
    """One line of a history."""

    state: str
    by: str
    at: Time
    note: str


class CaseLine(Shape):
    """A service for somebody, as lists show it."""

    id: UuidText
    person: UuidText
    kind: CaseKind
    state: str
    outcome: str
    about: UuidText | None
    title: str
    wanted_on: str | None
    channel: str
    station: str
    opened_by: str
    opened_at: Time
    changed_at: Time
    name: str | None = None
    phone: str | None = None


class CaseShown(CaseLine):
    """A service for somebody with its history."""

    history: list[StepShown]


class CasesQuery(Asked):
    """Cases of a kind, in a state or in any."""

    kind: CaseKind
    state: Annotated[str, Field(max_length=12)] = ""


class InstitutionShown(Shape):
    """An institution that trains."""

    id: UuidText
    name: str
    address: str
    contact: str
    valid_from: str
    valid_to: str | None


class OfferShown(Shape):
    """A row of a catalogue."""

    id: UuidText
    kind: OfferKind
    title: str
    text: str
    occupation: str
    institution: InstitutionShown | None
    place: str
    hours: str
    fee_fen: int | None
    subsidy: str
    seats: int | None
    valid_from: str
    valid_to: str
    made_by: str
    made_at: Time
    changed_at: Time


class EnquiryShown(Shape):
    """A question with its answer; the words are null for whoever reads masked."""

    id: UuidText
    kind: str
    offer: UuidText | None
    person: UuidText | None
    question: str | None
    answer: str | None
    channel: str
    station: str
    by: str
    at: Time


class IntentionsShown(Shape):
    """Training intentions of a period: each person once per project and year, the persons, what was said again."""

    since: str
    until: str
    intentions: int
    persons: int
    repeats: int


NotePage = Page[NoteShown]
CasePage = Page[CaseLine]
CaseHistoryPage = Page[CaseShown]
OfferPage = Page[OfferShown]
InstitutionPage = Page[InstitutionShown]
EnquiryPage = Page[EnquiryShown]
