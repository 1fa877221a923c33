"""Fairs and shows as REST answers them."""

from datetime import datetime
from uuid import UUID

from cloud.fairs import plans, shapes, shows
from cloud.fairs.arrivals import Counters
from cloud.fairs.booths import Booth
from cloud.fairs.models import Fair
from cloud.fairs.show_models import Campaign, LiveShow, Publicity
from cloud.fairs.states import is_there, needed_papers
from cloud.fairs.tally import Tally, tallies
from cloud.jobs import service as jobs
from protocols.venue.timestamps import format_time


async def fair_document(fair: Fair) -> shapes.FairShown:
    """Return a fair with its tally."""
    return fair_shown(fair, (await tallies([fair]))[fair.id])


def fair_shown(fair: Fair, tally: Tally) -> shapes.FairShown:
    """Return a fair whose tally is known."""
    return shapes.FairShown(
        id=str(fair.id),
        title=fair.title,
        station=fair.station,
        venue=fair.venue,
        starts_at=format_time(fair.starts_at),
        ends_at=format_time(fair.ends_at),
        expected_people=fair.expected_people,
        booth_count=fair.booth_count,
        campaign=_id(fair.campaign),
        about=fair.about,
        state=fair.state,
        tally=tally_shown(tally),
        announced_at=_time(fair.announced_at),
        opened_at=_time(fair.opened_at),
        closed_at=_time(fair.closed_at),
    )


def tally_shown(tally: Tally) -> shapes.TallyShown:
    """Return a tally."""
    return shapes.TallyShown(
        firms=tally.firms, asking=tally.asking, posts=tally.posts, people_wanted=tally.people_wanted
    )


async def papers_shown(fair: Fair) -> list[shapes.PaperShown]:
    """Return the checklist of a fair."""
    standing = await plans.standing_of(fair)
    kept = {row.paper: row for row in await plans.papers_of(fair)}
    found = []
    for paper in needed_papers(fair.expected_people, fair.starts_at):
        row = kept.get(paper.id)
        found.append(
            shapes.PaperShown(
                paper=paper.id, name=paper.name, law=paper.law, needed_for=sorted(paper.needed_for),
                there=is_there(paper, standing), reference=row.reference if row else "", by=row.by if row else "",
                at=format_time(row.at) if row else None,
            )
        )  # fmt: skip
    return found


def booth_shown(booth: Booth) -> shapes.BoothShown:
    """Return a booth with its posts."""
    row = booth.row
    return shapes.BoothShown(
        id=str(row.id), firm=str(row.firm), firm_name=row.firm_name, state=row.state, number=row.number, note=row.note,
        posts=[brief_shown(brief) for brief in booth.posts], arrived_at=_time(row.arrived_at), resumes=row.resumes,
        intentions=row.intentions, hires=row.hires,
    )  # fmt: skip


def brief_shown(brief: jobs.Brief) -> shapes.PostBrief:
    """Return a post in brief."""
    return shapes.PostBrief(
        id=str(brief.id), title=brief.title, firm_name=brief.firm_name, headcount=brief.headcount, pay=brief.pay
    )


def counters_shown(counters: Counters) -> shapes.CountersShown:
    """Return the counters of a fair."""
    return shapes.CountersShown(
        people=counters.people, named=counters.named, walk_in=counters.walk_in, firms_there=counters.firms_there,
        resumes=counters.resumes, intentions=counters.intentions, hires=counters.hires,
        tally=tally_shown(counters.tally),
        waves=[shapes.WaveShown(at=format_time(at), people=people) for at, people in counters.waves],
    )  # fmt: skip


def campaign_shown(row: Campaign) -> shapes.CampaignShown:
    """Return a campaign."""
    return shapes.CampaignShown(
        id=str(row.id), title=row.title, basis=row.basis, starts_on=str(row.starts_on), ends_on=str(row.ends_on),
        about=row.about,
    )  # fmt: skip


def publicity_shown(row: Publicity, pictures: list[UUID]) -> shapes.PublicityShown:
    """Return an item of publicity."""
    return shapes.PublicityShown(
        id=str(row.id), campaign=_id(row.campaign), title=row.title, medium=row.medium,
        published_on=str(row.published_on), link=row.link, reach=row.reach, reach_source=row.reach_source,
        about=row.about, pictures=[str(one) for one in pictures],
    )  # fmt: skip


async def show_document(show: LiveShow) -> shapes.ShowShown:
    """Return a show with its posts and what it gained."""
    posts = [
        shapes.ShowPostShown(minute=one.minute, post=brief_shown(one.post), applicants=one.applicants)
        for one in await shows.posts_of_show(show)
    ]
    return shapes.ShowShown(
        id=str(show.id), title=show.title, host=show.host, platform=show.platform, link=show.link, station=show.station,
        campaign=_id(show.campaign), starts_at=format_time(show.starts_at), ends_at=format_time(show.ends_at),
        state=show.state, source=shows.source_of(show), posts=posts, applicants=await shows.applicants_of(show),
        viewers=show.viewers, viewers_source=show.viewers_source, result=show.result, reason=show.reason,
    )  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None
