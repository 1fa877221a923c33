"""What a number's moves by console, hall and core come to: who wins when the line was cut (ADR 27). Pure.

What the console did on a revision that the hall had not seen, to a number that the hall then moved, never reached the
hall: the hall's word holds. All else counts in the order in which the cloud knew of it. The result depends only on the
set of moves, not on when they arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from protocols.rules import queueing
from protocols.rules.queueing import Move, Rules, Ticket

Source = Literal["console", "hall", "core"]
HALL: Final[Source] = "hall"


@dataclass(frozen=True, slots=True)
class Entry:
    """A move with what orders it.

    `rev` is the board's revision that a console's was made on or a hall's went on from; `n` is the hall's own count, or
    for the console the hall's newest that the cloud knew then.
    """

    id: str
    source: Source
    move: Move
    rev: int
    n: int


def fold(ticket: Ticket, entries: Sequence[Entry], rules: Rules) -> tuple[Ticket, dict[str, bool]]:
    """Return the ticket after its moves, and for each move by its id whether it was taken."""
    hall = [one for one in entries if one.source == HALL]
    standing = sorted((one for one in entries if not _never_arrived(one, hall)), key=_order)
    after, taken = queueing.replay(ticket, [one.move for one in standing], rules)
    said = dict(zip((one.id for one in standing), taken, strict=True))
    return after, {one.id: said.get(one.id, False) for one in entries}


def _never_arrived(one: Entry, hall: Sequence[Entry]) -> bool:
    return one.source != HALL and any(one.rev >= other.rev and one.n < other.n for other in hall)


def _order(one: Entry) -> tuple[int, bool, object, str]:
    return one.n, one.source != HALL, one.move.at, one.id
