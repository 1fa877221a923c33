"""What REST takes and answers of the queue."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cloud.platform.shapes import DIGITS, Asked, Day, Shape, Time, UuidText
from protocols.rules.queueing import State
from protocols.venue.queue import Clock, Letter

#: Days in one table of statistics.
MAX_DAYS = 366

Skill = Annotated[str, Field(min_length=1, max_length=20)]
Skills = Annotated[list[Skill], Field(max_length=20)]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ServiceDraft(Asked):
    """A service as a manager writes it; who serves it must have all its skills."""

    name: Name
    skills: Skills = Field(default_factory=list)
    opens: Clock = "09:00"
    closes: Clock = "17:00"
    serve_s: Annotated[int, Field(ge=30, le=14_400)] = 300
    open: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("closes: must be later than opens")
        return self


class CounterDraft(Asked):
    """A counter as a manager writes it."""

    name: Name
    skills: Skills = Field(default_factory=list)
    active: bool = True


class ActAsked(Asked):
    """What a counter does to one number; `to` is the letter of a transfer."""

    act: Literal["call", "recall", "start", "skip", "transfer", "done", "no_show"]
    counter: Annotated[int, Field(ge=1, le=99)]
    to: Annotated[str, Field(pattern=r"^[A-Z]?$")] = ""


class PinAsked(Asked):
    """A new PIN of the hall's counter page."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]


class TicketsQuery(Asked):
    """Which numbers: of a day (today when it is not given), in a state."""

    day: Day | None = None
    state: State | None = None
    cursor: UuidText | None = None
    limit: Annotated[int, DIGITS, Field(ge=1, le=200)] = 50


class StatisticsQuery(Asked):
    """Which days, both included, and by what the lines are made."""

    start: Annotated[Day | None, Field(alias="from")] = None
    end: Annotated[Day | None, Field(alias="to")] = None
    by: Literal["service", "hour", "day"] = "service"

    def days(self, today: date) -> tuple[date, date]:
        """Return the days asked for, today alone by default."""
        end = self.end or today
        return self.start or end, end


class TicketShown(Shape):
    """One number."""

    id: str
    label: str
    day: str
    service: str
    priority: str
    state: State
    counter: int | None
    skips: int
    issued_at: Time
    called_at: Time | None
    last_called_at: Time | None
    served_at: Time | None
    ended_at: Time | None


class ServiceShown(Shape):
    """One service, with the counters that serve it; `measured_s` is what the last weeks say."""

    letter: Letter
    name: str
    skills: list[str]
    opens: str
    closes: str
    serve_s: int
    measured_s: int | None
    open: bool
    counters: list[int]


class CounterShown(Shape):
    """One counter, who sits there, and the letters that it serves."""

    number: int
    name: str
    skills: list[str]
    active: bool
    staff: str | None
    letters: list[Letter]


class QueueLine(ServiceShown):
    """A service in the hall view."""

    waiting: int
    estimate_s: int | None


class CounterLine(CounterShown):
    """A counter in the hall view, with who is at it."""

    ticket: TicketShown | None


class QueueShown(Shape):
    """A station's queue of today; `tickets` are those that are not over, in their order."""

    station: str
    day: str
    presence: str
    rules: str
    services: list[QueueLine]
    counters: list[CounterLine]
    tickets: list[TicketShown]


class NextShown(Shape):
    """Who was called, null when nobody waits."""

    ticket: TicketShown | None


class StatisticsLine(Shape):
    """One line: times in seconds, null where nobody was; `left` were never served."""

    key: str
    issued: int
    called: int
    served: int
    left: int
    left_share: float
    wait_p50_s: int | None
    wait_p90_s: int | None
    serve_p50_s: int | None
    serve_p90_s: int | None


class StatisticsShown(Shape):
    """The table and its sum."""

    station: str
    first: Annotated[str, Field(alias="from")]
    last: Annotated[str, Field(alias="to")]
    by: str
    lines: list[StatisticsLine]
    total: StatisticsLine
