"""Policy advice at the counter: a short record of what was asked and answered, without names."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.paging import newest_first
from cloud.platform.times import day_start
from cloud.policies.drafts import EnquiryDraft
from cloud.policies.models import Policy, PolicyEnquiry


async def record_enquiry(core: Core, draft: EnquiryDraft, *, by: str) -> PolicyEnquiry:
    """Keep what somebody asked and was told."""
    async with core.outbox.transaction():
        if draft.policy is not None and not await Policy.exists(id=draft.policy):
            raise InvalidInputError("没有这条政策", {"policy": "没有这条政策"})
        return await PolicyEnquiry.create(by=by, at=core.now(), **draft.model_dump())


async def list_enquiries(cursor: str | None, limit: int) -> tuple[Sequence[PolicyEnquiry], str | None]:
    """Return (enquiries newest first, cursor of what follows)."""
    return await newest_first(PolicyEnquiry.all(), "at", cursor, limit)


async def count_enquiries(first: date, last: date) -> int:
    """Return how many were recorded on days of the market."""
    start, end = day_start(first), day_start(last + timedelta(days=1))
    return await PolicyEnquiry.filter(at__gte=start, at__lt=end).count()


async def enquiries_about(policies: Sequence[UUID]) -> dict[UUID, int]:
    """Return how often each policy was asked about."""
    asked = Counter(row["policy"] for row in await PolicyEnquiry.filter(policy__in=policies).values("policy"))
    return {policy: asked[policy] for policy in policies}
