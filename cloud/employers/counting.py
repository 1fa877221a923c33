"""How many firms a market has, for the assessment of its year (企业注册用户 ≥ 300)."""

from datetime import datetime

from tortoise.expressions import Q

from cloud.employers.models import FirmCase
from cloud.employers.states import OPEN


async def count_registered(start: datetime, end: datetime) -> int:
    """Return how many firms were verified at some moment of [start, end): each once, however many rounds it had."""
    decided = FirmCase.filter(decided_at__lt=end, check_due__isnull=False).exclude(state__in=list(OPEN))
    alive = decided.filter(Q(ended_at=None) | Q(ended_at__gte=start))
    return len(set(await alive.values_list("firm", flat=True)))


async def count_waiting() -> int:
    """Return how many rounds wait for the staff's decision."""
    return await FirmCase.filter(state="submitted").count()
