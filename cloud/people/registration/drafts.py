"""What registrations take, over REST and from forms; money is integer fen."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from cloud.identity.phones import Mobile
from cloud.jobs import service as jobs
from cloud.jobs.drafts import MAX_PAY_FEN, PayUnit
from cloud.people.registration.tables import districts, educations, groups, streets
from cloud.people.shapes import IdText, PersonName, Purposes, Text
from cloud.people.texts import LineOrNone, NoteOrNone, Word, line
from cloud.platform.shapes import Asked, Day, UuidText

MAX_WISHES: Final = 5
MAX_WORDS: Final = 20
Form = Literal["full_time", "part_time", "temporary", "project"]
Code = Annotated[str, Field(max_length=16)]
#: Name of a group, or of a paper that proves it.
Name = Annotated[str, Field(max_length=20)]


class WishBody(Asked):
    """A work somebody wants, in his words; `occupation` is its code when he or somebody for him picked one."""

    words: Word
    occupation: Code = ""

    @field_validator("occupation")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and value not in jobs.occupations():
            raise ValueError("不是《职业分类大典（2022）》的职业代码")
        return value


class PayFloor(Asked):
    """The least pay that somebody takes."""

    floor_fen: Annotated[int, Field(ge=1, le=MAX_PAY_FEN)]
    unit: PayUnit


class ProfileChange(Asked):
    """What is new in a profile: a member that is absent stays as it is.

    An empty list, an empty text, or null for `pay` says that somebody has nothing to say there.
    """

    born: Day | None = None
    education: Code = ""
    district: Code = ""
    street: Code = ""
    skills: Annotated[list[Word], Field(max_length=MAX_WORDS)] = Field(default_factory=list)
    wishes: Annotated[list[WishBody], Field(max_length=MAX_WISHES)] = Field(default_factory=list)
    forms: Annotated[list[Form], Field(max_length=4)] = Field(default_factory=list)
    places: Annotated[list[Code], Field(max_length=MAX_WORDS)] = Field(default_factory=list)
    hours: LineOrNone = ""
    pay: PayFloor | None = None
    trainings: Annotated[list[Word], Field(max_length=MAX_WORDS)] = Field(default_factory=list)
    ability: NoteOrNone = ""
    contact_phone: Mobile | None = None
    willing: bool | None = None

    @field_validator("education")
    @classmethod
    def _known_education(cls, value: str) -> str:
        if value and value not in educations():
            raise ValueError("请从列表中选择文化程度")
        return value

    @field_validator("places")
    @classmethod
    def _known_places(cls, value: list[str]) -> list[str]:
        if set(value) - set(districts()):
            raise ValueError("请从列表中选择地区")
        return list(dict.fromkeys(value))

    @field_validator("forms")
    @classmethod
    def _once(cls, value: list[Form]) -> list[Form]:
        return list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _street_of_district(self) -> Self:
        if self.district and self.district not in districts():
            raise ValueError("请从列表中选择区")
        if self.street and self.street not in streets().get(self.district, {}):
            raise ValueError("这个街道不在所选的区：区和街道一起填写")
        return self


class CertificateBody(Asked):
    """A certificate; `valid_to` null: it does not end."""

    name: Word
    number: Annotated[str, line(40, 0)] = ""
    issuer: Annotated[str, line(100, 0)] = ""
    issued_on: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.issued_on and self.valid_to and self.valid_to < self.issued_on:
            raise ValueError("有效期不能早于发证日期")
        return self


class PhoneAnswer(Asked):
    """What the counter says of a phone that is known already.

    The same person, who read out the code that it got, or another one, who is only called at it.
    """

    same: bool
    code: Annotated[str, Field(max_length=6, pattern=r"^\d*$")] = ""


class RegistrationBody(Asked):
    """Somebody at the counter: name and number as his card says, his phone, what he agrees to, what he tells."""

    name: PersonName
    id_number: IdText
    address: Text = ""
    phone: Mobile | None = None
    phone_is: PhoneAnswer | None = None
    consents: Purposes = Field(default_factory=list)
    station: Annotated[str, Field(max_length=32, pattern=r"^[a-z0-9-]*$")] = ""
    profile: ProfileChange | None = None


class FlagBody(Asked):
    """Somebody belongs to a group; the proof is a paper by kind with its number, a picture of it, or both."""

    group: Name
    proof: Name
    reference: Annotated[str, line(60, 0)] = ""
    picture: UuidText | None = None
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _known_proof(self) -> Self:
        rule = groups().get(self.group)
        if rule is None:
            raise ValueError("没有这个群体")
        if self.proof not in rule.proofs:
            raise ValueError("这种材料不能证明这个群体")
        if not self.reference and not self.picture:
            raise ValueError("请填写材料编号或上传照片")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("结束日期不能早于开始日期")
        return self

    @property
    def last_day(self) -> date:
        """Return the last day on which this can hold."""
        longest = groups()[self.group].longest(self.valid_from)
        return min(self.valid_to, longest) if self.valid_to else longest


class FlagEnd(Asked):
    """A flag holds no longer from a day on."""

    on: Day
    why: Annotated[str, line(200)]


class SourceBody(Asked):
    """A new QR code: where it hangs."""

    label: Word
    station: Annotated[str, Field(max_length=32, pattern=r"^[a-z0-9-]*$")] = ""
