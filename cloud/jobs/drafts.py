"""What firms and posts must say (domain: publication gate), as they are sent; money is integer fen."""

import contextlib
import re
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from cloud.jobs.lookup import gig_term_days, occupations
from cloud.platform.times import MARKET_TIME
from protocols.errors import DocumentError
from protocols.venue.timestamps import parse_time

PayUnit = Literal["month", "day", "hour", "piece"]
#: Form of work -> what people call it.
FORMS: Final[dict[str, str]] = {
    "full_time": "全职",
    "part_time": "非全日制",
    "temporary": "临时",
    "project": "项目",
}
#: Forms that count as gig work (零工); a full-time post does when its term is short (tables/gig.csv).
GIG_FORMS: Final = frozenset({"part_time", "temporary", "project"})
#: A post is published for at most this long, then somebody must look again.
MAX_VALIDITY: Final = timedelta(days=366)
MAX_PAY_FEN: Final = 100_000_000
#: A job for longer than ten years has no term.
MAX_TERM_DAYS: Final = 3_650
USCC_LENGTH: Final = 18
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PHONE: Final = re.compile(r"1[3-9]\d{9}|(?:0\d{2,3}-?)?\d{7,8}(?:-\d{1,5})?|400-?\d{3}-?\d{4}")
_URL: Final = re.compile(r"https?://[^\s/@]+(?:/\S*)?", re.ASCII)
#: What mask_phone leaves of one: whoever changes a record sends back what he was shown.
_MASKED: Final = re.compile(r"1[3-9]\d\*{4}\d{4}|(?:0\d{2,3}-)?\*{4}\d{2}")


def _line(limit: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit, pattern=r"^[^\x00-\x1f\x7f]*$")


def _text(limit: int) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=True, min_length=1, max_length=limit, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    )


def _day(value: object) -> object:
    """Take a date, or the market's date of a time; pydantic says what is wrong with the rest."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(value)
    if isinstance(value, str) and "T" in value.upper():
        try:
            return parse_time(value).astimezone(MARKET_TIME).date()
        except DocumentError as error:
            raise PydanticCustomError("date", "请写日期，如 2026-03-02") from error
    return value


Day = Annotated[date, BeforeValidator(_day)]
Phone = Annotated[str, _line(32)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Part):
    """Whom to call."""

    name: Annotated[str, _line(50)]
    phone: Phone

    @field_validator("phone")
    @classmethod
    def _dialled(cls, value: str) -> str:
        if not (_PHONE.fullmatch(value) or _MASKED.fullmatch(value)):
            raise PydanticCustomError("phone", "电话号码格式不对：写 11 位手机号，或区号-号码")
        return value


class FirmDraft(_Part):
    """A firm as it registers."""

    uscc: str
    name: Annotated[str, _line(100)]
    contact: Contact

    @field_validator("uscc")
    @classmethod
    def _checked(cls, value: str) -> str:
        return check_uscc(value)


class Place(_Part):
    """Where the work is."""

    district: Annotated[str, _line(40)]
    address: Annotated[str, _line(120)]


class Pay(_Part):
    """What the work pays per unit."""

    min_fen: Annotated[int, Field(ge=1, le=MAX_PAY_FEN, strict=True)]
    max_fen: Annotated[int, Field(ge=1, le=MAX_PAY_FEN, strict=True)]
    unit: PayUnit
    method: Annotated[str, _line(60)]

    @field_validator("max_fen")
    @classmethod
    def _ordered(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("min_fen", 0):
            raise PydanticCustomError("order", "最高薪酬不能低于最低薪酬")
        return value


class PostDraft(_Part):
    """A post with every mandatory field. `term_days` is how long the work lasts; without it its end is open.

    A `repost` is not the firm's own and names its `source` and `source_url`.
    """

    firm: Annotated[str, _line(60)]
    title: Annotated[str, _line(60)]
    occupation: str
    headcount: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    requirements: Annotated[str, _text(2_000)]
    skills: Annotated[list[Annotated[str, _line(40)]], Field(max_length=30)]
    place: Place
    hours: Annotated[str, _line(120)]
    pay: Pay
    form: str
    valid_from: Day
    valid_to: Day
    contact: Contact
    repost: bool = False
    source: Annotated[str, _line(200)] | None = Field(default=None, validate_default=True)
    source_url: Annotated[str, _line(300)] | None = Field(default=None, validate_default=True)
    term_days: Annotated[int, Field(ge=1, le=MAX_TERM_DAYS, strict=True)] | None = None

    @field_validator("occupation")
    @classmethod
    def _known_occupation(cls, value: str) -> str:
        if value not in occupations():
            raise PydanticCustomError("occupation", "不是《职业分类大典（2022）》的职业代码，例如 4-02-06-02")
        return value

    @field_validator("form")
    @classmethod
    def _known_form(cls, value: str) -> str:
        for form, name in FORMS.items():
            if value in {form, name}:
                return form
        raise PydanticCustomError("choice", "请选择用工形式：{forms}", {"forms": "、".join(FORMS.values())})

    @field_validator("valid_to")
    @classmethod
    def _valid_some_time(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("valid_from", value)
        if value < start:
            raise PydanticCustomError("date_order", "结束日期不能早于开始日期")
        if value - start > MAX_VALIDITY:
            raise PydanticCustomError("too_long", "有效期最长 {days} 天", {"days": MAX_VALIDITY.days})
        return value

    @field_validator("source")
    @classmethod
    def _named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("repost"):
            raise PydanticCustomError("missing", "转载的岗位须写明来源名称")
        return value

    @field_validator("source_url")
    @classmethod
    def _reachable(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("repost"):
            raise PydanticCustomError("missing", "转载的岗位须写明来源网址")
        if value is not None and not _URL.fullmatch(value):
            raise PydanticCustomError("url", "来源网址以 http:// 或 https:// 开头")
        return value

    @property
    def gig(self) -> bool:
        """Return whether this is gig work (零工): by its form, or because it is over soon."""
        term = self.term_days
        return self.form in GIG_FORMS or (term is not None and term < gig_term_days(self.valid_from))

    def texts(self) -> dict[str, str]:
        """Return what the screening reads, by field."""
        return {
            "title": self.title,
            "requirements": self.requirements,
            "hours": self.hours,
            "pay.method": self.pay.method,
        }


def check_uscc(value: str) -> str:
    """Return a unified social credit code whose check character is right (GB 32100-2015, ISO 7064 modulo 31)."""
    code = value.strip().upper()
    if len(code) != USCC_LENGTH or any(character not in _USCC_ALPHABET for character in code):
        raise ValueError("统一社会信用代码是 18 位数字或大写字母（不含 I、O、S、V、Z）")
    total = sum(_USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(code[:-1]))
    if _USCC_ALPHABET[(31 - total % 31) % 31] != code[-1]:
        raise ValueError("统一社会信用代码的校验位不对，请核对")
    return code
