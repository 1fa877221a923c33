"""What of guidance and services goes when no law asks for it any longer (cloud/tables/retention.csv)."""

from datetime import datetime
from typing import Final

from cloud.people.guidance.models import GuidanceNote, ServiceCase, ServiceCaseStep, ServiceEnquiry
from cloud.people.guidance.steps import FLOWS
from cloud.platform.core import Core
from cloud.platform.database import transaction

#: Rows of each table that one night deletes; the next one goes on.
MAX_FORGOTTEN: Final = 2_000


async def forget_services(core: Core, before: datetime) -> int:
    """Delete notes, ended cases and questions of before a moment; returns how many rows that were."""
    del core
    ended = sorted({state for flow in FLOWS.values() for state, following in flow.steps.items() if not following})
    notes = await GuidanceNote.filter(at__lt=before).limit(MAX_FORGOTTEN).values_list("id", flat=True)
    cases = (
        await ServiceCase.filter(changed_at__lt=before, state__in=ended)
        .limit(MAX_FORGOTTEN)
        .values_list("id", flat=True)
    )
    asked = await ServiceEnquiry.filter(at__lt=before).limit(MAX_FORGOTTEN).values_list("id", flat=True)
    async with transaction():
        await ServiceCaseStep.filter(case_id__in=list(cases)).delete()
        return (
            await GuidanceNote.filter(id__in=list(notes)).delete()
            + await ServiceCase.filter(id__in=list(cases)).delete()
            + await ServiceEnquiry.filter(id__in=list(asked)).delete()
        )
