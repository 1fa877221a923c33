"""Is a complaint valid? Decided by the purchaser alone, counted for the assessment (pool A3.2–4).

The operator is paid by its score, so it does not judge complaints against itself (architecture, rule 11).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cloud.identity.principals import Principal
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError
from cloud.platform.times import day_start
from cloud.service.drafts import COUNTED, JudgeAsked
from cloud.service.history import Line, write_step
from cloud.service.models import Ticket
from cloud.service.states import after
from cloud.service.tickets import locked

COMPLAINT: Final = "complaint"
#: Whoever else has the permission (an administrator has them all) belongs to the operator.
JUDGE: Final = "purchaser"


@dataclass(frozen=True, slots=True)
class Findings:
    """Complaints of a period: the numbers of the valid ones that count, and of those nobody has judged yet."""

    valid: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def count(self) -> int | None:
        """Return the valid complaints that count; None, unknown, while one of them is not judged."""
        return None if self.undecided else len(self.valid)


async def judge(core: Core, ticket_id: str, asked: JudgeAsked, by: Principal) -> Ticket:
    """Decide whether a complaint is valid; a later decision replaces an earlier one, and both stay in the history."""
    if by.role != JUDGE:
        raise ProblemError(403, "forbidden", "投诉是否成立由采购人认定，运营方不能认定")
    if asked.valid != (asked.finding is not None):
        raise InvalidInputError("成立的投诉须选择涉及的事项", {"finding": "成立时必选，不成立时不选"})
    async with core.outbox.transaction():
        ticket = await locked(ticket_id)
        if ticket.kind != COMPLAINT:
            raise ConflictError("只有投诉需要认定", "not-a-complaint")
        ticket.state = after(ticket.state, "judge")
        ticket.validity = "valid" if asked.valid else "invalid"
        ticket.finding = asked.finding or ""
        ticket.judged_by, ticket.judged_at = by.label, core.now()
        await ticket.save(update_fields=["state", "validity", "finding", "judged_by", "judged_at"])
        await write_step(core, ticket.id, Line("judge", by.label, asked.note))
    return ticket


async def conduct_findings(start: date, end: date) -> Findings:
    """Return the complaints filed from one day of the market to another, both included.

    Withdrawn ones are not judged: only who complained can withdraw.
    """
    judged_or_open = ~Q(validity="") | ~Q(state="withdrawn")
    rows = await _complaints(start, end).filter(judged_or_open).order_by("opened_at")
    valid = tuple(row.number for row in rows if row.validity == "valid" and row.finding in COUNTED)
    return Findings(valid, tuple(row.number for row in rows if not row.validity))


def undecided() -> Q:
    """Return the condition of complaints that have their result and wait for the purchaser."""
    return Q(kind=COMPLAINT, validity="", state__in=["done", "closed"])


def _complaints(start: date, end: date) -> QuerySet[Ticket]:
    after = day_start(end + timedelta(days=1))
    return Ticket.filter(kind=COMPLAINT, opened_at__gte=day_start(start), opened_at__lt=after)
