"""What fairs and shows keep of one person: his copy of it, its end, and its move when two rows were one person."""

from typing import Any
from uuid import UUID

from cloud.fairs.models import FairArrival
from cloud.fairs.show_models import ShowApplicant
from cloud.jobs import service as jobs
from protocols.venue.timestamps import format_time


async def export_person(person: UUID) -> dict[str, Any]:
    """Return at which fairs somebody was, and which posts of live shows he wanted."""
    arrivals = await FairArrival.filter(person=person).order_by("id").prefetch_related("fair")
    wanted = await ShowApplicant.filter(person=person).order_by("id").prefetch_related("show")
    posts = await jobs.briefs_of(row.post for row in wanted)
    titles = {key: brief.title for key, brief in posts.items()}
    return {
        "fairs": [{"fair": row.fair.title, "way": row.way, "at": format_time(row.at)} for row in arrivals],
        "shows": [
            {"show": row.show.title, "post": titles.get(row.post, ""), "at": format_time(row.at)} for row in wanted
        ],
    }


async def forget_person(person: UUID) -> dict[str, int]:
    """Take somebody's name off his rows: that a person came is still counted, who it was is gone."""
    return {
        "fair_arrival": await FairArrival.filter(person=person).update(person=None),
        "live_show_applicant": await ShowApplicant.filter(person=person).update(person=None),
    }


async def move_person(source: UUID, target: UUID) -> None:
    """Give one person's rows to the other, who is the same; where both have one, he came once."""
    known = {row.fair_id for row in await FairArrival.filter(person=target)}
    await FairArrival.filter(person=source, fair_id__in=known).delete()
    await FairArrival.filter(person=source).update(person=target)
    wanted = {(row.show_id, row.post) for row in await ShowApplicant.filter(person=target)}
    for row in await ShowApplicant.filter(person=source):
        if (row.show_id, row.post) in wanted:
            await row.delete()
        else:
            await ShowApplicant.filter(id=row.id).update(person=target)
