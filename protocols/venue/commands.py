"""Commands and their replies (W19-W23, D21-D23): what is asked of a slot, and what became of it."""

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field

from protocols.errors import ProtocolError
from protocols.venue.document import Count, Document, Ordinal, Uuid
from protocols.venue.timestamps import Timestamp

#: What the edge answers; the last five end a command.
ReplyState = Literal["received", "accepted", "progress", "done", "failed", "rejected", "expired", "indeterminate"]
#: What REST shows (D26): the cloud adds the states before an answer and the one when none came.
CommandState = Literal[
    "queued", "sent", "received", "accepted", "progress", "done", "failed", "rejected", "expired", "indeterminate",
    "timed_out",
]  # fmt: skip
RejectCode = Literal["bad_args", "unknown_command", "unknown_slot", "id_reused", "busy", "bad_request"]
FailCode = Literal["device", "timeout", "step_timeout"]

REPLY_STATES: Final[tuple[ReplyState, ...]] = get_args(ReplyState)
ENDED: Final[frozenset[str]] = frozenset({"done", "failed", "rejected", "expired", "indeterminate", "timed_out"})

#: Message Expiry of a command lies within these bounds, s.
MIN_EXPIRY_S: Final = 1
MAX_EXPIRY_S: Final = 86_400
#: A ledger row is kept this long, days (D21).
LEDGER_DAYS: Final = 30
MAX_ARGS_BYTES: Final = 64 * 1024

#: From each state, the states that may follow; a late `done` after `timed_out` is recorded beside it, not a step.
FOLLOWS: Final[dict[CommandState, frozenset[CommandState]]] = {
    "queued": frozenset({"sent", "expired", "timed_out"}),
    "sent": frozenset(
        {"received", "accepted", "progress", "done", "failed", "rejected", "expired", "indeterminate", "timed_out"}
    ),
    "received": frozenset(
        {"accepted", "progress", "done", "failed", "rejected", "expired", "indeterminate", "timed_out"}
    ),
    "accepted": frozenset({"progress", "done", "failed", "expired", "indeterminate", "timed_out"}),
    "progress": frozenset({"progress", "done", "failed", "indeterminate", "timed_out"}),
    "done": frozenset(),
    "failed": frozenset(),
    "rejected": frozenset(),
    "expired": frozenset(),
    "indeterminate": frozenset(),
    "timed_out": frozenset(),
}


class IllegalTransition(ProtocolError):  # noqa: N818 - the state table says no
    """A command cannot go from `before` to `after`: ignore the message and count it."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"a command that is {before} cannot become {after}")
        self.before = before
        self.after = after


def step(before: CommandState, after: CommandState) -> CommandState:
    """Return `after` if the table of states allows it."""
    if after not in FOLLOWS[before]:
        raise IllegalTransition(before, after)
    return after


class Reason(Document):
    """Why a command did not do what was asked."""

    code: str
    text: str = ""


class Progress(Document):
    """How far a command is: `done` of `total` in a named step."""

    step: str
    done: Count
    total: Count


class Command(Document):
    """`{station}/{slot}/cmd/{name}`; Correlation Data repeats `id`, Response Topic says where to answer."""

    id: Uuid
    name: str
    args: dict[str, Any]
    by: str
    at: Timestamp
    expires_at: Timestamp
    timeout_s: Annotated[float, Field(gt=0, le=MAX_EXPIRY_S)]
    step_timeout_s: Annotated[float, Field(gt=0, le=MAX_EXPIRY_S)]


class Reply(Document):
    """`{station}/reply/{core}`; `n` counts the replies of a command from 1, `ledger` marks a repeated answer."""

    id: Uuid
    state: ReplyState
    n: Ordinal
    at: Timestamp
    epoch: Count
    ledger: bool
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    reason: Reason | None = None
