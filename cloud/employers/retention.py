"""Papers are kept as long as the law asks, then their pictures and their operator go."""

from datetime import datetime

from cloud.employers.models import FirmCase, FirmPaper
from cloud.platform.core import Core
from cloud.platform.database import transaction

#: Rounds of one night; the next one goes on.
MAX_FORGOTTEN = 500


async def forget_papers(core: Core, before: datetime) -> int:
    """Delete the papers and the operator of rounds that ended before a moment; returns how many papers."""
    del core
    rounds = await FirmCase.filter(ended_at__lt=before, operator_id__isnull=False).limit(MAX_FORGOTTEN)
    found = [row.id for row in rounds]
    async with transaction():
        gone = await FirmPaper.filter(case_id__in=found).delete()
        await FirmCase.filter(id__in=found).update(operator_name=None, operator_id=None)
    return gone
