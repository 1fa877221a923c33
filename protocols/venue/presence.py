"""Who is there: core state, presence with its will, birth and rebirth (W3, W12, W15, D2, D3)."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.document import Count, Document, Ordinal, Uuid
from protocols.venue.lineage import MAX_LINEAGE, StartMark
from protocols.venue.timestamps import Timestamp
from protocols.venue.twin import Reported
from protocols.venue.vocabulary import ClockTrust, Health, Kind

PresenceReason = Literal["start", "reconnect", "heartbeat", "stop", "update", "lost"]
BirthWhy = Literal["start", "reconnect", "rebirth", "config"]

#: Presence is published again this often (s), and a station silent for STALE_AFTER_S is `stale`.
PRESENCE_INTERVAL_S = 60.0
STALE_AFTER_S = 150.0
#: The same after the cloud itself has (re)connected: everybody answers a new core epoch within 10 s.
STALE_AFTER_CORE_START_S = 25.0
#: A slot is stale after this many heartbeats without a message.
STALE_HEARTBEATS = 2.5
#: 1.5 x keep-alive + will delay must stay within the 15 s of W14 (D7).
KEEP_ALIVE_S = 7
WILL_DELAY_S = 3
SESSION_EXPIRY_S = 86_400
RECEIVE_MAXIMUM = 100
MAX_PACKET_BYTES = 1024 * 1024


class CoreState(Document):
    """`core/state`, retained, with a will: whether the cloud takes events.

    `answers`: every birth is answered with an ack that says what is `known` (ADR 0008).
    """

    online: bool
    epoch: Count
    at: Timestamp
    answers: bool = False


class Presence(Document):
    """`{station}/presence`, retained, with a will; ordered by (epoch, conn)."""

    online: bool
    epoch: Count
    conn: Ordinal
    at: Timestamp
    reason: PresenceReason

    @property
    def order(self) -> tuple[int, int]:
        """Return what decides which of two presences is newer (D3)."""
        return (self.epoch, self.conn)


class Rebirth(Document):
    """`{station}/rebirth`: asks for a birth within `within_s` (default 30 s of jitter)."""

    at: Timestamp
    within_s: float = Field(default=30.0, ge=0, le=30)


class Versions(Document):
    """What runs on the station."""

    yizhan: str
    contract: int
    python: str
    os: str


class ClockState(Document):
    """How far the station's clock is off; `offset_ms` is null when nobody knows."""

    trust: ClockTrust
    offset_ms: int | None
    source: str


class StreamDepth(Document):
    """One stream of the outbox: first row kept, last seq given out, newest acked seq, bytes on disk."""

    first: Ordinal | None
    last: Count
    upto: Count
    bytes: Count


class OutboxDepth(Document):
    """The outbox at birth."""

    evidence: StreamDepth
    ops: StreamDepth
    telemetry: StreamDepth


class SlotState(Document):
    """One slot and the device that fills it."""

    kind: Kind
    device: str
    profile: str
    health: Health
    capabilities: list[str]


class Jwk(Document):
    """A public EC key of the station's device (RFC 7517)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class Birth(Document):
    """`{station}/birth`: everything the cloud must know of a station that just connected."""

    epoch: Count
    conn: Ordinal
    boot: Uuid
    store: Uuid
    at: Timestamp
    why: BirthWhy
    versions: Versions
    clock: ClockState
    outbox: OutboxDepth
    slots: dict[str, SlotState]
    twin: Reported
    key: Jwk | None = None
    #: Starts that wrote into this store since the last one that the core has answered, that one included (ADR 0008).
    lineage: Annotated[list[StartMark], Field(min_length=1, max_length=MAX_LINEAGE)] | None = None


def supersedes(new: Presence, newest_seen: tuple[int, int] | None) -> bool:
    """Return whether `new` counts: equal or greater (epoch, conn); an older will or goodbye does not (D3)."""
    return newest_seen is None or new.order >= newest_seen
