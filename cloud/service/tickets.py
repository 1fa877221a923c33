"""What is done with a ticket: each act moves it by the table of states.py, leaves a step and moves its clock."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cloud.identity.principals import Principal
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.times import market_day
from cloud.service.access import asked_first, may_see, owners_for, staff_named
from cloud.service.clocks import budget_of, deadline_of, hours_of, pause_until
from cloud.service.drafts import ActAsked
from cloud.service.history import Line, write_step
from cloud.service.matters import Kind, kind_on
from cloud.service.models import Ticket, TicketPause
from cloud.service.states import Act, after
from cloud.service.telling import tell
from protocols.rules.minutes import Span
from protocols.rules.working_time import working_minutes

#: Domain event: a ticket has its result; the key is its id.
DONE: Final = "ticket.done"
#: Why a clock stands; `answered` is the time between a result and its being asked again.
PAUSE_REASONS: Final = ("visitor", "papers", "other-body")
ANSWERED: Final = "answered"
#: A result may be asked again for this long, and so often.
REOPEN_WITHIN: Final = timedelta(days=15)
MAX_REOPENS: Final = 2


@dataclass(slots=True)
class _Doing:
    """One act on one ticket, inside its transaction; a hand-over goes from one owner to another."""

    core: Core
    ticket: Ticket
    kind: Kind
    asked: ActAsked
    by: str
    now: datetime
    from_owner: str | None = None
    to_owner: str | None = None

    @property
    def act(self) -> Act:
        return self.asked.act


async def act(core: Core, ticket_id: str, asked: ActAsked, by: Principal) -> Ticket:
    """Do one step of the staff; NotFoundError for who may not see the ticket, ConflictError when it cannot be done."""
    async with core.outbox.transaction():
        ticket = await locked(ticket_id)
        if not may_see(ticket, by):
            raise _unknown(ticket_id)
        if asked.act not in _STEPS:
            raise InvalidInputError("没有这个操作", {"act": "没有这个操作"})
        if asked.act == "withdraw" and ticket.kind == "complaint":
            raise ConflictError("投诉只能由投诉人撤回", "not-yours")
        await _do(core, ticket, asked, by.label)
    return ticket


async def act_by_visitor(core: Core, ticket: Ticket, asked: ActAsked, by: str) -> Ticket:
    """Do what who filed a ticket may do with it: withdraw it, ask again; inside a transaction, with its row locked."""
    if asked.act not in {"withdraw", "reopen"}:
        raise InvalidInputError("没有这个操作", {"act": "没有这个操作"})
    await _do(core, ticket, asked, by)
    return ticket


async def end_pause(core: Core, ticket: Ticket, now: datetime, by: str) -> None:
    """Let a clock go on whose pause is over; inside a transaction, with the ticket's row locked."""
    doing = _Doing(core, ticket, kind_of(ticket), ActAsked(act="resume"), by, now)
    ticket.state = after(ticket.state, "resume")
    await _resume(doing)
    await _keep(doing)


async def locked(ticket_id: str | UUID) -> Ticket:
    """Return a ticket that nobody else changes until the transaction in force ends."""
    try:
        found = await Ticket.select_for_update().get_or_none(id=UUID(str(ticket_id)))
    except ValueError as error:
        raise _unknown(ticket_id) from error
    if found is None:
        raise _unknown(ticket_id)
    return found


async def pauses_of(ticket: Ticket, now: datetime) -> list[Span]:
    """Return when a ticket's clock stood; a pause that lasts ends now."""
    rows = await TicketPause.filter(ticket_id=ticket.id).order_by("id")
    return [(row.began_at, row.ended_at or max(now, row.began_at)) for row in rows]


def kind_of(ticket: Ticket) -> Kind:
    """Return the kind as it was in force on the day of filing."""
    return kind_on(ticket.kind, market_day(ticket.opened_at))


