"""Posts that are live at a moment, as everybody may look for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cloud.jobs.documents import documents_of
from cloud.jobs.models import Post
from cloud.platform.times import market_day


async def list_live(  # noqa: PLR0913 - what one may look for
    now: datetime,
    *,
    q: str = "",
    district: str = "",
    form: str = "",
    unit: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (live posts, newest first, cursor of what follows); a cursor that is none is the beginning."""
    found = _live(now)
    if q:
        words = [Q(title__contains=q), Q(firm__name__contains=q), Q(address__contains=q), Q(requirements__contains=q)]
        found = found.filter(Q(*words, join_type="OR"))
    exact = {"district": district, "form": form, "pay_unit": unit}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    after = _uuid(cursor)
    if after is not None:
        found = found.filter(id__lt=after)
    rows = await documents_of(found.order_by("-id").limit(limit + 1))
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


async def live_districts(now: datetime, limit: int = 40) -> list[str]:
    """Return the districts that have live posts."""
    rows = await _live(now).distinct().order_by("district").limit(limit).values_list("district", flat=True)
    return [str(one) for one in rows]


async def is_live(post_id: str, now: datetime) -> bool:
    """Return whether a post is up and within its time."""
    return await _live(now).filter(id=UUID(post_id)).exists()


def _live(now: datetime) -> QuerySet[Post]:
    day = market_day(now)
    return Post.filter(state="published", valid_from__lte=day, valid_to__gte=day)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
