"""What the REST interface answers of registrations, guidance and placements; what it takes is in the drafts."""

from typing import Annotated, Literal

from pydantic import Field

from cloud.jobs.drafts import PayUnit
from cloud.people.guidance.drafts import OfferKind, Topic, Way
from cloud.people.guidance.steps import Kind as CaseKind
from cloud.people.placements.counting import Verdict
from cloud.people.placements.proofs import ProofKind, Source
from cloud.people.placements.states import State
from cloud.people.registration.completeness import Part
from cloud.people.registration.drafts import Code, Form
from cloud.people.registration.groups import Fault, Kind
from cloud.people.registration.listing import MAX_PAGE, Level, Willing
from cloud.people.shapes import ConsentDocument, PersonDocument
from cloud.platform.shapes import DIGITS, Asked, Day, Page, SearchText, Shape, Time, UuidText
from protocols.rules.working_age import Standing

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS]


class MissingShown(Shape):
    """One thing that a whole registration holds and this one does not."""

    item: str
    part: Part
    rule: str


class CompletenessShown(Shape):
    """How complete a registration is, from 0 to 100, and what is missing."""

    score: int
    missing: list[MissingShown]


class WishShown(Shape):
    """A work somebody wants."""

    words: str
    occupation: str
    occupation_name: str
    coded_by: str


class PayShown(Shape):
    """The least pay that somebody takes."""

    floor_fen: int
    unit: PayUnit


class CertificateShown(Shape):
    """A certificate; its number is masked unless the person himself asks."""

    id: UuidText
    name: str
    number: str
    issuer: str
    issued_on: str | None
    valid_to: str | None


class ProfileShown(Shape):
    """What somebody told beyond who he is; `ability` is there for whoever may write it."""

    version: int
    born: str | None
    education: str
    education_name: str
    district: str
    district_name: str
    street: str
    street_name: str
    skills: list[str]
    forms: list[str]
    places: list[str]
    trainings: list[str]
    answered: list[str]
    wishes: list[WishShown]
    certificates: list[CertificateShown]
    hours: str
    pay: PayShown | None
    has_ability: bool
    ability: str = ""
    contact_phone: str | None
    willing: bool | None
    channel: str
    station: str
    source: str
    registered_at: Time | None
    standing: Standing
    completeness: CompletenessShown


class FlagShown(Shape):
    """Somebody belongs to a group; `fault` says why it does not count today, null: it does."""

    id: UuidText
    group: str
    group_name: str
    kind: Kind
    proof: str
    proof_name: str
    reference: str
    picture: UuidText | None
    valid_from: str
    valid_to: str
    claimed_by: str
    claimed_at: Time
    confirmed_by: str | None
    confirmed_at: Time | None
    ended_on: str | None
    ended_why: str
    fault: Fault | None


class RecordShown(Shape):
    """One jobseeker, masked: who he is, what he told, what he agreed to, which groups he belongs to."""

    person: PersonDocument
    profile: ProfileShown
    consents: list[ConsentDocument]
    flags: list[FlagShown]


class RegisteredShown(Shape):
    """Who stands at the counter; `fresh`: nobody knew him before."""

    person: PersonDocument
    profile: ProfileShown
    fresh: bool


class PersonLine(Shape):
    """A jobseeker as lists show him, masked."""

    id: UuidText
    name: str | None
    phone: str | None
    sex: str | None
    age: int | None
    minor: bool
    proof: str
    channel: str
    station: str | None
    created_at: Time
    completeness: int
    registered_at: Time | None
    district_name: str
    wishes: list[str]
    willing: bool | None
    groups: list[str]
    recommended_at: Time | None


class PeopleQuery(Asked):
    """Filters of the list; `text` is a whole name, phone or ID number, or part of a wish."""

    text: SearchText = ""
    group: Annotated[str, Field(max_length=20)] = ""
    level: Level | Literal[""] = ""
    district: Annotated[str, Field(max_length=12)] = ""
    occupation: Code = ""
    willing: Willing | Literal[""] = ""
    not_recommended: Literal["", "true"] = ""
    cursor: UuidText | None = None
    limit: Limit = 50


class PeriodQuery(Asked):
    """A period of market days, both among them; without one it is the calendar year so far."""

    since: Day | None = None
    until: Day | None = None


class StripShown(Shape):
    """The numbers of today."""

    registered: int
    today: int
    whole: int
    willing: int
    grouped: int


class GroupShown(Shape):
    """A group of the table, with its basis and what proves it."""

    group: str
    kind: Kind
    name: str
    basis: str
    proofs: dict[str, str]
    days: int
    valid_from: str
    valid_to: str | None
    note: str


class SourceShown(Shape):
    """A QR code that leads to registration, and what it brought in the period."""

    code: str
    label: str
    station: str
    made_by: str
    made_at: Time
    ended_at: Time | None
    scans: int
    registrations: int


class OpenedShown(Shape):
    """The sealed fields in the open, for who gave a reason."""

    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    contact_phone: str | None


class PictureShown(Shape):
    """A picture that was kept."""

    id: UuidText
    sha256: str
    bytes: int


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


class OwnRecordShown(Shape):
    """What was done for the caller: services, appointments, placements, talks of guidance."""

    flags: list[FlagShown]
    cases: list[CaseShown]
    placements: list[PlacementLine]
    guidance: list[NoteShown]


PersonPage = Page[PersonLine]
FlagPage = Page[FlagShown]
GroupPage = Page[GroupShown]
SourcePage = Page[SourceShown]
NotePage = Page[NoteShown]
CasePage = Page[CaseLine]
CaseHistoryPage = Page[CaseShown]
OfferPage = Page[OfferShown]
InstitutionPage = Page[InstitutionShown]
EnquiryPage = Page[EnquiryShown]
PlacementPage = Page[PlacementShown]
PlacementLinePage = Page[PlacementLine]
FollowUpPage = Page[FollowUpShown]
