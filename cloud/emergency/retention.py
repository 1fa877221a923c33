"""Emergency notices and drills go when no law asks for them any longer."""

from datetime import datetime
from typing import Final

from cloud.emergency.models import EmergencyNotice, EmergencyPlace, EmergencyScreen
from cloud.platform.core import Core
from cloud.platform.database import transaction

#: Notices that one night deletes; the next one goes on.
MAX_FORGOTTEN: Final = 500


async def forget_ended(core: Core, before: datetime) -> int:
    """Delete notices that ended before a moment, with what their screens said; return how many."""
    del core
    old = await EmergencyNotice.filter(ended_at__lt=before).limit(MAX_FORGOTTEN).values_list("id", flat=True)
    async with transaction():
        await EmergencyScreen.filter(place__notice_id__in=old).delete()
        await EmergencyPlace.filter(notice_id__in=old).delete()
        return await EmergencyNotice.filter(id__in=old).delete()
