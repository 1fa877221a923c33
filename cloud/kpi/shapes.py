"""What REST answers of the opening hours."""

from typing import Annotated

from pydantic import Field

from cloud.platform.shapes import Shape, Time


class SegmentShown(Shape):
    """A part of the required time and how it counts."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    state: str


class CutShown(Shape):
    """A power cut that excuses minutes, and the events of the UPS that prove it."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    slot: str
    events: list[str]


class OpeningShown(Shape):
    """The verdict of a day, minutes by how they count, and what it was computed from."""

    day: str
    required: int
    open: int
    closed: int
    unknown: int
    excused: int
    verdict: str
    segments: list[SegmentShown]
    flags: list[str] = Field(default_factory=list)
    evidence: list[CutShown] = Field(default_factory=list)
    rule_version: str
    input_sha256: str
    computed_at: Time
