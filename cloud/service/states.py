"""What may be done with a ticket and with a thread, when, and what becomes of it: one table each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from cloud.platform.errors import ConflictError

TicketState = Literal["open", "paused", "done", "closed", "withdrawn"]
TICKET_STATES: Final[tuple[TicketState, ...]] = get_args(TicketState)
#: States in which somebody owes an answer.
PENDING: Final = frozenset[TicketState]({"open", "paused"})
Act = Literal[
    "claim", "hand", "pause", "resume", "note", "finish", "reopen", "rate", "close", "withdraw", "opinion", "judge",
    "name",
]  # fmt: skip
ACTS: Final[tuple[Act, ...]] = get_args(Act)

ThreadState = Literal["waiting", "talking", "closed"]
THREAD_STATES: Final[tuple[ThreadState, ...]] = get_args(ThreadState)
ThreadAct = Literal["ask", "answer", "hand", "convert", "close", "rate"]


@dataclass(frozen=True, slots=True)
class Move:
    """States from which an act is possible, and the one that it leads to; None: the state stays."""

    sources: frozenset[str]
    target: str | None = None


_ANY: Final = frozenset[str](TICKET_STATES)

#: `hand` gives a ticket to another owner; the first-asked person stays, for no act drops him.
TICKET_MOVES: Final[Mapping[Act, Move]] = {
    "claim": Move(frozenset({"open"})),
    "hand": Move(frozenset({"open", "paused"})),
    "pause": Move(frozenset({"open"}), "paused"),
    "resume": Move(frozenset({"paused"}), "open"),
    "note": Move(frozenset({"open", "paused", "done"})),
    "finish": Move(frozenset({"open", "paused"}), "done"),
    "reopen": Move(frozenset({"done"}), "open"),
    "rate": Move(frozenset({"done"}), "closed"),
    "close": Move(frozenset({"done"}), "closed"),
    "withdraw": Move(frozenset({"open", "paused"}), "withdrawn"),
    "opinion": Move(_ANY),
    "judge": Move(_ANY),
    "name": Move(frozenset({"open", "paused", "done"})),
}

THREAD_MOVES: Final[Mapping[ThreadAct, Move]] = {
    "ask": Move(frozenset({"waiting", "talking"})),
    "answer": Move(frozenset({"waiting", "talking"}), "talking"),
    "hand": Move(frozenset({"waiting", "talking"})),
    "convert": Move(frozenset({"waiting", "talking"})),
    "close": Move(frozenset({"waiting", "talking"}), "closed"),
    "rate": Move(frozenset({"closed"})),
}

_WORDS: Final = {
    "open": "办理中", "paused": "等待补充", "done": "已办结", "closed": "已归档", "withdrawn": "已撤回",
    "waiting": "等待答复", "talking": "对话中",
}  # fmt: skip


def may(state: str, act: Act) -> bool:
    """Return whether a ticket in a state allows an act."""
    return state in TICKET_MOVES[act].sources


def after(state: str, act: Act) -> str:
    """Return the state of a ticket after an act; ConflictError when its state does not allow it."""
    return _after(state, TICKET_MOVES[act], "ticket-state", "工单")


def thread_after(state: str, act: ThreadAct) -> str:
    """Return the state of a thread after an act; ConflictError when its state does not allow it."""
    return _after(state, THREAD_MOVES[act], "thread-state", "对话")


def _after(state: str, move: Move, name: str, thing: str) -> str:
    if state not in move.sources:
        words = "已结束" if thing == "对话" and state == "closed" else _WORDS[state]
        raise ConflictError(f"{thing}{words}，不能这样操作", name)
    return move.target or state
