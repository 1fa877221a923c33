"""What REST answers and takes of fairs, campaigns, publicity and shows, beside the drafts (cloud/fairs/drafts.py)."""

from typing import Annotated, Literal

from pydantic import Field

from cloud.fairs.drafts import Medium
from cloud.fairs.plans import MAX_PAGE
from cloud.fairs.states import BoothState, FairState, ShowState
from cloud.platform.shapes import DIGITS, Asked, Day, Shape, Time, UuidText


class TallyShown(Shape):
    """What a fair offers; frozen from its opening on."""

    firms: int
    asking: int
    posts: int
    people_wanted: int


class FairShown(Shape):
    """A fair."""

    id: UuidText
    title: str
    station: str
    venue: str
    starts_at: Time
    ends_at: Time
    expected_people: int
    booth_count: int
    campaign: UuidText | None
    about: str
    state: FairState
    tally: TallyShown
    announced_at: Time | None
    opened_at: Time | None
    closed_at: Time | None


class FairsQuery(Asked):
    """Fairs of a state, the latest first."""

    state: FairState | None = None
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 30


class PaperShown(Shape):
    """A paper that a fair needs: `there` tells whether it is on file, or the fact that stands for it is true."""

    paper: str
    name: str
    law: str
    needed_for: list[str]
    there: bool
    reference: str
    by: str
    at: Time | None


class PostBrief(Shape):
    """A post at a booth or in a show."""

    id: UuidText
    title: str
    firm_name: str
    headcount: int
    pay: str


class BoothShown(Shape):
    """A firm at a fair, and what came of it."""

    id: UuidText
    firm: UuidText
    firm_name: str
    state: BoothState
    number: int | None
    note: str
    posts: list[PostBrief]
    arrived_at: Time | None
    resumes: int | None
    intentions: int | None
    hires: int | None


class WaveShown(Shape):
    """How many came in the half hour that begins at a time."""

    at: Time
    people: int


class CountersShown(Shape):
    """What the hall's screen shows."""

    people: int
    named: int
    walk_in: int
    firms_there: int
    resumes: int
    intentions: int
    hires: int
    tally: TallyShown
    waves: list[WaveShown]


class ArrivalShown(Shape):
    """What came of a check-in; `again` is one that counts no second time."""

    result: Literal["first", "again", "counted"]


class WeekShown(Shape):
    """One Monday-Sunday week: the most posts of a fair in it, null without any."""

    week: str
    posts: int | None


class ShortShown(Shape):
    """A fair ahead that lacks posts, and on which of the days of the rule that is told."""

    fair: UuidText
    title: str
    days_left: int
    days_before: int
    posts: int
    missing: int


class OutlookShown(Shape):
    """What is ahead."""

    posts_per_fair: int
    warn_days: list[int]
    weeks: list[WeekShown]
    short: list[ShortShown]


class PeriodQuery(Asked):
    """Days of the market, both of which belong to the period."""

    first: Day
    last: Day


class HeldShown(Shape):
    """A fair that was held."""

    date: str
    posts: int


class PeriodShown(Shape):
    """What the score asks of fairs (C1.1)."""

    fairs: list[HeldShown]
    weeks_without: list[str]
    weeks_with_too_few: list[str]


class CampaignShown(Shape):
    """A campaign."""

    id: UuidText
    title: str
    basis: str
    starts_on: str
    ends_on: str
    about: str


class PublicityShown(Shape):
    """An item of publicity; `reach` null: nobody knows."""

    id: UuidText
    campaign: UuidText | None
    title: str
    medium: Medium
    published_on: str
    link: str
    reach: int | None
    reach_source: str
    about: str
    pictures: list[UuidText]


class ShowPostShown(Shape):
    """A post of a show."""

    minute: int
    post: PostBrief
    applicants: int


class ShowShown(Shape):
    """A live show; `source` is what its QR says of where somebody comes from."""

    id: UuidText
    title: str
    host: str
    platform: str
    link: str
    station: str
    campaign: UuidText | None
    starts_at: Time
    ends_at: Time
    state: ShowState
    source: str
    posts: list[ShowPostShown]
    applicants: int
    viewers: int | None
    viewers_source: str
    result: str
    reason: str


class OwnFairShown(Shape):
    """A fair as a firm sees it, with its own booth."""

    fair: FairShown
    booth: BoothShown | None