async def _do(core: Core, ticket: Ticket, asked: ActAsked, by: str) -> None:
    doing = _Doing(core, ticket, kind_of(ticket), asked, by, core.now())
    state = after(ticket.state, asked.act)
    await _STEPS[asked.act](doing)
    ticket.state = state
    await _keep(doing)


async def _keep(doing: _Doing) -> None:
    ticket = doing.ticket
    await ticket.save()
    line = Line(doing.act, doing.by, doing.asked.note, doing.from_owner, doing.to_owner)
    await write_step(doing.core, ticket.id, line)


async def _claim(doing: _Doing) -> None:
    """Take a ticket that nobody was asked for: the taker is responsible from now on."""
    ticket = doing.ticket
    if ticket.owner is not None:
        raise ConflictError("工单已有承办人", "ticket-owned")
    await _check_owner(ticket, doing.by)
    ticket.owner = doing.to_owner = doing.by
    ticket.first_owner = ticket.first_owner or doing.by


async def _hand(doing: _Doing) -> None:
    """Give a ticket to somebody else; the first-asked person stays responsible until it is closed."""
    ticket, target = doing.ticket, doing.asked.to
    _need_note(doing, "请写明转办原因")
    await _check_owner(ticket, target)
    if target == ticket.owner:
        raise ConflictError("工单已由他承办", "ticket-owned")
    doing.from_owner, doing.to_owner = ticket.owner, target
    ticket.owner = target
    ticket.first_owner = ticket.first_owner or target
    values = {"number": ticket.number, "subject": ticket.subject}
    cause = f"{ticket.id}:{doing.now.timestamp():.0f}"
    await tell(doing.core, [one for one in (target,) if one != doing.by], "ticket-handed", values, cause)


async def _pause(doing: _Doing) -> None:
    ticket, reason = doing.ticket, doing.asked.reason
    if reason not in PAUSE_REASONS:
        raise InvalidInputError("请选择暂停原因", {"reason": "请选择暂停原因"})
    if ticket.due_at is not None and doing.now > ticket.due_at:
        raise ConflictError("工单已超期，不能再暂停计时", "ticket-late")
    stood = await TicketPause.filter(ticket_id=ticket.id, reason__in=PAUSE_REASONS).count()
    if stood >= doing.kind.pauses:
        raise ConflictError(f"这类工单最多暂停 {doing.kind.pauses} 次", "too-many-pauses")
    until = pause_until(doing.kind, doing.now, hours_of(ticket.station))
    await TicketPause.create(ticket_id=ticket.id, reason=reason, by=doing.by, began_at=doing.now, until=until)
    ticket.half_at = ticket.due_at = None


async def _resume(doing: _Doing) -> None:
    ticket = doing.ticket
    await TicketPause.filter(ticket_id=ticket.id, ended_at=None).update(ended_at=doing.now)
    await _wind(ticket, doing.now)


async def _finish(doing: _Doing) -> None:
    ticket = doing.ticket
    _need_note(doing, "请写明办理结果")
    if ticket.state == "paused":
        await _resume(doing)
    ticket.result = doing.core.keyring.seal(doing.asked.note, place("ticket.result", ticket.id))
    ticket.done_at = doing.now
    ticket.late = bool(ticket.late) or (ticket.due_at is not None and doing.now > ticket.due_at)
    await doing.core.outbox.emit(DONE, str(ticket.id), {"kind": ticket.kind}, doing.now)
    values = {"number": ticket.number, "subject": ticket.subject}
    await tell(doing.core, [ticket.person], "ticket-done", values, f"{ticket.id}:{doing.now.timestamp():.0f}")


