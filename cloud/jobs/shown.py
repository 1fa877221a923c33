"""What the walls of a station should show and have proved to show, for the page that compares both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cloud.jobs.models import WallProof
from cloud.platform.kept import Kept
from cloud.platform.reading import fetch, moment
from protocols.venue.content import Item, Manifest, hash_of

#: Lists of items that are kept: most walls of a city show the same one.
LISTS: Final = 16
_WALLS: Final = "SELECT channel, rev, digest, issued_at FROM wall_content WHERE station = ?"
_MANIFEST: Final = "SELECT manifest FROM wall_content WHERE station = ? AND channel = ? AND digest = ?"


@dataclass(frozen=True, slots=True, eq=False)
class PlayList:
    """The items of a wall; the same object for every wall that shows the same, so that pages keep what they wrote."""

    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class ShownWall:
    """The newest manifest of a wall."""

    rev: int
    issued_at: datetime
    content: PlayList

    @property
    def hash(self) -> str:
        """Return the hash that a wall proves to show."""
        return hash_of(self.rev, self.content.items)


_lists: Final[Kept[str, PlayList]] = Kept(LISTS)


async def shown_walls(station: str) -> dict[str, ShownWall]:
    """Return the newest manifest of each wall of a station."""
    found = {}
    for channel, rev, digest, issued_at in await fetch(_WALLS, station):
        content = _lists.get(digest) or await _read(station, channel, digest)
        if content is not None:
            found[channel] = ShownWall(rev, moment(issued_at), content)
    return found


async def proved_walls(station: str) -> dict[str, WallProof]:
    """Return the newest proof of each wall of a station."""
    return {row.slot: row for row in await WallProof.filter(station=station)}


async def _read(station: str, channel: str, digest: str) -> PlayList | None:
    """Read a list of items and keep it by its digest; None when it has just been replaced."""
    rows = await fetch(_MANIFEST, station, channel, digest)
    if not rows:
        return None
    return _lists.keep(digest, PlayList(tuple(Manifest.from_bytes(rows[0][0].encode()).items)))
