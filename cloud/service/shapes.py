"""What REST answers of tickets, conversations and surveys."""

from typing import Annotated, Any

from pydantic import Field

from cloud.identity.reveal import MAX_REASON
from cloud.platform.shapes import DIGITS, Asked, Day, SearchText, Shape, Time, UuidText
from cloud.service.drafts import MAX_TEXT
from cloud.service.lists import MAX_PAGE, View
from cloud.service.surveys import Outcome
from cloud.service.talks import MAX_LISTED, ThreadView


class TicketsQuery(Asked):
    """A view of the inbox, narrowed by kind and by a text in number or subject."""

    view: View = "team"
    kind: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,24}$")] = ""
    text: SearchText = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class ThreadsQuery(Asked):
    """A view of the conversations."""

    view: ThreadView = "open"
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED), DIGITS] = 50


class PeriodQuery(Asked):
    """Days of the market, both included."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day


class AnswersQuery(Asked):
    """What somebody asked, or a word of it."""

    text: SearchText = ""


class CursorQuery(Asked):
    """A part of a list, the newest first."""

    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED), DIGITS] = 50


class ClockShown(Shape):
    """Working minutes that are used and promised; `hand` says whether the clock runs, stands, or is over."""

    hand: str
    used_minutes: int
    budget_minutes: int


class TicketLine(Shape):
    """A ticket as lists show it: nothing that somebody wrote."""

    id: UuidText
    number: str
    kind: str
    kind_name: str
    matter: str
    matter_name: str
    subject: str
    channel: str
    station: str | None
    anonymous: bool
    firm: UuidText | None
    restricted: bool
    state: str
    first_owner: str | None
    owner: str | None
    opened_at: Time
    due_at: Time | None
    done_at: Time | None
    closed_at: Time | None
    provisional: bool
    late: bool | None
    clock: ClockShown
    rating: int | None
    validity: str
    finding: str


class StepShown(Shape):
    """One line of a ticket's history."""

    act: str
    by: str
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    note: str
    at: Time


class PauseShown(Shape):
    """A stretch in which the clock stood; it ends by itself at `until`."""

    reason: str
    from_: Annotated[Time, Field(alias="from")]
    until: Time
    to: Time | None


class TicketShown(TicketLine):
    """One ticket with everything on it; name and phone are masked."""

    name: str | None
    phone: str | None
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    about: str
    about_words: str
    about_staff: str | None
    result: str | None
    opinion: str
    opinion_by: str
    judged_by: str
    judged_at: Time | None
    thread: UuidText | None
    steps: list[StepShown]
    pauses: list[PauseShown]


class TicketFiled(Shape):
    """A new ticket; `receipt` is told once, to look it up without a login."""

    id: UuidText
    number: str
    receipt: str
    due_at: Time | None


class OwnTicket(Shape):
    """A ticket as who filed it sees it."""

    id: UuidText
    number: str
    kind: str
    kind_name: str
    subject: str
    state: str
    opened_at: Time
    due_at: Time | None
    done_at: Time | None
    rating: int | None
    clock: ClockShown
    text: str
    result: str | None
    handled: bool


class TicketContact(Shape):
    """Name and phone in the open."""

    name: str | None
    phone: str | None


class WhyAsked(Asked):
    """Why somebody needs what is masked; it is kept."""

    reason: Annotated[str, Field(max_length=MAX_REASON)]


class KindShown(Shape):
    """A kind of ticket with its term: open days, or working minutes."""

    id: str
    name: str
    days: int | None
    minutes: int | None
    topics: list[str]


class MatterShown(Shape):
    """A one-time notice."""

    id: str
    version: str
    name: str
    who: str
    bring: list[str]
    steps: list[str]
    term: str
    fee: str
    source: str


class AnswerShown(Shape):
    """A canned answer."""

    id: str
    title: str
    text: str
    policy: str


class MessageShown(Shape):
    """One thing said, or done: `side` visitor, staff, system."""

    id: UuidText
    side: str
    by: str
    act: str
    to: str | None
    text: str
    policy: str
    at: Time


class ThreadLine(Shape):
    """A conversation as lists show it."""

    id: UuidText
    channel: str
    kind: str
    kind_name: str
    matter: str
    station: str | None
    firm: UuidText | None
    state: str
    owner: str | None
    first_owner: str | None
    opened_at: Time
    last_at: Time
    first_due_at: Time
    first_answered_at: Time | None
    answer_due_at: Time | None
    late: bool
    waiting_minutes: int | None
    opens_at: Time | None
    closed_at: Time | None
    ticket: UuidText | None
    rating: int | None


class ThreadShown(ThreadLine):
    """One conversation with everything said and who it is with, masked."""

    messages: list[MessageShown]
    phone: str | None
    person: dict[str, Any] | None


class OwnThreadLine(Shape):
    """A conversation as who began it sees it; `opens_at` is null while somebody is there."""

    id: UuidText
    kind: str
    kind_name: str
    state: str
    opened_at: Time
    last_at: Time
    answer_due_at: Time | None
    opens_at: Time | None
    closed_at: Time | None
    ticket: UuidText | None
    rating: int | None
    answered: bool


class OwnThread(OwnThreadLine):
    """The same with everything said."""

    messages: list[MessageShown]


class HandAsked(Asked):
    """To whom of the staff."""

    to: Annotated[str, Field(max_length=80)]


class ThreadStarted(Shape):
    """A new conversation."""

    id: UuidText


class CallTaken(Shape):
    """A call that was entered; `ticket` and `receipt` when it was not answered at once."""

    thread: UuidText
    ticket: UuidText | None
    number: str | None
    receipt: str | None


class ShareShown(Shape):
    """A share of satisfied respondents with its interval at 95 %; `enough` is false below 50 respondents."""

    respondents: int
    satisfied: int
    share: float | None
    low: float
    high: float
    margin: float
    enough: bool
    persons: int
    firms: int
    corrected: int
    counts: dict[int, int]


class CampaignShown(Shape):
    """A survey: its sample can be drawn again from frame and seed."""

    id: UuidText
    title: str
    way: str
    frame: str
    period_from: str
    period_to: str
    wanted: int
    seed: str
    frame_size: int
    frame_sha256: str
    state: str
    made_by: str
    made_at: Time
    sample: dict[str, int]
    result: ShareShown


class OpenSurvey(Shape):
    """A survey that somebody may still answer."""

    id: UuidText
    title: str
    period_from: str
    period_to: str


class OutcomeAsked(Asked):
    """Why there is no answer."""

    outcome: Outcome


class FindingsShown(Shape):
    """Complaints of a period: `count` is null, unknown, while one of them is not judged."""

    count: int | None
    valid: list[str]
    undecided: list[str]
