"""Rows of the ledgers of fairs, live shows and publicity (cloud/ledgers/registry.py names their columns)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cloud.fairs.arrivals import counters_of
from cloud.fairs.models import Fair
from cloud.fairs.plans import history, papers_of
from cloud.fairs.show_models import Campaign, LiveShow, Publicity, PublicityPicture
from cloud.fairs.shows import applicants_of, posts_of_show
from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.platform.times import market_day


async def fair_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the fairs that begin in a time, cancelled ones with the reason."""
    del core
    names = await fleet.station_names(None)
    async for fair in each(Fair.filter(starts_at__gte=start, starts_at__lt=end)):
        counters = await counters_of(fair)
        lines = await history(fair)
        yield {
            "starts_at": fair.starts_at,
            "title": fair.title,
            "station": names.get(fair.station, fair.station),
            "venue": fair.venue,
            "campaign": await _campaign(fair.campaign),
            "state": fair.state,
            "permit": next((row.reference for row in await papers_of(fair) if row.paper == "permit"), ""),
            "firms": counters.tally.firms,
            "posts": counters.tally.posts,
            "people_wanted": counters.tally.people_wanted,
            "people": counters.people,
            "resumes": counters.resumes,
            "intentions": counters.intentions,
            "hires": counters.hires,
            "note": next((line.note for line in lines if line.state == fair.state and line.note), ""),
        }


async def show_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the live shows that begin in a time."""
    del core
    async for show in each(LiveShow.filter(starts_at__gte=start, starts_at__lt=end)):
        yield {
            "starts_at": show.starts_at,
            "title": show.title,
            "host": show.host,
            "platform": show.platform,
            "campaign": await _campaign(show.campaign),
            "state": show.state,
            "posts": len(await posts_of_show(show)),
            "viewers": show.viewers,
            "viewers_source": show.viewers_source,
            "applicants": await applicants_of(show),
            "result": show.result or show.reason,
        }


async def publicity_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield what was published on the days of a time."""
    del core
    first, last = market_day(start), market_day(end - timedelta(seconds=1))
    async for item in each(Publicity.filter(published_on__gte=first, published_on__lte=last)):
        yield {
            "published_on": item.published_on,
            "title": item.title,
            "medium": item.medium,
            "campaign": await _campaign(item.campaign),
            "reach": item.reach,
            "reach_source": item.reach_source,
            "link": item.link,
            "pictures": await PublicityPicture.filter(item_id=item.id).count(),
        }


async def _campaign(campaign: UUID | None) -> str:
    row = await Campaign.get_or_none(id=campaign) if campaign else None
    return row.title if row else ""
