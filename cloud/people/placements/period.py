"""The count of a period with what stands behind it: each person once, each excluded row with what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from cloud.people.models import Person
from cloud.people.persons import masked
from cloud.people.placements.counting import Judged, Row, count, judge
from cloud.people.placements.models import Placement, PlacementProof
from cloud.people.placements.placements import brief, rows_between
from cloud.people.registration.flags import groups_on
from cloud.platform.core import Core

#: Rows of one period; a market places some thousands a year.
MAX_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Placed:
    """`key_group_placed` of a period, and every row with its verdict."""

    start: date
    end: date
    count: int
    judged: Sequence[Judged]


async def key_group_placed(start: date, end: date, stations: Sequence[str] | None = None) -> Placed:
    """Return how many persons of key groups were placed from `start` to `end`, both days among them (domain.md §5)."""
    rows = await rows_between(start, end, stations)
    groups = await groups_on({(UUID(str(row.person_id)), row.started_on) for row in rows})
    judged = judge(
        Row(
            str(row.id), str(row.person_id), row.started_on, row.state, groups[UUID(str(row.person_id)), row.started_on]
        )
        for row in rows
    )
    return Placed(start, end, count(judged), judged)


async def listed(core: Core, placed: Placed, verdict: str = "", limit: int = 500) -> list[dict[str, Any]]:
    """Return the rows of a period as lists show them, the newest first; `verdict` limits them to one."""
    wanted = [one for one in reversed(placed.judged) if not verdict or one.verdict == verdict][:limit]
    rows = {str(row.id): row for row in await Placement.filter(id__in=[UUID(one.row.id) for one in wanted])}
    persons = {str(row.id): row for row in await Person.filter(id__in={UUID(one.row.person) for one in wanted})}
    kinds: dict[str, list[str]] = {}
    for proof in await PlacementProof.filter(placement_id__in=[UUID(one.row.id) for one in wanted]).order_by("id"):
        kinds.setdefault(str(proof.placement_id), []).append(f"{proof.kind}:{proof.source}")
    return [
        {
            **brief(rows[one.row.id], one.row.groups),
            "name": masked(core, persons[one.row.person])["name"],
            "verdict": one.verdict,
            "first": one.first or None,
            "proofs": kinds.get(one.row.id, []),
        }
        for one in wanted
        if one.row.id in rows and one.row.person in persons
    ]
