"""What the staff and the firms send of fairs, campaigns, publicity and live shows."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cloud.platform.inputs import CalendarDay, Link, Moment, text
from cloud.platform.shapes import Asked

#: Booths of one fair; more do not fit into a hall with its aisles.
MAX_BOOTHS: Final = 300
#: Posts of one booth.
MAX_BOOTH_POSTS: Final = 50
MAX_SHOW_POSTS: Final = 60
MAX_PEOPLE: Final = 100_000
MAX_RESULT: Final = 100_000
MAX_REACH: Final = 1_000_000_000

Title = Annotated[str, text(80, 2)]
About = Annotated[str, text(500)]
StationId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,32}$")]
Count = Annotated[int, Field(ge=0, le=MAX_RESULT)]


class _Timed(Asked):
    """Base of what has a beginning and an end."""

    starts_at: Moment
    ends_at: Moment

    @model_validator(mode="after")
    def _ends_later(self) -> "_Timed":
        if self.ends_at <= self.starts_at:
            raise ValueError("结束时间须晚于开始时间")
        return self


class FairDraft(_Timed):
    """The plan of a fair."""

    title: Title
    station: StationId = ""
    venue: Annotated[str, text(120, 2)]
    expected_people: Annotated[int, Field(ge=1, le=MAX_PEOPLE)]
    booth_count: Annotated[int, Field(ge=1, le=MAX_BOOTHS)]
    campaign: UUID | None = None
    about: About = ""


class StepAsked(Asked):
    """Which state a fair or a show shall take; `reason` is needed to postpone or cancel it."""

    to: str
    reason: Annotated[str, text(300)] = ""


class PaperAsked(Asked):
    """Number or place of a paper on file."""

    reference: Annotated[str, text(200, 2)]


class BoothAsked(Asked):
    """A booth for a firm, with the posts that it brings."""

    firm: UUID
    posts: Annotated[list[UUID], Field(max_length=MAX_BOOTH_POSTS)]
    number: Annotated[int, Field(ge=1, le=MAX_BOOTHS)] | None = None


class OwnBoothAsked(Asked):
    """What a firm asks for itself."""

    posts: Annotated[list[UUID], Field(min_length=1, max_length=MAX_BOOTH_POSTS)]
    note: Annotated[str, text(300)] = ""


class BoothStep(Asked):
    """The staff's decision about a booth; a number when it is assigned (else the lowest that is free)."""

    to: Literal["assigned", "declined", "withdrawn"]
    number: Annotated[int, Field(ge=1, le=MAX_BOOTHS)] | None = None
    note: Annotated[str, text(300)] = ""


class BoothResults(Asked):
    """What came of a booth."""

    resumes: Count
    intentions: Count
    hires: Count

    @model_validator(mode="after")
    def _narrows(self) -> "BoothResults":
        if self.hires > self.intentions:
            raise ValueError("现场录用不能多于达成意向")
        return self


class ArrivalAsked(Asked):
    """Somebody came: a pass from his phone, his ID number, or people without a name."""

    way: Literal["pass", "card", "walk_in"]
    code: Annotated[str, text(200)] = ""
    people: Annotated[int, Field(ge=1, le=500)] = 1


class CampaignDraft(Asked):
    """A campaign."""

    title: Title
    basis: Annotated[str, text(200, 2)]
    starts_on: CalendarDay
    ends_on: CalendarDay
    about: Annotated[str, text(1000)] = ""

    @model_validator(mode="after")
    def _ends_later(self) -> "CampaignDraft":
        if self.ends_on < self.starts_on:
            raise ValueError("结束日期不能早于开始日期")
        return self


Medium = Literal["tv", "web", "wechat", "video", "paper", "poster", "onsite", "other"]


class PublicityDraft(Asked):
    """One item of publicity; who writes how many were reached says where he has it from."""

    campaign: UUID | None = None
    title: Annotated[str, text(120, 2)]
    medium: Medium
    published_on: CalendarDay
    link: Link = ""
    reach: Annotated[int, Field(ge=0, le=MAX_REACH)] | None = None
    reach_source: Annotated[str, text(120)] = ""
    about: About = ""

    @model_validator(mode="after")
    def _has_source(self) -> "PublicityDraft":
        if self.reach is not None and not self.reach_source:
            raise ValueError("填写触达人数时请写明数据来源")
        return self


class ShowPostAsked(Asked):
    """A post of a show and the minute at which it comes."""

    post: UUID
    minute: Annotated[int, Field(ge=0, le=1440)]


class ShowDraft(_Timed):
    """The plan of a live show."""

    title: Title
    host: Annotated[str, text(60, 1)]
    platform: Annotated[str, text(40, 1)]
    link: Link = ""
    station: StationId = ""
    campaign: UUID | None = None
    posts: Annotated[list[ShowPostAsked], Field(max_length=MAX_SHOW_POSTS)] = Field(default_factory=list)


class ShowResult(Asked):
    """What came of a show; viewers as the platform's own page says."""

    viewers: Annotated[int, Field(ge=0, le=MAX_REACH)]
    viewers_source: Annotated[str, text(120, 2)]
    result: About = ""
