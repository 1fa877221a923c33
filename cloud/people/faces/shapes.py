"""What REST takes and answers of faces."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from cloud.platform.paging import Cursor
from cloud.platform.shapes import DIGITS, Asked, Shape, Time, UuidText
from protocols.venue.ids import Id

Outcome = Literal["proposed", "same", "other", "unknown", "enrolled", "gave_up"]
OUTCOMES: tuple[Outcome, ...] = ("proposed", "same", "other", "unknown", "enrolled", "gave_up")
Text200 = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class MarkShown(Shape):
    """A number of people that was reached; `due_on` is when it must be filed at the latest."""

    threshold: int
    count: int
    reached_at: Time
    due_on: date | None


class BoundShown(Shape):
    """What may be claimed of a pack at a station: the upper limit of its false matches, and of the gallery's."""

    model: str
    threshold: float
    measured: bool
    impostor_pairs: int
    rate_upper: float
    people: int
    risk_upper: float
    needs_second: bool
    most_people: int


class StationShown(Shape):
    """A station: who is enrolled there, which list it follows, and what it has not confirmed."""

    station: str
    name: str
    people: int
    models: list[str]
    rev: int
    applied_rev: int
    missing: int
    waiting: int
    waiting_since: Time | None
    late: bool
    bounds: list[BoundShown]


class FacesShown(Shape):
    """All stations together; `people` counts each person once."""

    people: int
    warn_at: int
    file_at: int
    keep_days: int
    marks: list[MarkShown]
    stations: list[StationShown]


class WaitingShown(Shape):
    """A station that has not confirmed; `held`: a template is known to lie there, `applied`: it has taken the list."""

    station: str
    name: str
    since: Time
    presence: str
    held: bool
    applied: bool


class ErasureShown(Shape):
    """Somebody's face that must go: how many stations have confirmed it."""

    person: str
    why: str
    at: Time
    done: int
    stations: int
    late: bool
    waiting: list[WaitingShown]


class ErasuresQuery(Asked):
    """Which erasures: those that wait, or the newest."""

    state: Literal["open", "all"] = "open"


class LooksQuery(Asked):
    """Which comparisons, newest first."""

    station: Id | None = None
    person: UuidText | None = None
    outcome: Outcome | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, DIGITS, Field(ge=1, le=100)] = 30


class LookShown(Shape):
    """One comparison; `margin` is how far the second person was, `booked` whose it counts as after a correction."""

    id: str
    look: str
    station: str
    name: str
    page: str
    at: Time
    mode: str
    outcome: str
    person: str | None
    booked: str | None
    staff: str
    score: float | None
    second: float | None
    margin: float | None
    threshold: float | None
    gallery: int
    model: str
    live: str
    second_factor: str
    corrected_at: Time | None
    corrected_by: str
    correction: str


class RatesShown(Shape):
    """How comparisons ended: nobody's face, refused or given up, with a second factor."""

    total: int
    unknown: int
    refused: int
    second_factor: int


class CorrectionBody(Asked):
    """Whose comparison it really was; without a person it is cancelled."""

    why: Text200
    person: UuidText | None = None


class StaffBody(Asked):
    """Which person an account's owner is enrolled as."""

    person: UuidText


class StaffShown(Shape):
    """A member of the staff whose presence is taken by face."""

    account: str
    person: str
    linked_at: Time
    linked_by: str
    stations: list[str]


class PlaceShown(Shape):
    """Where somebody's face is enrolled."""

    station: str
    name: str
    since: Time


class DeletionShown(Shape):
    """How far the deletion has come, and the stations that have not confirmed it."""

    done: int
    stations: int
    since: Time
    waiting: list[str]


class OwnLookShown(Shape):
    """One comparison that counts as the caller's."""

    id: str
    at: Time
    name: str
    outcome: str


class OwnFaceShown(Shape):
    """What a person sees of his own face."""

    enrolled: list[PlaceShown]
    deletion: DeletionShown | None
    looks: list[OwnLookShown]
    keep_days: int
