"""What is said of a firm's user, as it is sent; what is answered."""

from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from cloud.employers.lookup import SIZES, divisions, refusals
from cloud.employers.states import Standing, State
from cloud.identity.assurance import FirmRole
from cloud.identity.phones import Mobile, Name
from cloud.jobs.drafts import check_uscc
from cloud.platform.shapes import Asked, Day, Page, Shape, Time, UuidText

#: A line without control characters.
_PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


class MemberDraft(Asked):
    """A new user of a firm."""

    name: Name
    phone: Mobile
    role: FirmRole


class SwitchBody(Asked):
    """Which firm to act for."""

    firm: UUID


class MemberDocument(Shape):
    """A user of a firm, his phone masked."""

    id: str
    name: str
    phone: str
    role: FirmRole
    since: str
    last_login: str | None


class FirmChoice(Shape):
    """A firm that the caller may act for."""

    id: str
    name: str
    role: FirmRole
    current: bool


class EmployerDocument(Shape):
    """The firm that a session acts for, and the others that it could."""

    member: str
    role: FirmRole
    firm: str
    name: str
    firms: list[FirmChoice]


class EmployerSession(Shape):
    """A new session; `token` is told once and goes into `Authorization: Bearer`."""

    token: str
    member: str
    role: FirmRole
    firm: str


MemberPage = Page[MemberDocument]


class CaseDraft(Asked):
    """What a firm says of itself and of who acts for it."""

    industry: str
    size: str
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_PLAIN)]
    operator_name: Name
    operator_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=15, max_length=18)]

    @field_validator("industry")
    @classmethod
    def _known_industry(cls, value: str) -> str:
        if value not in divisions():
            raise PydanticCustomError("choice", "请从列表中选择行业（GB/T 4754 门类和大类，如 G54）")
        return value

    @field_validator("size")
    @classmethod
    def _known_size(cls, value: str) -> str:
        if value not in SIZES:
            raise PydanticCustomError("choice", "请从列表中选择人员规模")
        return value


class Refusal(Asked):
    """One reason for a refusal: a code of the table, with words of one's own where those say more."""

    code: str
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_PLAIN)] = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.code not in refusals():
            raise PydanticCustomError("choice", "请从列表中选择退回原因")
        if self.code == "other" and not self.text:
            raise PydanticCustomError("missing", "其他原因须写明")
        return self


class DecisionAsked(Asked):
    """The staff's decision: verify, with the originals that were seen, or refuse with reasons."""

    verify: bool
    seen: Annotated[list[str], Field(default_factory=list, max_length=10)]
    reasons: Annotated[list[Refusal], Field(default_factory=list, max_length=10)]

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.verify == bool(self.reasons):
            raise PydanticCustomError("reasons", "退回必须写明原因；通过不写原因")
        return self


class BanAsked(Asked):
    """Why a firm is put on the blacklist, and until which day (null: until it is lifted)."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_PLAIN)]
    to: Day | None = None


class NoteAsked(Asked):
    """Why something is taken back."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_PLAIN)]


class Registration(Asked):
    """A firm that registers itself: by whom, and the code that his phone was sent."""

    phone: Mobile
    code: Annotated[str, Field(max_length=12)]
    name: Name
    uscc: str
    firm: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_PLAIN)]

    @field_validator("uscc")
    @classmethod
    def _checked(cls, value: str) -> str:
        return check_uscc(value)


class PaperShown(Shape):
    """A paper of a round; `picture` false: the original was seen at the counter."""

    kind: str
    picture: bool
    sha256: str
    by: str
    at: Time


class ReasonShown(Shape):
    """Why a round was refused."""

    code: str
    text: str


class CaseShown(Shape):
    """One round of verification, the ID number masked."""

    id: UuidText
    number: int
    state: State
    industry: str
    industry_name: str
    size: str
    address: str
    operator_name: str
    operator_id: str
    papers: list[PaperShown]
    reasons: list[ReasonShown]
    submitted_at: Time | None
    decided_at: Time | None
    decided_by: str
    check_due: str | None


class BanShown(Shape):
    """The blacklist entry in force; `from` is its first day, `to` its last."""

    id: UuidText
    reason: str
    from_: Annotated[str, Field(alias="from")]
    to: str | None
    by: str
    at: Time


class ActShown(Shape):
    """A line of a firm's history."""

    act: str
    by: str
    note: str
    at: Time


class VerificationShown(Shape):
    """How a firm stands: the round that is open, the one that counts, the blacklist, what happened."""

    firm: UuidText
    standing: Standing
    check_due: str | None
    open: CaseShown | None
    counting: CaseShown | None
    ban: BanShown | None
    history: list[ActShown]


class OwnPost(Shape):
    """A firm's own post as the portal lists it."""

    id: UuidText
    title: str
    state: str
    headcount: int
    filled: int
    valid_to: str
    asked: bool


class OwnPosts(Shape):
    """A firm's posts, newest first."""

    items: list[OwnPost]
