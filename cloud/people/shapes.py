"""What the REST interface of jobseekers and kiosks takes and answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from cloud.identity.assurance import Assurance
from cloud.identity.phones import Mobile
from cloud.identity.public_shapes import Code
from cloud.platform.shapes import Asked, Page, Shape

Purposes = Annotated[list[Annotated[str, Field(max_length=16)]], Field(max_length=10)]
IdText = Annotated[str, Field(min_length=18, max_length=18)]
PersonName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class CodeLogin(Asked):
    """A phone, the code it got, and what its person agrees to (`terms` the first time)."""

    phone: Mobile
    code: Code
    consents: Purposes = Field(default_factory=list)


class CardLogin(Asked):
    """What the kiosk's reader read from the card."""

    name: PersonName
    id_number: IdText
    address: Text = ""
    consents: Purposes = Field(default_factory=list)


class FaceLogin(Asked):
    """Whom the kiosk's terminal recognised."""

    person: UUID


class CardBody(Asked):
    """What the kiosk's reader read from the card."""

    name: PersonName
    id_number: IdText
    address: Text = ""


class NameBody(Asked):
    """A name to be checked; `ticket` is what the person's own app of the service gave him."""

    name: PersonName
    id_number: IdText
    ticket: Annotated[str, Field(max_length=512)] = ""


class WechatBody(Asked):
    """The code of WeChat's login."""

    code: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]


class ConsentBody(Asked):
    """What somebody agrees to."""

    purposes: Annotated[list[Annotated[str, Field(max_length=16)]], Field(min_length=1, max_length=10)]


class ErasureBody(Asked):
    """Said in so many words, for it cannot be undone."""

    confirm: Literal[True]


class SessionDocument(Shape):
    """A new session; `token` is told once and goes into `Authorization: Bearer`."""

    token: str
    person: str
    assurance: Assurance
    idle_s: int


class ProofDocument(Shape):
    """How sure the session is of its person now."""

    person: str
    assurance: Assurance


class ConsentTextDocument(Shape):
    """A text that people are asked to agree to."""

    purpose: str
    version: str
    title: str
    summary: str
    text: str
    sha256: str
    required: bool


class ConsentDocument(Shape):
    """A consent; a kiosk enrols a face under the `id` of the one in force."""

    id: str
    purpose: str
    version: str
    text_sha256: str
    channel: str
    at: str
    withdrawn_at: str | None


class PersonDocument(Shape):
    """A person, masked."""

    id: str
    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    sex: str | None
    age: int | None
    minor: bool
    proof: str
    channel: str
    station: str | None
    created_at: str


class SelfDocument(Shape):
    """The caller's own record, and how sure we are that it is his."""

    person: PersonDocument
    assurance: Assurance
    consents: list[ConsentDocument]
    real_name_check: str


class OpenDocument(Shape):
    """The sealed fields in the open."""

    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None


class ExportDocument(Shape):
    """Everything that is kept about a person, by package."""

    made_at: str
    person: str
    packages: dict[str, Any]
    kept_after_erasure: dict[str, str]


class ReceiptDocument(Shape):
    """What a follower of an erasure answered."""

    follower: str
    at: str | None
    note: str


class ErasureDocument(Shape):
    """Somebody was erased."""

    id: str
    at: str
    channel: str
    assurance: str
    removed: dict[str, int]
    receipts: list[ReceiptDocument]


ConsentTextPage = Page[ConsentTextDocument]
ErasurePage = Page[ErasureDocument]
