"""States of a delivery and the steps between them. Pure.

`sending` is a worker's hand on it. `unknown`: it may have been delivered and nobody can say; a person decides.
`withheld`: it was not meant to be sent this way (no address, opted out, template not approved).
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from cloud.platform.errors import CloudError

Channel = Literal["wechat", "sms", "call"]
#: In the order in which they are tried: the next one only when the one before certainly did not reach the person.
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
State = Literal["queued", "sending", "sent", "delivered", "failed", "unknown", "withheld"]
STATES: Final[tuple[State, ...]] = get_args(State)

STEPS: Final[Mapping[State, frozenset[State]]] = {
    "queued": frozenset({"sending", "delivered", "failed"}),
    "sending": frozenset({"queued", "sent", "delivered", "failed", "unknown", "withheld"}),
    "sent": frozenset({"delivered", "failed", "unknown"}),
    "unknown": frozenset({"sent", "delivered", "failed"}),
    "delivered": frozenset(),
    "failed": frozenset(),
    "withheld": frozenset(),
}
#: Nothing of these goes on by itself.
ENDS: Final[frozenset[State]] = frozenset(state for state, steps in STEPS.items() if not steps)
#: A person may have these sent again.
REPEATABLE: Final[frozenset[State]] = frozenset({"failed", "unknown", "withheld"})


class IllegalStepError(CloudError):
    """A delivery cannot go from its state to that one: nothing is changed."""


def step(old: State, new: State) -> State:
    """Return `new` if a delivery in `old` may go there."""
    if new not in STEPS[old]:
        raise IllegalStepError(f"a delivery that is {old} does not become {new}")
    return new