async def _reopen(doing: _Doing) -> None:
    """Ask again: the term begins anew from now, and what was late stays late."""
    ticket, now = doing.ticket, doing.now
    _need_note(doing, "请写明为什么不满意")
    asked = await TicketPause.filter(ticket_id=ticket.id, reason=ANSWERED).count()
    if ticket.done_at is None or now - ticket.done_at > REOPEN_WITHIN or asked >= MAX_REOPENS:
        raise ConflictError("已超过再次办理的期限或次数，请重新提交", "ticket-final")
    hours = hours_of(ticket.station)
    used = working_minutes(ticket.opened_at, ticket.done_at, hours, await pauses_of(ticket, now))
    await TicketPause.create(
        ticket_id=ticket.id, reason=ANSWERED, by=doing.by, began_at=ticket.done_at, until=now, ended_at=now
    )
    ticket.budget_minutes = used + budget_of(doing.kind, now, hours)
    ticket.done_at, ticket.result, ticket.told = None, None, ""
    await _wind(ticket, now)
    values = {"number": ticket.number, "subject": ticket.subject}
    cause = f"{ticket.id}:{now.timestamp():.0f}"
    await tell(doing.core, [ticket.owner, ticket.first_owner], "ticket-again", values, cause)


async def _close(doing: _Doing) -> None:
    doing.ticket.closed_at = doing.now


async def _withdraw(doing: _Doing) -> None:
    ticket = doing.ticket
    if ticket.state == "paused":
        await _resume(doing)
    ticket.half_at = ticket.due_at = None
    ticket.closed_at = doing.now


async def _opinion(doing: _Doing) -> None:
    """Keep the operator's own view of a complaint; what it is worth is decided by the purchaser."""
    if doing.ticket.kind != "complaint":
        raise ConflictError("只有投诉需要认定", "not-a-complaint")
    if doing.asked.valid is None:
        raise InvalidInputError("请选择是否成立", {"valid": "请选择是否成立"})
    _need_note(doing, "请写明理由")
    doing.ticket.opinion = "valid" if doing.asked.valid else "invalid"
    doing.ticket.opinion_by = doing.by


async def _name(doing: _Doing) -> None:
    """Say whom a complaint is about: from now on he sees nothing of it, and works on it no longer."""
    ticket = doing.ticket
    label = await staff_named(doing.asked.to.removeprefix("staff:"))
    if not ticket.restricted or label is None:
        raise InvalidInputError("请填写被投诉人的账号名", {"to": "没有这个账号"})
    ticket.about_staff = label
    if label in {ticket.owner, ticket.first_owner}:
        doing.from_owner = ticket.owner
        other = await asked_first(doing.kind.to, ticket.station, restricted=True, about_staff=label)
        ticket.owner = other if ticket.owner == label else ticket.owner
        ticket.first_owner = other if ticket.first_owner == label else ticket.first_owner
        doing.to_owner = ticket.owner


async def _note(doing: _Doing) -> None:
    _need_note(doing, "请填写内容")


async def _check_owner(ticket: Ticket, label: str) -> None:
    if label not in {one.label for one in await owners_for(ticket)}:
        raise InvalidInputError("不能转给他", {"to": "请选择一位在岗、可以办理的工作人员"})


async def _wind(ticket: Ticket, now: datetime) -> None:
    """Set half time and deadline from the budget and the pauses that there were."""
    hours, pauses = hours_of(ticket.station), await pauses_of(ticket, now)
    deadline = deadline_of(ticket.opened_at, ticket.budget_minutes, hours, pauses)
    ticket.half_at, ticket.due_at, ticket.provisional = deadline.half_at, deadline.due_at, deadline.provisional


def _need_note(doing: _Doing, words: str) -> None:
    if not doing.asked.note:
        raise InvalidInputError(words, {"note": words})


def _unknown(ticket_id: object) -> NotFoundError:
    return NotFoundError(f"there is no ticket {ticket_id!r}")


#: What the staff may do; `rate` is the visitor's and `judge` the purchaser's.
_STEPS: Final[Mapping[Act, Callable[[_Doing], Awaitable[None]]]] = {
    "claim": _claim,
    "hand": _hand,
    "pause": _pause,
    "resume": _resume,
    "note": _note,
    "finish": _finish,
    "reopen": _reopen,
    "close": _close,
    "withdraw": _withdraw,
    "opinion": _opinion,
    "name": _name,
}
