"""Campaigns and publicity: a register with the order they rest on, what was done for them, whom it reached."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.fairs.arrivals import counters_of
from cloud.fairs.drafts import CampaignDraft, PublicityDraft
from cloud.fairs.models import Fair
from cloud.fairs.show_models import Campaign, LiveShow, Publicity, PublicityPicture
from cloud.fairs.shows import applicants_of
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.uploads import safe_picture

MAX_LISTED: Final = 200
MAX_PICTURES: Final = 12
#: Pictures are shown beside a line of text, not on a wall.
PICTURE_SIDE: Final = 1_600


@dataclass(frozen=True, slots=True)
class Activities:
    """What was done for a campaign, and what that came to; `reach` adds up what is known."""

    fairs: Sequence[Fair]
    shows: Sequence[LiveShow]
    publicity: Sequence[Publicity]
    people: int
    posts: int
    hires: int
    applicants: int
    reach: int


async def save_campaign(core: Core, draft: CampaignDraft, *, by: str, campaign_id: str = "") -> Campaign:
    """Store a campaign, or change one."""
    async with core.outbox.transaction():
        if campaign_id:
            row = await get_campaign(campaign_id)
            await row.update_from_dict(draft.model_dump()).save()
            return row
        return await Campaign.create(
            id=UUID(str(uuid_utils.uuid7())), created_by=by, created_at=core.now(), **draft.model_dump()
        )


async def get_campaign(campaign_id: str) -> Campaign:
    """Return one campaign; NotFoundError when there is none."""
    row = await Campaign.get_or_none(id=id_of(campaign_id, "没有这条记录"))
    if row is None:
        raise NotFoundError("没有这个专项行动")
    return row


async def check_campaign(campaign: UUID | None) -> None:
    """Return if there is such a campaign, or none is named."""
    if campaign is not None and not await Campaign.exists(id=campaign):
        raise InvalidInputError("没有这个专项行动", {"campaign": "没有这个专项行动"})


async def list_campaigns() -> Sequence[Campaign]:
    """Return the newest campaigns."""
    return await Campaign.all().order_by("-starts_on", "-id").limit(MAX_LISTED)


async def activities_of(campaign: Campaign) -> Activities:
    """Return what was done for a campaign."""
    fairs = await Fair.filter(campaign=campaign.id).order_by("starts_at").limit(MAX_LISTED)
    shows = await LiveShow.filter(campaign=campaign.id).order_by("starts_at").limit(MAX_LISTED)
    items = await Publicity.filter(campaign=campaign.id).order_by("published_on").limit(MAX_LISTED)
    counters = [await counters_of(fair) for fair in fairs]
    return Activities(
        fairs=fairs,
        shows=shows,
        publicity=items,
        people=sum(one.people for one in counters),
        posts=sum(one.tally.posts for one in counters),
        hires=sum(one.hires for one in counters),
        applicants=sum([await applicants_of(show) for show in shows]),
        reach=sum(item.reach or 0 for item in items) + sum(show.viewers or 0 for show in shows),
    )


async def add_publicity(core: Core, draft: PublicityDraft, *, by: str) -> Publicity:
    """Store an item of publicity."""
    async with core.outbox.transaction():
        await check_campaign(draft.campaign)
        return await Publicity.create(
            id=UUID(str(uuid_utils.uuid7())), created_by=by, created_at=core.now(), **draft.model_dump()
        )


async def get_publicity(item_id: str) -> Publicity:
    """Return one item; NotFoundError when there is none."""
    row = await Publicity.get_or_none(id=id_of(item_id, "没有这条记录"))
    if row is None:
        raise NotFoundError("没有这条宣传记录")
    return row


async def list_publicity() -> Sequence[Publicity]:
    """Return the newest items."""
    return await Publicity.all().order_by("-published_on", "-id").limit(MAX_LISTED)


async def add_picture(core: Core, item_id: str, data: bytes, caption: str) -> PublicityPicture:
    """Keep a picture of publicity, drawn anew; at most MAX_PICTURES of an item."""
    jpeg = await safe_picture(data, max_side=PICTURE_SIDE)
    async with core.outbox.transaction():
        item = await get_publicity(item_id)
        if await PublicityPicture.filter(item_id=item.id).count() >= MAX_PICTURES:
            raise ConflictError(f"一条宣传记录最多 {MAX_PICTURES} 张图片", "too-many-pictures")
        return await PublicityPicture.create(
            id=UUID(str(uuid_utils.uuid7())), item_id=item.id, caption=caption.strip()[:120], jpeg=jpeg,
            sha256=hashlib.sha256(jpeg).hexdigest(), at=core.now(),
        )  # fmt: skip


async def pictures_of(items: Sequence[Publicity]) -> dict[object, list[UUID]]:
    """Return the ids of each item's pictures."""
    found: dict[object, list[UUID]] = {item.id: [] for item in items}
    rows = await PublicityPicture.filter(item_id__in=list(found)).order_by("id").values("id", "item_id")
    for row in rows:
        found[row["item_id"]].append(row["id"])
    return found


async def picture(picture_id: str) -> bytes:
    """Return one picture as JPEG."""
    row = await PublicityPicture.get_or_none(id=id_of(picture_id, "没有这条记录"))
    if row is None:
        raise NotFoundError("没有这张图片")
    return bytes(row.jpeg)
