"""Fairs, shows, campaigns and publicity go when no law asks for them any longer."""

from datetime import datetime
from typing import Final

from cloud.fairs.models import Fair
from cloud.fairs.show_models import Campaign, LiveShow, Publicity
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.times import market_day

#: Of each kind, in one night; the next one goes on.
MAX_FORGOTTEN: Final = 500


async def forget_ended(core: Core, before: datetime) -> int:
    """Delete what was over before a moment, with all that hangs on it; return how many, of each kind MAX_FORGOTTEN."""
    del core
    day = market_day(before)
    over = (
        Fair.filter(ends_at__lt=before),
        LiveShow.filter(ends_at__lt=before),
        Publicity.filter(published_on__lt=day),
        Campaign.filter(ends_on__lt=day),
    )
    gone = 0
    async with transaction():
        for found in over:
            ids = await found.limit(MAX_FORGOTTEN).values_list("id", flat=True)
            gone += await found.model.filter(id__in=ids).delete()
    return gone
