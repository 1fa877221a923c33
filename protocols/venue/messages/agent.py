"""What the agent says of itself: losses, its clock, what its screens took."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.content import ContentRefusal
from protocols.venue.document import Count, Ordinal, Uuid
from protocols.venue.messages.common import Data
from protocols.venue.timestamps import Timestamp
from protocols.venue.vocabulary import ClockTrust, Stream

#: Ranges in one declaration (D15).
MAX_RANGES = 500

SeqRange = Annotated[list[Ordinal], Field(min_length=2, max_length=2)]


class GapDeclared(Data):
    """Events that no longer exist, so that the cloud stops asking for them (W7); always in `evidence`."""

    stream: Stream
    ranges: Annotated[list[SeqRange], Field(min_length=1, max_length=MAX_RANGES)]
    reason: Literal["disk_budget", "corrupt", "operator"]
    first_time: Timestamp | None
    last_time: Timestamp | None


class ClockStepped(Data):
    """The wall clock jumped by more than a second (D17)."""

    before: Timestamp
    after: Timestamp
    offset_ms: int
    trust: ClockTrust


class ContentApplied(Data):
    """A manifest is the one being shown; `missing` media are not there yet."""

    channel: str
    rev: Count
    items: Count
    missing: Count


class ContentRefused(Data):
    """A manifest was not taken and the old content stays."""

    channel: str
    rev: Count | None
    reason: ContentRefusal


class CapacityChanged(Data):
    """More people are inside than may be (`over`), or no longer (`normal`); None: nobody says how many."""

    state: Literal["over", "normal"]
    people: Count | None
    capacity: Ordinal | None


class OutboxFilled(Data):
    """The disk budget passed 80 % (`alarm`) or fell below 70 % again (`normal`) (W9)."""

    state: Literal["alarm", "normal"]
    used_percent: Annotated[int, Field(ge=0, le=100)]
    limit_bytes: Count


class OutboxReplaced(Data):
    """The store before this one was damaged: it is kept aside and numbers begin anew (D4)."""

    reason: str


class StreamDigest(Data):
    """A day of one stream: first seq of the day (null when empty), watermark, count and chain (D18)."""

    first: Ordinal | None = Field(alias="from")
    upto: Count
    count: Count
    hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class DigestTaken(Data):
    """The digests of a UTC day; `jws` signs {day, store, station, evidence} with the device key (W11)."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    store: Uuid
    streams: dict[Stream, StreamDigest]
    jws: str | None = None


class ClockCorrected(Data):
    """Trust has returned: untrusted times of `boot` were `offset_ms` ahead of the true time (W16a).

    The sign is that of a birth's `clock.offset_ms`; the true time is the untrusted one minus the offset.
    """

    boot: Uuid
    offset_ms: int


class CommandRefused(Data):
    """A request that lacked a mandatory property was not run (D22)."""

    slot: str
    name: str
    text: str


class BrokerChanged(Data):
    """The station's own broker serves its devices, or it does not; `text` says why."""

    state: Literal["up", "down"]
    text: str = ""


class GalleryApplied(Data):
    """The face gallery follows a revision: kept, not there yet, erased (D24)."""

    rev: Count
    count: Count
    missing: Count
    erased: Count
