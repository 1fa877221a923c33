"""Fairs and live shows as notices of the walls: made of their plans by a template, so no second person is asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from cloud.fairs.models import Fair
from cloud.fairs.show_models import LiveShow
from cloud.fairs.shows import source_of
from cloud.fairs.tally import Tally, tallies
from cloud.fairs.words import span_words
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from protocols.venue.content import Item

#: How long before its beginning a fair or a show comes onto the walls.
AHEAD: Final = timedelta(days=7)
MAX_EACH: Final = 8


def wall_source(core: Core) -> jobs.Source:
    """Return coming and running fairs and shows as a source of the walls' notices."""
    return jobs.Source(partial(_items, core))


async def coming_fairs(now: datetime) -> Sequence[tuple[Fair, Tally]]:
    """Return the fairs that the public is told of, in order."""
    soon = Fair.filter(state__in=["announced", "open"], ends_at__gt=now, starts_at__lt=now + AHEAD)
    rows = await soon.order_by("starts_at", "id").limit(MAX_EACH)
    counts = await tallies(rows)
    return [(fair, counts[fair.id]) for fair in rows]


async def coming_shows(now: datetime) -> Sequence[LiveShow]:
    """Return the shows that the public is told of, in order."""
    soon = LiveShow.filter(state__in=["planned", "live"], ends_at__gt=now, starts_at__lt=now + AHEAD)
    return await soon.order_by("starts_at", "id").limit(MAX_EACH)


async def _items(core: Core, now: datetime) -> Sequence[Item]:
    fairs = [_fair_item(core, fair, tally) for fair, tally in await coming_fairs(now)]
    return fairs + [_show_item(core, show) for show in await coming_shows(now)]


def _fair_item(core: Core, fair: Fair, tally: Tally) -> Item:
    running = fair.state == "open"
    offer = f"{tally.firms} 家单位，{tally.posts} 个岗位，招 {tally.people_wanted} 人" if tally.posts else fair.about
    return jobs.notice_item(
        f"fair-{fair.id}-{fair.state}",
        tag="招聘会 · 正在进行" if running else "招聘会 · 预告",
        title=fair.title,
        text=offer,
        facts=[("时间", span_words(fair.starts_at, fair.ends_at)), ("地点", fair.venue), ("费用", "求职者免费入场")],
        link=core.settings.public_link(f"/events/fairs/{fair.id}"),
        valid_to=fair.ends_at,
    )


def _show_item(core: Core, show: LiveShow) -> Item:
    return jobs.notice_item(
        f"show-{show.id}-{show.state}",
        tag="直播带岗 · 正在直播" if show.state == "live" else "直播带岗 · 预告",
        title=show.title,
        text=f"主播 {show.host} · {show.platform}",
        facts=[("时间", span_words(show.starts_at, show.ends_at))],
        link=core.settings.public_link(f"/events/shows/{show.id}?source={source_of(show)}"),
        valid_to=show.ends_at,
    )
