"""How many firms and posts a fair has: counted from its booths until it closes, then as it was."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cloud.fairs.models import BoothPost, Fair, FairBooth
from cloud.jobs import service as jobs
from cloud.platform.times import market_day


@dataclass(frozen=True, slots=True)
class Tally:
    """Firms with a booth, firms that ask for one, posts that count, people wanted by them."""

    firms: int = 0
    asking: int = 0
    posts: int = 0
    people_wanted: int = 0


async def live_tally(fair: Fair) -> Tally:
    """Return what one fair has at this moment."""
    booths, brought, briefs = await _at_hand([fair])
    return _tally(fair, booths, brought, briefs)


async def tallies(fairs: Collection[Fair]) -> Mapping[UUID, Tally]:
    """Return the tally of each fair, in four statements for all of them: as frozen when it opened, else as it is.

    A post counts once, however often a firm brings it, and only if it is up on the fair's day.
    """
    if not fairs:
        return {}
    booths, brought, briefs = await _at_hand(fairs)
    by_fair: defaultdict[object, list[FairBooth]] = defaultdict(list)
    for booth in booths:
        by_fair[booth.fair_id].append(booth)
    found = {fair.id: _tally(fair, by_fair[fair.id], brought, briefs) for fair in fairs}
    kept = {fair.id: fair for fair in fairs if fair.posts is not None}
    return {key: _as_kept(kept[key], tally) if key in kept else tally for key, tally in found.items()}


async def _at_hand(
    fairs: Collection[Fair],
) -> tuple[Sequence[FairBooth], Mapping[object, list[UUID]], Mapping[UUID, jobs.Brief]]:
    """Return (booths of fairs, the posts of each that is assigned, those posts)."""
    booths = await FairBooth.filter(fair_id__in=[fair.id for fair in fairs])
    brought = await _brought(booths)
    return booths, brought, await jobs.briefs_of(post for posts in brought.values() for post in posts)


async def _brought(booths: Sequence[FairBooth]) -> Mapping[object, list[UUID]]:
    """Return the posts of each booth that is assigned."""
    assigned = [booth.id for booth in booths if booth.state == "assigned"]
    posts: defaultdict[object, list[UUID]] = defaultdict(list)
    for row in await BoothPost.filter(booth_id__in=assigned) if assigned else ():
        posts[row.booth_id].append(row.post)
    return posts


def _tally(
    fair: Fair,
    booths: Sequence[FairBooth],
    brought: Mapping[object, list[UUID]],
    briefs: Mapping[UUID, jobs.Brief],
) -> Tally:
    asking = sum(booth.state == "requested" for booth in booths)
    assigned = sum(booth.state == "assigned" for booth in booths)
    ids = {post for booth in booths for post in brought.get(booth.id, ())}
    counted = counted_posts(ids, briefs, market_day(fair.starts_at))
    return Tally(assigned, asking, len(counted), sum(brief.headcount for brief in counted))


def _as_kept(fair: Fair, tally: Tally) -> Tally:
    return Tally(fair.firms or 0, tally.asking, fair.posts or 0, fair.people_wanted or 0)


def counted_posts(ids: Collection[UUID], briefs: Mapping[UUID, jobs.Brief], day: date) -> list[jobs.Brief]:
    """Return the posts that count for a fair on a day."""
    return [briefs[post] for post in ids if post in briefs and briefs[post].is_up_on(day)]
