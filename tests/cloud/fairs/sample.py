"""A verified firm with posts, a fair with a booth for it: what the tests of fairs begin with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cloud.fairs import booths, plans
from cloud.fairs.drafts import BoothAsked, FairDraft
from cloud.fairs.models import Fair
from cloud.jobs import service as jobs
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.jobs.models import Firm
from cloud.platform.core import Core
from tests.cloud.jobs.drafts import FIRM, post

BY = "staff:li"
PAPERS = ("organisation", "emergency", "security")
#: A Saturday morning of the market, twelve days after the tests' clock.
STARTS = datetime(2026, 3, 14, 1, 0, tzinfo=UTC)


def draft(**members: Any) -> FairDraft:
    """Return the plan of a small fair."""
    values: dict[str, Any] = {
        "title": "春季招聘会", "venue": "镇江市零工市场一楼", "starts_at": STARTS,
        "ends_at": STARTS + timedelta(hours=3),        "expected_people": 300, "booth_count": 20,
    }  # fmt: skip
    return FairDraft.model_validate(values | members)


async def firm_with_posts(core: Core, count: int, number: int = 0, *, verified: bool = True) -> tuple[UUID, list[UUID]]:
    """Register a firm with published posts; `number` tells firms apart."""
    codes = ("91321100MA0000001P", "91321100MA0000002T", "91321100MA0000003X")
    body = FIRM | {"uscc": codes[number], "name": f"示范物流{number}号有限公司"}
    firm = await jobs.create_firm(core, FirmDraft.model_validate(body), verified=True)
    ids = []
    for n in range(count):
        made = await jobs.create_post(core, PostDraft.model_validate(post(firm["id"], title=f"分拣员{n}")), by=BY)
        ids.append(UUID((await jobs.publish_post(core, made["id"], by=BY))["id"]))
    if not verified:
        await Firm.filter(id=firm["id"]).update(verified=False)
    return UUID(firm["id"]), ids


async def announced_fair(core: Core, count: int, **members: Any) -> tuple[Fair, UUID, list[UUID]]:
    """Return an announced fair with all papers and one booth that brings `count` posts."""
    firm, posts = await firm_with_posts(core, count)
    fair = await plans.create_fair(core, draft(**members), by=BY)
    for paper in PAPERS:
        await plans.file_paper(core, str(fair.id), paper, f"镇零工〔2026〕{paper}", by=BY)
    await booths.give_booth(core, str(fair.id), BoothAsked(firm=firm, posts=posts), by=BY)
    return await plans.move_fair(core, str(fair.id), "announced", by=BY), firm, posts
