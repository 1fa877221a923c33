"""Did it show: which manifests of which walls held a policy, and the best proof that each wall gave of them.

Levels are named and ordered; `sent` and `delivered` say that a screen has it, never that anybody saw it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.outbox import AfterCommit
from cloud.policies.models import PolicyDisplay

#: What is known of a wall, the better to the right: in its manifest, taken by the agent, painted by the page, driven
#: to the modules, seen by a camera.
LEVELS: Final = ("sent", "delivered", "rendered", "driven", "seen")
#: From this level on it counts as shown.
SHOWN_FROM: Final = "rendered"
_PREFIX: Final = "policy-"


@dataclass(frozen=True, slots=True)
class Display:
    """One wall's best proof of a version: since when, and until when it was in the wall's manifest (None: still)."""

    version: int
    station: str
    slot: str
    level: str
    reached_at: datetime
    gone_at: datetime | None

    @property
    def shown(self) -> bool:
        """Return whether it counts as shown."""
        return LEVELS.index(self.level) >= LEVELS.index(SHOWN_FROM)


def item_id(policy: UUID, version: int) -> str:
    """Return what a manifest calls a version; another version is another item, so that the content's hash changes."""
    return f"{_PREFIX}{policy}-v{version}"


def version_of(item: str) -> tuple[UUID, int] | None:
    """Return (policy, version) of an item's id; None when it is something else."""
    name, _, version = item.removeprefix(_PREFIX).rpartition("-v")
    return (UUID(name), int(version)) if item.startswith(_PREFIX) else None


async def note_placed(core: Core, station: str, slot: str, rev: int, items: Iterable[str]) -> None:
    """Keep which versions a wall's new manifest holds, in the transaction that makes it."""
    now = core.now()
    held = {found for item in items if (found := version_of(item))}
    open_rows = await PolicyDisplay.filter(station=station, slot=slot, to_rev__isnull=True)
    for row in open_rows:
        if (row.policy, row.version) not in held:
            await PolicyDisplay.filter(id=row.id).update(to_rev=rev - 1, gone_at=now)
    for policy, version in held - {(row.policy, row.version) for row in open_rows}:
        await PolicyDisplay.create(
            policy=policy, version=version, station=station, slot=slot, from_rev=rev, sent_at=now, level="sent",
            reached_at=now,
        )  # fmt: skip


async def record_applied(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
    """Note which walls' agents took a manifest (handler of `content.applied`)."""
    for one in events:
        await _reach(core, one, one.data.channel, "delivered")
    return None


async def record_proved(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
    """Note what walls proved to show (handler of `display.proved`)."""
    for one in events:
        await _reach(core, one, one.slot, one.data.level)
    return None


async def displays_of(policies: Collection[UUID]) -> dict[UUID, list[Display]]:
    """Return where each policy was shown, by station and slot, newest version first."""
    found: dict[UUID, list[Display]] = {policy: [] for policy in policies}
    for row in await PolicyDisplay.filter(policy__in=list(policies)).order_by("-version", "station", "slot", "-id"):
        found[row.policy].append(Display(row.version, row.station, row.slot, row.level, row.reached_at, row.gone_at))
    return found


def best_level(displays: Iterable[Display]) -> str:
    """Return the highest level that any wall reached; an empty text when no wall ever had it."""
    return max((one.level for one in displays), key=LEVELS.index, default="")


async def _reach(core: Core, one: Arrived, slot: str, level: str) -> None:
    """Raise what is known of the versions in one revision of a wall; a lower level than known changes nothing."""
    if level not in LEVELS:
        return
    rev, at = one.data.rev, one.event.time
    within = Q(to_rev__isnull=True) | Q(to_rev__gte=rev)
    for row in await PolicyDisplay.filter(within, station=one.station, slot=slot, from_rev__lte=rev):
        values: dict[str, object] = {"proofs": row.proofs + 1}
        if LEVELS.index(level) > LEVELS.index(row.level):
            values |= {"level": level, "reached_at": min(at, core.now())}
        await PolicyDisplay.filter(id=row.id).update(**values)
