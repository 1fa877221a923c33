"""What the page of a station shows of commands and settings. Plain values, no tables and no requests."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that may be sent; `args` names its arguments."""

    slot: str
    name: str
    args: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that may be changed; `allowed` describes its values."""

    slot: str
    name: str
    allowed: str


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command; `late` is the state that came after the core had ended it."""

    id: str
    slot: str
    name: str
    args: str
    state: str
    by: str
    created_at: datetime
    ended_at: datetime | None
    reason: str
    late: str
    undecided: bool
    decision: str
    decided_by: str
    decided_at: datetime | None

    @property
    def icon(self) -> str:
        """Return the icon of its state."""
        return {"done": "circle-check", "failed": "circle-x", "rejected": "circle-x", "indeterminate": "help-circle",
                "expired": "clock", "timed_out": "clock"}.get(self.state, "send")  # fmt: skip

    @property
    def tone(self) -> str:
        """Return the tone that supports its word."""
        return {"done": "good", "failed": "bad", "rejected": "bad", "indeterminate": "bad", "timed_out": "bad"}.get(
            self.state, ""
        )


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One dead letter; `where` is its place in a stream or its topic."""

    id: int
    station: str
    name: str
    reason: str
    why: str
    where: str
    preview: str
    times: int
    last_at: datetime
