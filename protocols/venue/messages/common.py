"""Base of event data, and the messages that slots of every kind send."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from protocols.venue.commands import Reason
from protocols.venue.document import Ordinal, Uuid
from protocols.venue.ids import Id
from protocols.venue.timestamps import Timestamp
from protocols.venue.vocabulary import SIGNALS, Cause, Health

#: A word of one fault, as databases keep it.
MAX_FAULT: Final = 16


class Data(BaseModel):
    """Data of one event type; a member this version does not know is kept and flagged (W2)."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", populate_by_name=True, defer_build=True)


class SignalInterval(Data):
    """A signal held one value from..to; the open interval is sent again with a later `to` (W16)."""

    signal: str
    value: str
    start: Timestamp = Field(alias="from")
    end: Timestamp = Field(alias="to")
    samples: Ordinal

    @model_validator(mode="after")
    def _known_and_ordered(self) -> Self:
        if self.value not in SIGNALS.get(self.signal, ()):
            raise ValueError(f"{self.value!r} is not a value of the signal {self.signal!r}")
        if self.end < self.start:
            raise ValueError("`to` lies before `from`")
        return self


class SlotChanged(Data):
    """The health of a slot changed; a loss names its cause (W13) and, finer, the fault (ADR 0034)."""

    health: Health
    cause: Cause | None = None
    text: str = ""
    #: One of `vocabulary.FAULTS`, or what is wrong with a device that is there: `frozen` or `cable` of a wall.
    fault: Annotated[str, Field(max_length=MAX_FAULT)] = ""


class AlarmRaised(Data):
    """A local rule of the site file holds (ADR 38); `value` is what it saw, `work_order`: a person must repair it."""

    rule: Id
    severity: Literal["warning", "error"]
    text: Annotated[str, Field(max_length=200)]
    value: bool | int | float | str | None = None
    work_order: bool = False


class AlarmCleared(Data):
    """A local rule no longer holds; `reason` tells whether its condition ended or nobody asks any more."""

    rule: Id
    reason: Literal["over", "muted", "removed"]


class CommandEnded(Data):
    """A command's terminal state, because replies can be lost (D23)."""

    id: Uuid
    name: str
    state: Literal["done", "failed", "rejected", "expired", "indeterminate"]
    result: dict[str, Any] | None = None
    reason: Reason | None = None
    #: Who gave it and what he asked, of a command that the station gave itself.
    by: str | None = None
    args: dict[str, Any] | None = None
