"""The regular look at tickets: pauses end, half time, due and overdue are told, answered ones are closed.

Each step of escalation is told once (`told`), however often the job runs; what is late tells the latest step only.
"""

from datetime import datetime, timedelta
from typing import Final

from cloud.identity import service as identity
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.service.access import LEADERS, PURCHASER
from cloud.service.clocks import due_at, hours_of
from cloud.service.history import Line, write_step
from cloud.service.models import Ticket, TicketPause
from cloud.service.states import PENDING, after
from cloud.service.telling import tell
from cloud.service.tickets import REOPEN_WITHIN, end_pause, locked
from protocols.rules.working_time import minutes_of_days

#: Tickets of each kind that one run looks at; the next one goes on.
MAX_LOOKED: Final = 500
SYSTEM: Final = "system"
#: Steps of escalation, in order. `half` goes to those who work on it, `due` to who leads as well, `overdue`, an open
#: day later, to who inspects.
STEPS: Final = ("half", "due", "overdue")


async def watch_tickets(core: Core) -> str:
    """Do everything that is due now and say how much that was."""
    ended = await _end_pauses(core)
    told = sum([await _escalate(core, ticket) for ticket in await _running(core.now())])
    closed = await _close_answered(core)
    return f"恢复计时 {ended}，提醒 {told}，归档 {closed}"


def step_of(ticket: Ticket, now: datetime) -> str:
    """Return the newest step of escalation that a ticket has reached, or nothing."""
    if ticket.due_at is None or ticket.half_at is None or ticket.state not in PENDING:
        return ""
    if now > _next_closing(ticket, ticket.due_at):
        return "overdue"
    if now >= ticket.due_at:
        return "due"
    return "half" if now >= ticket.half_at else ""


async def _running(now: datetime) -> list[Ticket]:
    return await Ticket.filter(state="open", half_at__lte=now).exclude(told="overdue").limit(MAX_LOOKED)


async def _escalate(core: Core, seen: Ticket) -> int:
    async with core.outbox.transaction():
        ticket = await locked(seen.id)
        reached = step_of(ticket, core.now())
        if not reached or (ticket.told and STEPS.index(ticket.told) >= STEPS.index(reached)):
            return 0
        ticket.told = reached
        await ticket.save(update_fields=["told"])
        await write_step(core, ticket.id, Line(reached, SYSTEM))
        values = {"number": ticket.number, "subject": ticket.subject}
        cause = f"{ticket.id}:{ticket.budget_minutes}"
        await tell(core, await _told(ticket, reached), f"ticket-{reached}", values, cause)
    return 1


async def _told(ticket: Ticket, reached: str) -> list[str]:
    """Return who is told, never whom the ticket is about."""
    roles = {"half": (), "due": LEADERS[:1], "overdue": (*LEADERS[:1], *PURCHASER)}[reached]
    staff = [one for one in await identity.colleagues() if one.active and one.role in roles]
    nobody = not ticket.owner and not staff
    last = [one for one in await identity.colleagues() if nobody and one.active and one.role in PURCHASER]
    labels = [ticket.owner, ticket.first_owner, *(one.label for one in (*staff, *last))]
    return [one for one in labels if one is not None and one != ticket.about_staff]


async def _end_pauses(core: Core) -> int:
    """Let clocks go on whose pause is over, from the moment when it was, however late this job comes."""
    rows = await TicketPause.filter(ended_at=None, until__lte=core.now()).limit(MAX_LOOKED)
    for row in rows:
        async with core.outbox.transaction():
            ticket = await locked(str(row.ticket_id))
            if ticket.state == "paused":
                await end_pause(core, ticket, row.until, SYSTEM)
                values = {"number": ticket.number, "subject": ticket.subject}
                await tell(core, [ticket.owner], "ticket-resumed", values, f"{ticket.id}:{row.id}")
    return len(rows)


async def _close_answered(core: Core) -> int:
    before = core.now() - REOPEN_WITHIN - timedelta(minutes=1)
    rows = await Ticket.filter(state="done", done_at__lt=before).limit(MAX_LOOKED)
    for row in rows:
        async with transaction():
            ticket = await locked(row.id)
            if ticket.state == "done":
                ticket.state, ticket.closed_at = after("done", "close"), core.now()
                await ticket.save(update_fields=["state", "closed_at"])
                await write_step(core, ticket.id, Line("close", SYSTEM))
    return len(rows)


def _next_closing(ticket: Ticket, moment: datetime) -> datetime:
    hours = hours_of(ticket.station)
    return due_at(moment, minutes_of_days(moment, 1, hours), hours)
