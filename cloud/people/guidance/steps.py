"""Services that go step by step: what may follow what, and how each may end. One table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from cloud.platform.errors import ConflictError, InvalidInputError

Kind = Literal["employment", "pension", "injury", "training", "startup"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind of service: its first state, state -> states that may follow, and the outcomes of each last state."""

    first: str
    steps: Mapping[str, frozenset[str]]
    outcomes: Mapping[str, tuple[str, ...]]

    @property
    def states(self) -> tuple[str, ...]:
        """Return every state, the first one first."""
        return tuple(self.steps)


def _flow(first: str, steps: Mapping[str, tuple[str, ...]], outcomes: Mapping[str, tuple[str, ...]]) -> Flow:
    return Flow(first, {state: frozenset(following) for state, following in steps.items()}, outcomes)


#: Explained, then helped if he wants to; employment registration, pension and injury cover go the same way (item 21).
_GUIDED: Final = {
    "explained": ("applying", "done", "declined", "not_eligible"),
    "applying": ("done", "declined", "not_eligible"),
    "done": (),
    "declined": (),
    "not_eligible": (),
}
FLOWS: Final[Mapping[Kind, Flow]] = {
    "employment": _flow("explained", _GUIDED, {"done": ("gig", "firm", "self")}),
    "pension": _flow("explained", _GUIDED, {"done": ("employee", "flexible")}),
    "injury": _flow("explained", _GUIDED, {"done": ("platform", "insured", "commercial", "none")}),
    "training": _flow(
        "wished",
        {
            "wished": ("contacted", "enrolled", "dropped"),
            "contacted": ("enrolled", "dropped"),
            "enrolled": ("finished", "dropped"),
            "finished": (),
            "dropped": (),
        },
        {"finished": ("certificate", "attended")},
    ),
    "startup": _flow(
        "asked",
        {
            "asked": ("confirmed", "cancelled"),
            "confirmed": ("held", "missed", "cancelled"),
            "held": (),
            "missed": ("confirmed", "cancelled"),
            "cancelled": (),
        },
        {"held": ("advised", "course", "loan_applied", "opened")},
    ),
}


def check_step(kind: Kind, state: str, following: str, outcome: str) -> None:
    """Return when a case may go on like this; ConflictError when not, InvalidInputError when the outcome is wrong."""
    flow = FLOWS[kind]
    if following not in flow.steps:
        raise InvalidInputError("没有这个步骤", {"state": "没有这个步骤"})
    if following not in flow.steps[state]:
        raise ConflictError(f"状态为 {state}，不能变为 {following}", "case-state")
    known = flow.outcomes.get(following, ("",))
    if outcome not in known:
        raise InvalidInputError("请选择结果", {"outcome": "、".join(known)})
