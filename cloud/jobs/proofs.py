"""The highest proof that each wall holds of what it shows, raised for many walls in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from cloud.platform.reading import fetch

#: What a wall may hold for its content, the better to the right (ADR 32).
LEVELS: Final = ("delivered", "rendered", "driven", "seen")
#: Walls whose proofs are raised in one statement: seven values each, of the 999 that SQLite takes at least.
WALLS_A_STATEMENT: Final = 100

_ROW: Final = "(?, ?, ?, ?, ?, ?, ?)"
#: Newer and about other content, or more than what is held for the same. An older one may be stored later, by another
#: process; what is held of the future came of a wrong clock.
_RAISE: Final = """
INSERT INTO wall_proof (station, slot, level, "by", content, rev, at) VALUES {rows}
ON CONFLICT (station, slot) DO UPDATE SET
level = excluded.level, "by" = excluded."by", content = excluded.content, rev = excluded.rev, at = excluded.at
WHERE (wall_proof.content <> excluded.content OR wall_proof.level IN ?)
AND (wall_proof.at <= excluded.at OR wall_proof.at > ?)
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one wall claims: a level, who vouches for it, of which content, and when."""

    level: str
    by: str
    content: str
    rev: int
    at: datetime


async def raise_proofs(claims: Mapping[tuple[str, str], Claim], now: datetime) -> None:
    """Keep the claim of each wall, (station, slot), that is newer and about other content, or more than is held."""
    ordered = sorted(claims.items(), key=lambda pair: (LEVELS.index(pair[1].level), pair[0]))
    for level, found in groupby(ordered, key=lambda pair: pair[1].level):
        of_level = list(found)
        for start in range(0, len(of_level), WALLS_A_STATEMENT):
            await _raise(level, of_level[start : start + WALLS_A_STATEMENT], now)


async def _raise(level: str, claims: list[tuple[tuple[str, str], Claim]], now: datetime) -> None:
    statement = _RAISE.format(rows=", ".join([_ROW] * len(claims)))
    values = [value for place, one in claims for value in (*place, one.level, one.by, one.content, one.rev, one.at)]
    await fetch(statement, *values, list(LEVELS[: LEVELS.index(level) + 1]), now)
