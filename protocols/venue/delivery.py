"""What the cloud says about a station's events: the watermark ack and the request to send again (W5, W7)."""

from typing import Self

from pydantic import Field, model_validator

from protocols.venue.document import Count, Document, Ordinal, Uuid
from protocols.venue.lineage import Known
from protocols.venue.timestamps import Timestamp
from protocols.venue.vocabulary import Stream

#: One resend asks for at most this many events.
MAX_RESEND = 5_000


class Watermark(Document):
    """Every event of the stream up to `upto` is committed."""

    upto: Count
    at: Timestamp


class Ack(Document):
    """`{station}/ack`, retained, whole each time; an absent stream is at 0; `epoch` is the core's (D16).

    `known` also answers a birth (ADR 0008); a core that does not say it is taken at its watermarks.
    """

    store: Uuid
    epoch: Count
    evidence: Watermark | None = None
    ops: Watermark | None = None
    telemetry: Watermark | None = None
    known: Known | None = None

    def upto(self, stream: Stream) -> int:
        """Return the watermark of one stream."""
        mark: Watermark | None = getattr(self, stream)
        return 0 if mark is None else mark.upto


class Resend(Document):
    """`{station}/resend`: asks for a range again, both ends included."""

    id: Uuid
    stream: Stream
    first: Ordinal = Field(alias="from")
    last: Ordinal = Field(alias="to")
    at: Timestamp

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not 0 <= self.last - self.first < MAX_RESEND:
            raise ValueError(f"from..to must hold 1-{MAX_RESEND} seqs")
        return self
