"""What the desk keeps of a person: his copy, what goes when he goes, and one person made of two.

The ledger of services must be kept for two years (Interim Regulations on Human Resources Markets, art. 33): who is
erased leaves kinds, times and results of his tickets, and neither name, number nor a word of his.
"""

from typing import Any
from uuid import UUID

from cloud.platform.core import Core
from cloud.platform.keyring import place
from cloud.service.chatmodels import Thread, ThreadMessage
from cloud.service.models import Ticket, TicketStep
from cloud.service.surveymodels import SurveyAnswer, SurveySample
from protocols.venue.timestamps import format_time


async def export_person(core: Core, person: UUID) -> dict[str, Any]:
    """Return every ticket, conversation and survey of a person, in the open."""
    return {
        "tickets": [_ticket(core, row) for row in await Ticket.filter(person=person).order_by("id")],
        "threads": [await _thread(core, row) for row in await Thread.filter(person=person).order_by("id")],
        "surveys": [
            _answer(core, row)
            for row in await SurveyAnswer.filter(sample__kind="person", sample__respondent=person).order_by("id")
        ],
    }


async def erase_person(core: Core, person: UUID) -> dict[str, int]:
    """Take everything of a person out of the ledger; returns rows by table."""
    del core
    tickets = [row.id for row in await Ticket.filter(person=person).only("id")]
    threads = [row.id for row in await Thread.filter(person=person).only("id")]
    samples = [row.id for row in await SurveySample.filter(kind="person", respondent=person).only("id")]
    nobody = {"person": None, "name": None, "phone": None, "phone_blind": None, "text": None, "about_words": None}
    return {
        "thread_message": await ThreadMessage.filter(thread_id__in=threads).delete(),
        "ticket_step": await TicketStep.filter(ticket_id__in=tickets).exclude(note=None).update(note=None),
        "survey_answer": await SurveyAnswer.filter(sample_id__in=samples).update(comment=None),
        "survey_sample": await SurveySample.filter(id__in=samples).update(respondent=None),
        "thread": await Thread.filter(id__in=threads).update(person=None, phone=None, phone_blind=None),
        "ticket": await Ticket.filter(id__in=tickets).update(**nobody, result=None),
    }


async def move_person(source: UUID, target: UUID) -> None:
    """Let what belonged to one person belong to another, who is the same; a survey asks both of them once."""
    await Ticket.filter(person=source).update(person=target)
    await Thread.filter(person=source).update(person=target)
    asked = [row.campaign_id for row in await SurveySample.filter(kind="person", respondent=target)]
    await SurveySample.filter(kind="person", respondent=source, campaign_id__in=asked).update(respondent=None)
    await SurveySample.filter(kind="person", respondent=source).update(respondent=target)


def opened(core: Core, row: Ticket | Thread | TicketStep | ThreadMessage | SurveyAnswer, column: str) -> str:
    """Return a sealed column in the open, empty when there is nothing."""
    sealed = getattr(row, column)
    table = row._meta.db_table  # noqa: SLF001 - the ORM's own way to a model's description
    return core.keyring.open(sealed, place(f"{table}.{column}", row.id)) if sealed else ""


def _ticket(core: Core, row: Ticket) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "subject": row.subject,
        "text": opened(core, row, "text"),
        "state": row.state,
        "result": opened(core, row, "result"),
        "rating": row.rating,
        "at": format_time(row.opened_at),
    }


async def _thread(core: Core, row: Thread) -> dict[str, Any]:
    said = await ThreadMessage.filter(thread_id=row.id, act="said").order_by("id")
    return {
        "channel": row.channel,
        "at": format_time(row.opened_at),
        "messages": [{"side": one.side, "text": opened(core, one, "text"), "at": format_time(one.at)} for one in said],
    }


def _answer(core: Core, row: SurveyAnswer) -> dict[str, Any]:
    return {"rating": row.rating, "comment": opened(core, row, "comment"), "at": format_time(row.at)}
