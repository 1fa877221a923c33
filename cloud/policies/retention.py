"""Policies and enquiries go when no law asks for them any longer."""

from datetime import datetime
from typing import Final

from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.policies.models import Policy, PolicyDisplay, PolicyEnquiry

#: Of each kind, in one night; the next one goes on.
MAX_FORGOTTEN: Final = 2_000


async def forget_ended(core: Core, before: datetime) -> int:
    """Delete policies that ended before a moment with their displays, and enquiries; return how many rows of both."""
    del core
    ended = await Policy.filter(state="ended", ended_at__lt=before).limit(MAX_FORGOTTEN).values_list("id", flat=True)
    asked = await PolicyEnquiry.filter(at__lt=before).limit(MAX_FORGOTTEN).values_list("id", flat=True)
    async with transaction():
        await PolicyDisplay.filter(policy__in=ended).delete()
        gone = await Policy.filter(id__in=ended).delete()
        return gone + await PolicyEnquiry.filter(id__in=asked).delete()
