"""Rows of the ledgers of the desk (cloud/ledgers/registry.py names their columns).

A complaint about somebody of the staff stands there without subject and owner: everybody at the counter reads ledgers.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.service.chatmodels import Thread
from cloud.service.matters import kind_names, matter_names
from cloud.service.models import Ticket
from cloud.service.subjects import opened
from cloud.service.surveymodels import SurveyAnswer
from cloud.service.surveys import ratings_now

HIDDEN: Final = "（涉及工作人员，由负责人办理）"


async def ticket_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the tickets that were filed in a time, with name and phone in the open."""
    async for row in each(Ticket.filter(opened_at__gte=start, opened_at__lt=end)):
        shown = not row.restricted
        yield {
            "opened_at": row.opened_at,
            "number": row.number,
            "kind": kind_names().get(row.kind, row.kind),
            "subject": row.subject if shown else HIDDEN,
            "matter": matter_names().get(row.matter, ""),
            "channel": row.channel,
            "name": opened(core, row, "name") if shown else "",
            "phone": opened(core, row, "phone") if shown else "",
            "first_owner": _name(row.first_owner) if shown else "",
            "owner": _name(row.owner) if shown else "",
            "due_at": row.due_at,
            "state": row.state,
            "done_at": row.done_at,
            "late": "" if row.late is None else "逾期" if row.late else "按时",
            "rating": row.rating,
            "validity": row.validity,
        }


async def thread_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the conversations and calls that began in a time; nothing that was said."""
    async for row in each(Thread.filter(opened_at__gte=start, opened_at__lt=end)):
        answered = row.first_answered_at
        yield {
            "opened_at": row.opened_at,
            "channel": row.channel,
            "kind": kind_names().get(row.kind, row.kind),
            "phone": opened(core, row, "phone"),
            "first_owner": _name(row.first_owner),
            "first_due_at": row.first_due_at,
            "first_answered_at": answered,
            "in_time": "" if answered is None else "按时" if answered <= row.first_due_at else "逾期",
            "outcome": "转工单" if row.ticket else "答复" if row.state == "closed" else "进行中",
            "closed_at": row.closed_at,
            "rating": row.rating,
        }


async def answer_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the raw answers to surveys of a time, each with the rating that counts; nobody is named."""
    del core
    found = SurveyAnswer.filter(at__gte=start, at__lt=end).prefetch_related("campaign", "sample")
    async for row in each(found):
        now, corrected = (await ratings_now([row]))[row.id]
        yield {
            "at": row.at,
            "survey": row.campaign.title,
            "way": row.campaign.way,
            "kind": row.sample.kind,
            "rating": row.rating,
            "now": now,
            "corrected": "更正" if corrected else "",
            "channel": row.channel,
            "by": _name(row.by) if row.by.startswith("staff:") else "本人",
        }


def _name(label: str | None) -> str:
    return (label or "").removeprefix("staff:")
