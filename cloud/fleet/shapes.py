"""What REST takes and answers of stations, their twins, commands, alarms, digests and events (payloads)."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from cloud.fleet.commands import Choice
from cloud.ingest import service as ingest
from cloud.platform.paging import Cursor
from cloud.platform.shapes import DIGITS, Asked, Shape, Time
from protocols.venue.commands import CommandState
from protocols.venue.ids import Id
from protocols.venue.vocabulary import Stream

#: [first, last] of consecutive seqs.
Range = Annotated[list[int], Field(min_length=2, max_length=2)]
StationWord = Literal["online", "stale", "offline"]
SlotWord = Literal["good", "stale", "unknown"]


class StationLine(Shape):
    """One line of the list; `slots` counts slots by state."""

    id: str
    name: str
    kind: str
    parent: str | None
    state: StationWord
    slots: dict[str, int]
    dead_letters: int


class PresenceShown(Shape):
    """Whether a station is there; all null for one that never spoke."""

    state: StationWord
    epoch: int | None
    conn: int | None
    since: Time | None
    reason: str | None
    last_heard: Time | None


class StreamShown(Shape):
    """How complete a stream is: nothing is missing up to seq `upto` and up to the time `complete_to`.

    `never_arrived` is of past stores only.
    """

    upto: int
    highest: int
    count: int
    gaps: list[Range]
    lost: list[Range]
    complete_to: Time | None
    never_arrived: list[Range] = Field(default_factory=list)


class SlotShown(Shape):
    """A role in a station and the device that fills it now."""

    id: str
    kind: str
    state: SlotWord
    since: Time | None
    cause: str | None
    fault: str | None
    device: str | None
    profile: str | None


class PastStoreShown(Shape):
    """A store that the station does not use any more."""

    store: str
    closed_at: Time
    streams: dict[Stream, StreamShown]


class TwinState(Shape):
    """How far the station has followed the wish; `rejected` says by slot and field why not."""

    rev: int
    applied_rev: int | None
    rejected: dict[str, dict[str, str]]


class TwinShown(TwinState):
    """The whole wish; what is absent from `slots` means the profile's default."""

    slots: dict[str, dict[str, Any]]


class DeadLettersShown(Shape):
    """What of a station could not be stored."""

    total: int
    by_reason: dict[str, int]


class StationShown(Shape):
    """One station."""

    id: str
    name: str
    kind: str
    parent: str | None
    presence: PresenceShown
    store: str | None
    streams: dict[Stream, StreamShown]
    slots: list[SlotShown]
    past_stores: list[PastStoreShown]
    twin: TwinState
    dead_letters: DeadLettersShown


class EventShown(Shape):
    """A stored event; `event` is as it was sent."""

    seq: int
    received_at: Time
    flags: list[Literal["unknown_type", "unknown_field", "future"]]
    event: dict[str, Any]


class EventPage(Shape):
    """Stored events in order of seq; with `format=cloudevents` each item is the event itself."""

    items: list[EventShown | dict[str, Any]]
    next: int | None


class EventsQuery(Asked):
    """`after` is exclusive; `store` is the one in use unless another is named."""

    stream: Stream = "evidence"
    after: Annotated[int, Field(ge=0, lt=ingest.STRIDE), DIGITS] = 0
    limit: Annotated[int, Field(ge=1, le=ingest.MAX_PAGE), DIGITS] = 100
    store: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,36}$")] = ""
    format: Literal["stored", "cloudevents"] = "stored"


class ClaimShown(Shape):
    """What the station says a day holds."""

    from_: Annotated[int | None, Field(alias="from")]
    upto: int | None
    count: int | None
    hash: str | None


class StoredShown(Shape):
    """What the cloud holds of it."""

    count: int | None
    hash: str | None


class DigestShown(Shape):
    """One day of one stream, compared (W11)."""

    day: str
    stream: Stream
    store: str
    state: str
    signature: str
    claimed: ClaimShown
    stored: StoredShown
    checked_at: Time | None


class Step(Shape):
    """One line of a command's history."""

    state: CommandState
    at: Time
    progress: dict[str, Any] | None = None


class Late(Shape):
    """What the station said after the core had ended the command."""

    state: CommandState
    at: Time
    result: dict[str, Any] | None
    reason: dict[str, Any] | None


class Decision(Shape):
    """What a person said of an indeterminate command."""

    choice: Choice
    by: str | None
    at: Time | None


class CommandShown(Shape):
    """One command and what became of it (D26)."""

    id: str
    station: str
    slot: str
    name: str
    args: dict[str, Any]
    state: CommandState
    late: Late | None
    result: dict[str, Any] | None
    reason: dict[str, Any] | None
    created_at: Time
    ended_at: Time | None
    history: list[Step]
    by: str
    expires_at: Time
    again_of: str | None
    undecided: bool
    decision: Decision | None


class CommandDecided(CommandShown):
    """A command that a person decided about; `again` is the new one."""

    again: str | None


class DecisionAsked(Asked):
    """What a person says of an indeterminate command."""

    choice: Choice


class TwinRevision(Shape):
    """The revision of a new wish."""

    rev: int


class AlarmShown(Shape):
    """What must not pass unseen."""

    id: int
    kind: str
    station: str
    subject: str
    detail: dict[str, Any]
    times: int
    raised_at: Time
    last_at: Time
    open: bool
    closed_at: Time | None
    closed_by: str | None


class AlarmsQuery(Asked):
    """`all=1`: the closed ones as well."""

    all: Literal["0", "1"] = "0"
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200), DIGITS] = 200


class LetterShown(Shape):
    """What could not be stored; `payload` is its beginning."""

    id: int
    station: str
    topic: str
    reason: str
    why: str
    store: str | None
    stream: str | None
    from_: Annotated[int | None, Field(alias="from")]
    to: int | None
    times: int
    first_at: Time
    last_at: Time
    payload: str


class LettersQuery(Asked):
    """Of a station, for a reason; the newest first."""

    station: Id | None = None
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")] | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=1_000), DIGITS] = 100


class LetterOutcome(Shape):
    """What became of a letter that was tried again."""

    id: int
    result: Literal["stored", "refused", "kept"]
    events: int
    why: str
