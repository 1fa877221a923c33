"""What may become of a placement, and who says so: one table. Pure."""

from typing import Final, Literal

from cloud.platform.errors import ConflictError

State = Literal["claimed", "proved", "disputed", "rejected"]
Act = Literal["prove", "dispute", "uphold", "reject", "withdraw"]

#: Act -> (states it is done in, state that follows). The operator proves and withdraws what he claimed; the purchaser
#: disputes, upholds and rejects (roles.py: placement.write and placement.judge).
ACTS: Final[dict[Act, tuple[frozenset[State], State]]] = {
    "prove": (frozenset({"claimed"}), "proved"),
    "withdraw": (frozenset({"claimed"}), "rejected"),
    "dispute": (frozenset({"proved"}), "disputed"),
    "uphold": (frozenset({"disputed"}), "proved"),
    "reject": (frozenset({"disputed"}), "rejected"),
}
STATES: Final[tuple[State, ...]] = ("claimed", "proved", "disputed", "rejected")


def after(state: str, act: Act) -> State:
    """Return the state after an act; ConflictError when it is not done in this state."""
    before, following = ACTS[act]
    if state not in before:
        raise ConflictError(f"实现就业记录的状态为 {state}，不能 {act}", "placement-state")
    return following
