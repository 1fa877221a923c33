"""Conversations of the online service: asked on a phone, in the portal or at a kiosk, answered in the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import uuid_utils

from cloud.identity import service as identity
from cloud.identity.principals import Principal
from cloud.identity.visitors import Visitor
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from cloud.service import surveys
from cloud.service.access import DESK
from cloud.service.chatmodels import Thread, ThreadMessage
from cloud.service.clocks import answer_due, hours_of
from cloud.service.drafts import CounterDraft, MessageAsked, QuestionAsked, RatingAsked
from cloud.service.filing import Filed, Filing, file_ticket
from cloud.service.matters import kind_on, kinds
from cloud.service.own import channel_of
from cloud.service.states import THREAD_MOVES, thread_after
from cloud.service.telling import tell

#: Topic of the hub.
TOPIC: Final = "thread"
#: Conversations of one person or firm that may be open at one time.
MAX_OPEN: Final = 2
#: Messages of one conversation; a longer one is a ticket.
MAX_MESSAGES: Final = 300
#: What one visitor may say in a minute.
MAX_PER_MINUTE: Final = 12
_MINUTE: Final = timedelta(minutes=1)
PENDING: Final = THREAD_MOVES["ask"].sources


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is kept; `system` lines have an act and no text."""

    side: str
    by: str
    text: str = ""
    act: str = "said"
    to_owner: str | None = None
    policy: str = ""


async def open_thread(core: Core, asked: QuestionAsked, visitor: Visitor) -> Thread:
    """Begin a conversation with its first question; ConflictError when too many of one's own are open."""
    now, day = core.now(), market_day(core.now())
    if asked.kind not in kinds(day):
        raise InvalidInputError("没有这个类别", {"kind": "没有这个类别"})
    async with core.outbox.transaction():
        await lock_names([f"threads {visitor.label}"])
        if await Thread.filter(**whose(visitor), state__in=list(PENDING)).count() >= MAX_OPEN:
            raise ConflictError("您有咨询还没有结束，请在原来的对话里继续", "too-many-threads")
        due = answer_due(kinds(day)[asked.kind], now, hours_of(visitor.station))
        thread = await Thread.create(
            id=_new_id(), channel=channel_of(visitor), kind=asked.kind, matter=asked.matter, station=visitor.station,
            **whose(visitor), state="waiting", opened_at=now, first_due_at=due, ask_due_at=due, last_at=now,
            seen_at=now,
        )  # fmt: skip
        await write(core, thread, Line("visitor", visitor.label, asked.text))
    return thread


async def ask(core: Core, thread_id: str, asked: MessageAsked, visitor: Visitor) -> Thread:
    """Say something more; the clock of the first unanswered question goes on."""
    async with core.outbox.transaction():
        thread = await locked_own(thread_id, visitor)
        thread.state = thread_after(thread.state, "ask")
        await _check_rate(core, thread)
        if thread.ask_due_at is None:
            kind = kind_on(thread.kind, market_day(thread.opened_at))
            thread.ask_due_at, thread.told = answer_due(kind, core.now(), hours_of(thread.station)), False
        await write(core, thread, Line("visitor", visitor.label, asked.text))
    return thread


async def answer(core: Core, thread_id: str, asked: MessageAsked, by: Principal) -> Thread:
    """Answer as the staff; who answers first is asked first, and owns the conversation."""
    async with core.outbox.transaction():
        thread = await locked(thread_id, by)
        thread.state = thread_after(thread.state, "answer")
        thread.owner = thread.owner or by.label
        thread.first_owner = thread.first_owner or by.label
        thread.first_answered_at = thread.first_answered_at or core.now()
        thread.ask_due_at = None
        await write(core, thread, Line("staff", by.label, asked.text, policy=asked.policy))
        cause = f"{thread.id}:{core.now().timestamp() // 3600:.0f}"  # at most one an hour
        await tell(core, [thread.person], "thread-answered", {}, cause)
    return thread


async def hand(core: Core, thread_id: str, to: str, by: Principal) -> Thread:
    """Give a conversation to somebody else of the staff."""
    async with core.outbox.transaction():
        thread = await locked(thread_id, by)
        thread.state = thread_after(thread.state, "hand")
        able = [one.label for one in await identity.colleagues() if one.active and one.role in DESK]
        if to not in able or to == thread.owner:
            raise InvalidInputError("请选择另一位在岗的工作人员", {"to": "请选择另一位在岗的工作人员"})
        thread.owner, thread.first_owner = to, thread.first_owner or by.label
        await write(core, thread, Line("system", by.label, act="handed", to_owner=to))
    return thread


