"""What REST takes and answers of emergency notices."""

from typing import Annotated, Literal

from pydantic import Field

from cloud.platform.shapes import DIGITS, Asked, Shape, Time, UuidText
from protocols.venue.ids import Id
from protocols.venue.notices import MAX_MINUTES, NoticeKind, Text, Title

MAX_PAGE = 100
#: Stations named in one request; without any the notice is for all.
MAX_STATIONS = 500

#: Of one screen: its word came; it has not come; its station cannot be reached; or the notice ended without it.
ScreenState = Literal["shown", "waiting", "unreachable", "missed"]


class NoticeDraft(Asked):
    """A notice to be raised at once; words that are not given are those of the template of its kind."""

    kind: NoticeKind
    stations: Annotated[list[Id] | None, Field(min_length=1, max_length=MAX_STATIONS)] = None
    title: Title | None = None
    text: Text | None = None
    minutes: Annotated[int | None, Field(ge=1, le=MAX_MINUTES)] = None
    drill: bool = False
    sound: bool = False


class NoticesQuery(Asked):
    """Which notices, newest first."""

    state: Literal["in_force", "ended"] | None = None
    cursor: UuidText | None = None
    limit: Annotated[int, DIGITS, Field(ge=1, le=MAX_PAGE)] = 30


class ScreenShown(Shape):
    """One screen; `took_ms` is from raising to our hearing of its word."""

    slot: str
    state: ScreenState
    shown_at: Time | None
    took_ms: int | None
    content: str
    via: str
    width: int
    height: int
    trouble: str


class PlaceShown(Shape):
    """One station and its screens."""

    station: str
    name: str
    presence: str
    taken_at: Time | None
    ended_at: Time | None
    end_reason: str
    ended_by: str
    screens: list[ScreenShown]


class NoticeLine(Shape):
    """A notice; `origin` is `cloud` or the station that raised it; counts are of its screens."""

    id: UuidText
    kind: NoticeKind
    title: str
    text: str
    drill: bool
    sound: bool
    origin: str
    by: str
    raised_at: Time
    ends_at: Time
    ended_at: Time | None
    end_reason: str
    ended_by: str
    content: str
    screens: int
    shown: int


class NoticeShown(NoticeLine):
    """A notice with every station that it is for."""

    places: list[PlaceShown]


class TemplateShown(Shape):
    """The template of a kind."""

    kind: NoticeKind
    name: str
    title: str
    text: str
    minutes: int


class TemplatesShown(Shape):
    """All templates, most urgent first."""

    items: list[TemplateShown]
