"""What the law no longer asks for goes: tickets, conversations and surveys, some of them each night."""

from datetime import UTC, datetime
from typing import Final

from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.service.chatmodels import Thread, ThreadMessage
from cloud.service.models import NoticeGiven, Ticket, TicketPause, TicketStep
from cloud.service.surveymodels import SurveyAnswer, SurveyCampaign, SurveyCorrection, SurveySample

#: Rows of one kind that one night deletes; the next one goes on.
MAX_FORGOTTEN: Final = 2_000


async def forget_tickets(core: Core, before: datetime) -> int:
    """Delete tickets that were closed before a moment, with their history, and notices given before it."""
    del core
    before = before.astimezone(UTC)
    found = [row.id for row in await Ticket.filter(closed_at__lt=before).only("id").limit(MAX_FORGOTTEN)]
    async with transaction():
        await TicketStep.filter(ticket_id__in=found).delete()
        await TicketPause.filter(ticket_id__in=found).delete()
        notices = [row.id for row in await NoticeGiven.filter(at__lt=before).only("id").limit(MAX_FORGOTTEN)]
        await NoticeGiven.filter(id__in=notices).delete()
        return await Ticket.filter(id__in=found).delete()


async def forget_threads(core: Core, before: datetime) -> int:
    """Delete conversations that ended before a moment, with everything said."""
    del core
    before = before.astimezone(UTC)
    found = [row.id for row in await Thread.filter(closed_at__lt=before).only("id").limit(MAX_FORGOTTEN)]
    async with transaction():
        await ThreadMessage.filter(thread_id__in=found).delete()
        return await Thread.filter(id__in=found).delete()


async def forget_surveys(core: Core, before: datetime) -> int:
    """Delete surveys that ended before a moment, with samples, answers and corrections."""
    del core
    before = before.astimezone(UTC)
    found = [row.id for row in await SurveyCampaign.filter(closed_at__lt=before).only("id").limit(MAX_FORGOTTEN)]
    async with transaction():
        await SurveyCorrection.filter(answer__campaign_id__in=found).delete()
        await SurveyAnswer.filter(campaign_id__in=found).delete()
        await SurveySample.filter(campaign_id__in=found).delete()
        return await SurveyCampaign.filter(id__in=found).delete()