async def convert(core: Core, thread_id: str, draft: CounterDraft, by: Principal) -> Filed:
    """Make a ticket of a conversation, which ends; who was asked first stays responsible for the ticket."""
    async with core.outbox.transaction():
        thread = await locked(thread_id, by)
        thread_after(thread.state, "convert")
        filing = Filing(
            thread.channel,
            by.label,
            thread.station,
            thread.person,
            thread.firm,
            thread.id,
            thread.first_owner or by.label,
        )
        filed = await file_ticket(core, draft, filing)
        thread.ticket, thread.state = filed.ticket.id, thread_after(thread.state, "close")
        thread.owner = thread.owner or by.label
        await _end(core, thread, Line("system", by.label, filed.ticket.number, act="converted"))
    return filed


async def close(core: Core, thread_id: str, by: Principal) -> Thread:
    """End a conversation as the staff."""
    async with core.outbox.transaction():
        thread = await locked(thread_id, by)
        thread.state = thread_after(thread.state, "close")
        await _end(core, thread, Line("system", by.label, act="closed"))
    return thread


async def close_own(core: Core, thread_id: str, visitor: Visitor) -> Thread:
    """End a conversation as who began it."""
    async with core.outbox.transaction():
        thread = await locked_own(thread_id, visitor)
        thread.state = thread_after(thread.state, "close")
        await _end(core, thread, Line("system", visitor.label, act="closed"))
    return thread


async def rate(core: Core, thread_id: str, asked: RatingAsked, visitor: Visitor) -> Thread:
    """Say how satisfied one is with a conversation, once; it counts in the survey of the month."""
    async with core.outbox.transaction():
        thread = await locked_own(thread_id, visitor)
        thread_after(thread.state, "rate")
        if thread.rating is not None:
            raise ConflictError("您已经评价过了", "already-rated")
        thread.rating = asked.rating
        await thread.save(update_fields=["rating"])
        who = surveys.respondent_of(thread.person, thread.firm)
        if who is not None:
            origin = surveys.Origin(channel_of(visitor), visitor.label, "thread")
            await surveys.answer_after(core, who, asked, origin)
        _tell_pages(core, thread)
    return thread


async def write(core: Core, thread: Thread, line: Line) -> None:
    """Keep a message and the thread's own columns; inside a transaction with the thread's row locked."""
    if line.act == "said" and await ThreadMessage.filter(thread_id=thread.id).count() >= MAX_MESSAGES:
        raise ConflictError("这次对话太长了，请转成工单", "thread-full")
    row_id, now = _new_id(), core.now()
    sealed = core.keyring.seal(line.text, place("thread_message.text", row_id)) if line.text else None
    await ThreadMessage.create(
        id=row_id, thread_id=thread.id, side=line.side, by=line.by, act=line.act, to_owner=line.to_owner,
        text=sealed, policy=line.policy, at=now,
    )  # fmt: skip
    thread.last_at = now
    await thread.save()
    _tell_pages(core, thread)


async def locked(thread_id: str, by: Principal) -> Thread:
    """Return a conversation that nobody else changes; NotFoundError when it is not there for this reader."""
    thread = await Thread.select_for_update().get_or_none(id=_uuid(thread_id))
    if thread is None or not may_see(thread, by):
        raise NotFoundError(f"there is no thread {thread_id!r}")
    return thread


async def locked_own(thread_id: str, visitor: Visitor) -> Thread:
    """Return one's own conversation, which nobody else changes."""
    thread = await Thread.select_for_update().get_or_none(id=_uuid(thread_id), **whose(visitor))
    if thread is None:
        raise NotFoundError(f"there is no thread {thread_id!r}")
    return thread


def may_see(thread: Thread, by: Principal) -> bool:
    """Return whether somebody of the staff may see a conversation."""
    return by.stations is None or thread.station in {"", *by.stations}


def whose(visitor: Visitor) -> dict[str, Any]:
    """Return the columns that make something a visitor's own: a firm's users share theirs."""
    return {"firm": visitor.firm} if visitor.kind == "employer" else {"person": visitor.id}


async def _end(core: Core, thread: Thread, line: Line) -> None:
    thread.closed_at, thread.ask_due_at = core.now(), None
    await write(core, thread, line)


async def _check_rate(core: Core, thread: Thread) -> None:
    since: datetime = core.now() - _MINUTE
    said = await ThreadMessage.filter(thread_id=thread.id, side="visitor", at__gt=since).count()
    if said >= MAX_PER_MINUTE:
        headers = {"Retry-After": "60"}
        raise ProblemError(429, "too-many-messages", "发送太快，请一分钟后再发", headers=headers)


def _tell_pages(core: Core, thread: Thread) -> None:
    news: Mapping[str, str] = {"id": str(thread.id)}
    after_commit(partial(core.hub.publish, TOPIC, news))


def _new_id() -> UUID:
    return UUID(str(uuid_utils.uuid7()))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no thread {text!r}") from error
