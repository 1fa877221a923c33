"""Did it show: which manifests of which walls held a policy, and the best proof that each wall gave of them.

Levels are named and ordered; `sent` and `delivered` say that a screen has it, never that anybody saw it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

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

#: (station, slot)
Place = tuple[str, str]


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


async def note_placed(core: Core, revs: Mapping[Place, int], items: Collection[str]) -> None:
    """Keep which versions the new manifests of walls hold, in the transaction that makes them; `revs` by wall."""
    now = core.now()
    held = {found for item in items if (found := version_of(item))}
    known: dict[Place, set[tuple[UUID, int]]] = {place: set() for place in revs}
    gone = []
    for row in await PolicyDisplay.filter(to_rev__isnull=True):
        place = (row.station, row.slot)
        if place not in revs:
            continue
        known[place].add((row.policy, row.version))
        if (row.policy, row.version) not in held:
            row.to_rev, row.gone_at = revs[place] - 1, now
            gone.append(row)
    if gone:
        await PolicyDisplay.bulk_update(gone, ["to_rev", "gone_at"])
    await PolicyDisplay.bulk_create(
        PolicyDisplay(policy=policy, version=version, station=place[0], slot=place[1], from_rev=rev, sent_at=now,
                      level="sent", reached_at=now)
        for place, rev in revs.items()
        for policy, version in held - known[place]
    )  # fmt: skip


async def record_applied(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
    """Note which walls' agents took a manifest (handler of `content.applied`)."""
    await _reach(core, [(one, one.data.channel, "delivered") for one in events])
    return None


async def record_proved(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
    """Note what walls proved to show (handler of `display.proved`)."""
    await _reach(core, [(one, one.slot, one.data.level) for one in events])
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


async def _reach(core: Core, proofs: Sequence[tuple[Arrived, str, str]]) -> None:
    """Raise what is known of the versions in one revision of each wall; a lower level than known changes nothing.

    `proofs` are (event, slot, level); most walls hold no policy at all, so one query looks for all of them.
    """
    rows = await PolicyDisplay.filter(station__in=sorted({one.station for one, _, _ in proofs}))
    for one, slot, level in proofs:
        if level not in LEVELS:
            continue
        rev = one.data.rev
        for row in rows:
            if (row.station, row.slot) != (one.station, slot) or not _holds(row, rev):
                continue
            row.proofs += 1
            values: dict[str, object] = {"proofs": row.proofs}
            if LEVELS.index(level) > LEVELS.index(row.level):
                row.level = level
                values |= {"level": level, "reached_at": min(one.event.time, core.now())}
            await PolicyDisplay.filter(id=row.id).update(**values)


def _holds(row: PolicyDisplay, rev: int) -> bool:
    return row.from_rev <= rev and (row.to_rev is None or row.to_rev >= rev)
