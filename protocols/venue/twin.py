"""Desired and reported configuration of a station's slots (W17, D20)."""

from typing import Any, Literal, get_args

from pydantic import Field

from protocols.venue.document import Count, Document
from protocols.venue.timestamps import Timestamp

Refusal = Literal[
    "unknown_slot", "unknown_field", "wrong_type", "out_of_range", "read_only", "device_refused", "rolled_back"
]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)


class Desired(Document):
    """`{station}/twin/desired`, retained: the whole wish; an absent slot or field means the profile's default."""

    rev: Count
    at: Timestamp
    slots: dict[str, dict[str, Any]]


class ReportedSlot(Document):
    """What one slot runs with, and each wish it refused with the reason."""

    values: dict[str, Any]
    at: Timestamp | None = None
    rejected: dict[str, str] = Field(default_factory=dict)


class Reported(Document):
    """`{station}/twin/reported`, retained; `rev` counts reports, `applied_rev` is the newest wish looked at."""

    applied_rev: Count
    rev: Count
    at: Timestamp
    slots: dict[str, ReportedSlot]
    error: str | None = None
