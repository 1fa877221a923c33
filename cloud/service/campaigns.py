"""Survey campaigns: the frame that the sample is drawn from, the seed that draws it again, the end.

A campaign is never deleted and its seed is not chosen: who draws again until he likes the sample leaves both.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import uuid_utils
from tortoise.functions import Count

from cloud.jobs import service as jobs
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.times import day_start, market_day
from cloud.service.chatmodels import Thread
from cloud.service.drafts import CampaignDraft
from cloud.service.models import Ticket
from cloud.service.sampling import Respondent, RespondentKind, draw, frame_digest
from cloud.service.surveymodels import SurveyCampaign, SurveySample
from cloud.service.surveys import AFTER, get_campaign

#: A frame of more is drawn from its first so many, in the order of their ids: a province has fewer served in a year.
MAX_FRAME: Final = 200_000
_SEED_BYTES: Final = 16
_FIRM_PAGE: Final = 200

Gather = Callable[[datetime, datetime], Awaitable[list[Respondent]]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Whom a survey may ask."""

    kind: RespondentKind
    gather: Gather


async def _persons(start: datetime, end: datetime) -> list[Respondent]:
    del start
    return [Respondent("person", one) for one in await people.person_ids(end, MAX_FRAME)]


async def _served(start: datetime, end: datetime) -> list[Respondent]:
    """Return who had a ticket or a conversation in the period."""
    found: set[UUID] = set()
    for table in (Ticket, Thread):
        rows = table.filter(opened_at__gte=start, opened_at__lt=end).exclude(person=None).limit(MAX_FRAME)
        found |= {UUID(str(one)) for one in await rows.values_list("person", flat=True)}
    return [Respondent("person", one) for one in found]


async def _firms(start: datetime, end: datetime) -> list[Respondent]:
    """Return the verified firms."""
    del start, end
    found: list[Respondent] = []
    cursor: str | None = None
    while len(found) < MAX_FRAME:
        rows, cursor = await jobs.list_firms(cursor=cursor, limit=_FIRM_PAGE)
        found += [Respondent("firm", UUID(row["id"])) for row in rows if row["verified"]]
        if cursor is None:
            break
    return found


#: Frame -> whom it holds; its word is `service.frame.{name}` of the catalogue.
FRAMES: Final[Mapping[str, Frame]] = {
    "persons": Frame("person", _persons),
    "served": Frame("person", _served),
    "firms": Frame("firm", _firms),
}


async def open_campaign(core: Core, draft: CampaignDraft, by: str) -> SurveyCampaign:
    """Open a survey; one by telephone draws its sample at once and keeps frame and seed."""
    if draft.way == "phone" and draft.frame not in FRAMES:
        raise InvalidInputError("请选择调查对象", {"frame": "请选择调查对象"})
    frame = await _frame(draft) if draft.way == "phone" else []
    if draft.way == "phone" and not frame:
        raise ConflictError("这段时间没有可以调查的对象", "empty-frame")
    seed = secrets.token_hex(_SEED_BYTES) if frame else ""
    async with core.outbox.transaction():
        campaign = await SurveyCampaign.create(
            id=_new_id(),
            title=draft.title,
            way=draft.way,
            frame=draft.frame if frame else "",
            period_from=draft.period_from,
            period_to=draft.period_to,
            wanted=draft.wanted,
            seed=seed,
            frame_size=len(frame),
            frame_sha256=frame_digest(frame) if frame else "",
            state="open",
            made_by=by,
            made_at=core.now(),
        )
        drawn = draw(frame, seed, draft.wanted)
        await SurveySample.bulk_create(
            [
                SurveySample(id=_new_id(), campaign_id=campaign.id, kind=one.kind, respondent=one.id, rank=rank,
                             state="waiting")
                for rank, one in enumerate(drawn, start=1)
            ]
        )  # fmt: skip
    return campaign


async def close_campaign(core: Core, campaign_id: str) -> SurveyCampaign:
    """End a survey: nobody answers any more."""
    async with core.outbox.transaction():
        campaign = await get_campaign(campaign_id)
        if campaign.state != "open":
            raise ConflictError("调查已结束", "survey-closed")
        campaign.state, campaign.closed_at = "closed", core.now()
        await campaign.save(update_fields=["state", "closed_at"])
    return campaign


async def list_campaigns(cursor: str | None, limit: int) -> tuple[list[SurveyCampaign], str | None]:
    """Return surveys, the newest first, and the cursor of what follows."""
    found = SurveyCampaign.all().order_by("-id")
    if cursor:
        found = found.filter(id__lt=(await get_campaign(cursor)).id)
    rows = await found.limit(limit + 1)
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


async def close_past(core: Core) -> int:
    """End the standing surveys of months that are over."""
    today = market_day(core.now())
    rows = SurveyCampaign.filter(way=AFTER, state="open", period_to__lt=today)
    return int(await rows.update(state="closed", closed_at=core.now()))


async def states_of(campaign: UUID) -> dict[str, int]:
    """Return how many of a sample are in each state."""
    found = SurveySample.filter(campaign_id=campaign).annotate(count=Count("id")).group_by("state")
    rows: list[dict[str, Any]] = await found.values("state", "count")
    return {row["state"]: row["count"] for row in rows}


async def _frame(draft: CampaignDraft) -> list[Respondent]:
    start, end = day_start(draft.period_from), day_start(draft.period_to + timedelta(days=1))
    return (await FRAMES[draft.frame].gather(start, end))[:MAX_FRAME]


def _new_id() -> UUID:
    return UUID(str(uuid_utils.uuid7()))
