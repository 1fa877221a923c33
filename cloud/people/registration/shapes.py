"""What the REST interface answers of registrations; what it takes is in the drafts."""

from typing import Annotated, Literal

from pydantic import Field

from cloud.jobs.drafts import PayUnit
from cloud.people.registration.completeness import Part
from cloud.people.registration.drafts import Code
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


PersonPage = Page[PersonLine]
FlagPage = Page[FlagShown]
GroupPage = Page[GroupShown]
SourcePage = Page[SourceShown]
