"""Policies as notices of the walls."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.times import day_start, market_day
from cloud.policies.displays import item_id, note_placed
from cloud.policies.drafts import PolicyDraft
from cloud.policies.register import Live, live_on
from protocols.venue.content import Item

#: Policies on a wall at once; with more of them the posts come round too seldom.
MAX_ON_WALL: Final = 12
#: What stands over the title; the wall's own words are in firmware_profiles/ui/wall.zh-CN.json.
TAGS: Final = {"policy": "就业政策", "announcement": "公告", "public_item": "公示"}


def wall_source(core: Core) -> jobs.Source:
    """Return the policies in force as a source of the walls' notices."""
    return jobs.Source(partial(_items, core), partial(note_placed, core))


async def _items(core: Core, now: datetime) -> Sequence[Item]:
    found = await live_on("wall", market_day(now), MAX_ON_WALL)
    return [_item(core, live) for live in found]


def _item(core: Core, live: Live) -> Item:
    text = live.text
    return jobs.notice_item(
        item_id(live.id, live.version),
        tag=TAGS[text.kind],
        title=text.title,
        text=text.summary,
        facts=[
            ("适用人群", text.audience),
            ("发文机关", text.issuer),
            ("文号", text.document),
            ("有效期", validity(text)),
        ],
        link=core.settings.public_link(f"/news/{live.id}") if "phone" in text.channels else "",
        valid_to=end_of(text.valid_to),
    )


def validity(text: PolicyDraft) -> str:
    """Return a text's validity as people write it."""
    return f"{text.valid_from} 至 {text.valid_to}" if text.valid_to else f"{text.valid_from} 起长期有效"


def end_of(last: date | None) -> datetime | None:
    """Return the midnight after the last day."""
    return None if last is None else day_start(last + timedelta(days=1))
