"""What people hand in: tickets, acts on them, messages, survey answers; every text has its bound."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from cloud.identity.phones import Mobile, Name
from cloud.platform.shapes import Asked, Day
from cloud.service.states import Act

#: What somebody writes into a ticket, or answers.
MAX_TEXT: Final = 2_000
#: What somebody says at once in a thread.
MAX_MESSAGE: Final = 1_000
MAX_WORDS: Final = 100
MAX_SUBJECT: Final = 40
MAX_COMMENT: Final = 500

About = Literal["", "staff", "service", "firm", "equipment", "other"]
#: What a valid complaint was about; the first three are what the pool A3.2–4 of the assessment counts.
Finding = Literal["hours", "responsibility", "manners", "other"]
COUNTED: Final = frozenset[Finding]({"hours", "responsibility", "manners"})
Rating = Annotated[int, Field(ge=1, le=5)]


def _text(limit: int, least: int = 1) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=True, min_length=least, max_length=limit, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    )


def _line(limit: int, least: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=limit, pattern=r"^[^\x00-\x1f\x7f]*$")


Text = Annotated[str, _text(MAX_TEXT)]
OptionalText = Annotated[str, _text(MAX_TEXT, 0)]
Said = Annotated[str, _text(MAX_MESSAGE)]
Comment = Annotated[str, _text(MAX_COMMENT, 0)]
Words = Annotated[str, _line(MAX_WORDS)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,32}$")]
StationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,32}$")]


class TicketDraft(Asked):
    """A ticket as the public hands it in; who stays anonymous leaves `name` and `phone` out."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,24}$")]
    text: Text
    topic: Words = ""
    matter: Key = ""
    about: About = ""
    about_words: Words = ""
    name: Name | None = None
    phone: Mobile | None = None


class CounterDraft(TicketDraft):
    """A ticket as somebody of the staff enters it; `subject` stands in lists, so it names nobody."""

    subject: Annotated[str, _line(MAX_SUBJECT)] = ""
    station: StationId = ""
    channel: Literal["counter", "hotline"] = "counter"


class ActAsked(Asked):
    """One step of the staff; which members an act needs is said by its error."""

    act: Act
    note: OptionalText = ""
    to: Annotated[str, _line(80)] = ""
    reason: Key = ""
    valid: bool | None = None


class JudgeAsked(Asked):
    """The purchaser's decision about a complaint; a valid one says what it was about."""

    valid: bool
    finding: Finding | None = None
    note: Text


class RatingAsked(Asked):
    """How satisfied somebody is, 1 very dissatisfied to 5 very satisfied."""

    rating: Rating
    comment: Comment = ""


class ReceiptAsked(Asked):
    """The look-up number that somebody was given; blanks, dashes and small letters do no harm."""

    receipt: Annotated[str, _line(40, 1)]


class QuestionAsked(Asked):
    """The first message of a thread."""

    text: Said
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,24}$")] = "consultation"
    matter: Key = ""


class MessageAsked(Asked):
    """One more message; the staff may point to a policy."""

    text: Said
    policy: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,40}$")] = ""


class CallDraft(Asked):
    """A call of the hotline: answered at once, or made a ticket."""

    phone: Mobile | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,24}$")] = "consultation"
    matter: Key = ""
    question: Text
    answer: OptionalText = ""
    station: StationId = ""


class CampaignDraft(Asked):
    """A survey to be opened; the sample is drawn at once."""

    title: Annotated[str, _line(60, 1)]
    way: Literal["phone", "onsite"]
    frame: Key
    period_from: Day
    period_to: Day
    wanted: Annotated[int, Field(ge=1, le=2_000)]

    @field_validator("period_to")
    @classmethod
    def _in_order(cls, value: Day, info: object) -> Day:
        start = getattr(info, "data", {}).get("period_from")
        if start is not None and value < start:
            raise ValueError("结束日期早于开始日期")
        return value


class CorrectionAsked(Asked):
    """Another rating for an answer that was entered wrongly, and why."""

    rating: Rating
    reason: Annotated[str, _line(200, 2)]
