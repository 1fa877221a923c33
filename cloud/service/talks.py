"""Conversations as lists and documents show them, calls of the hotline, and what is told when nobody answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q
from tortoise.functions import Count

from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.principals import Principal
from cloud.identity.visitors import Visitor
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.keyring import place
from cloud.platform.masks import mask_phone
from cloud.platform.times import market_day
from cloud.service.access import DESK
from cloud.service.chatmodels import Thread, ThreadMessage
from cloud.service.clocks import answer_due, hours_of, opens_at
from cloud.service.drafts import CallDraft, CounterDraft
from cloud.service.filing import Filed, Filing, file_ticket
from cloud.service.lists import count_views
from cloud.service.matters import kind_names, kind_on
from cloud.service.subjects import opened
from cloud.service.telling import tell
from cloud.service.threads import PENDING, Line, may_see, whose, write
from protocols.rules.working_time import working_minutes
from protocols.venue.timestamps import format_time

ThreadView = Literal["open", "mine", "waiting", "closed", "calls"]
THREAD_VIEWS: Final[tuple[ThreadView, ...]] = get_args(ThreadView)
HOTLINE: Final = "hotline"
MAX_LISTED: Final = 100
#: Threads that one run of the job looks at.
MAX_LOOKED: Final = 200
#: A conversation in which nobody says anything is ended after this long.
SILENT: Final = timedelta(days=3)


async def list_threads(
    core: Core, principal: Principal, view: ThreadView, cursor: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Return conversations, who waits longest first while something waits, else the newest; and a cursor."""
    limit = min(limit, MAX_LISTED)
    found = Thread.filter(_view(view, principal) & _visible(principal))
    if cursor:
        found = found.filter(id__lt=_uuid(cursor))
    rows = await found.order_by("-id").limit(limit + 1)
    part = rows[:limit]
    following = str(part[-1].id) if len(rows) > limit else None
    far = core.now() + timedelta(days=3_650)
    ordered = sorted(part, key=lambda one: (one.ask_due_at or far, -one.last_at.timestamp()))
    return [line_of(one, core.now()) for one in ordered], following


async def count_waiting(core: Core, principal: Principal) -> tuple[int, int]:
    """Return how many conversations wait for an answer, and how many of those longer than promised."""
    found = Thread.filter(_visible(principal), state__in=list(PENDING)).exclude(ask_due_at=None)
    late = Count("id", _filter=Q(ask_due_at__lt=core.now()))
    (row,) = await found.annotate(waiting=Count("id"), late=late).values("waiting", "late")
    return row["waiting"], row["late"]


async def get_thread(core: Core, thread_id: str, principal: Principal) -> dict[str, Any]:
    """Return one conversation with everything said, and who it is with, masked; the look is recorded."""
    thread = await Thread.get_or_none(id=_uuid(thread_id))
    if thread is None or not may_see(thread, principal):
        raise NotFoundError(f"there is no thread {thread_id!r}")
    await audit.record(core, principal.label, "thread.read", f"thread:{thread.id}")
    phone = opened(core, thread, "phone")
    return {
        **line_of(thread, core.now()),
        "messages": await messages_of(core, thread),
        "phone": mask_phone(phone) if phone else None,
        "person": await _person(core, thread),
    }


async def list_own(core: Core, visitor: Visitor) -> list[dict[str, Any]]:
    """Return somebody's own conversations, the newest first."""
    rows = await Thread.filter(**whose(visitor)).order_by("-id").limit(MAX_LISTED)
    return [_own_line(row, core.now()) for row in rows]


async def get_own(core: Core, thread_id: str, visitor: Visitor) -> dict[str, Any]:
    """Return one of somebody's own conversations; names of the staff are left out."""
    thread = await Thread.get_or_none(id=_uuid(thread_id), **whose(visitor))
    if thread is None:
        raise NotFoundError(f"there is no thread {thread_id!r}")
    said = [{**one, "by": "", "to": None} for one in await messages_of(core, thread)]
    return {**_own_line(thread, core.now()), "messages": said}


async def messages_of(core: Core, thread: Thread) -> list[dict[str, Any]]:
    """Return everything said in a conversation, oldest first."""
    return [
        {"id": str(row.id), "side": row.side, "by": row.by, "act": row.act, "to": row.to_owner,
         "text": opened(core, row, "text"), "policy": row.policy, "at": format_time(row.at)}
        for row in await ThreadMessage.filter(thread_id=thread.id).order_by("id")
    ]  # fmt: skip


def line_of(thread: Thread, now: datetime) -> dict[str, Any]:
    """Return what lists show of a conversation: nothing that was said."""
    hours = hours_of(thread.station)
    waiting = working_minutes(thread.last_at, now, hours) if thread.ask_due_at else None
    opens = opens_at(now, hours)
    return {
        "id": str(thread.id),
        "channel": thread.channel,
        "kind": thread.kind,
        "kind_name": kind_names().get(thread.kind, thread.kind),
        "matter": thread.matter,
        "station": thread.station or None,
        "firm": str(thread.firm) if thread.firm else None,
        "state": thread.state,
        "owner": thread.owner,
        "first_owner": thread.first_owner,
        "opened_at": format_time(thread.opened_at),
        "last_at": format_time(thread.last_at),
        "first_due_at": format_time(thread.first_due_at),
        "first_answered_at": _time(thread.first_answered_at),
        "answer_due_at": _time(thread.ask_due_at),
        "late": thread.ask_due_at is not None and now > thread.ask_due_at,
        "waiting_minutes": waiting,
        "opens_at": _time(opens),
        "closed_at": _time(thread.closed_at),
        "ticket": str(thread.ticket) if thread.ticket else None,
        "rating": thread.rating,
    }


async def take_call(core: Core, draft: CallDraft, by: Principal) -> tuple[Thread, Filed | None]:
    """Enter a call of the hotline: answered at once it is closed, else it becomes a ticket of who took it."""
    now = core.now()
    kind = kind_on(draft.kind, market_day(now))
    person = await people.find_by_phone(core, draft.phone) if draft.phone else None
    thread_id = UUID(str(uuid_utils.uuid7()))
    async with core.outbox.transaction():
        thread = await Thread.create(
            id=thread_id, channel=HOTLINE, kind=draft.kind, matter=draft.matter, station=draft.station,
            person=person.id if person else None, owner=by.label, first_owner=by.label, opened_at=now, last_at=now,
            first_due_at=answer_due(kind, now, hours_of(draft.station)), first_answered_at=now, state="closed",
            closed_at=now,
            phone=core.keyring.seal(draft.phone, place("thread.phone", thread_id)) if draft.phone else None,
            phone_blind=core.keyring.blind("phone", draft.phone) if draft.phone else None,
        )  # fmt: skip
        await write(core, thread, Line("visitor", HOTLINE, draft.question))
        if draft.answer:
            await write(core, thread, Line("staff", by.label, draft.answer))
            return thread, None
        ticket = CounterDraft(
            kind=draft.kind, text=draft.question, matter=draft.matter, phone=draft.phone, station=draft.station,
            channel="hotline",
        )  # fmt: skip
        filing = Filing(HOTLINE, by.label, draft.station, thread.person, None, thread.id, by.label)
        filed = await file_ticket(core, ticket, filing)
        thread.ticket = filed.ticket.id
        await write(core, thread, Line("system", by.label, filed.ticket.number, act="converted"))
    return thread, filed


async def watch_threads(core: Core) -> str:
    """Tell whom it concerns that a question waits longer than promised; end what fell silent."""
    late = await Thread.filter(ask_due_at__lte=core.now(), told=False).limit(MAX_LOOKED)
    for row in late:
        await _tell_late(core, row)
    silent = Thread.filter(state="talking", ask_due_at=None, last_at__lt=core.now() - SILENT).limit(MAX_LOOKED)
    rows = await silent
    for row in rows:
        async with core.outbox.transaction():
            await Thread.filter(id=row.id, state="talking").update(state="closed", closed_at=core.now())
    return f"提醒 {len(late)}，结束 {len(rows)}"


async def _tell_late(core: Core, thread: Thread) -> None:
    """Tell the owner and who leads; the whole desk when nobody owns it."""
    staff = [one for one in await identity.colleagues() if one.active]
    roles: Sequence[str] = ("manager",) if thread.owner else DESK
    minutes = working_minutes(thread.last_at, core.now(), hours_of(thread.station))
    values = {"kind": kind_names().get(thread.kind, thread.kind), "minutes": str(minutes)}
    async with core.outbox.transaction():
        if await Thread.filter(id=thread.id, told=False).update(told=True):
            told = [thread.owner, *(one.label for one in staff if one.role in roles)]
            await tell(core, told, "thread-waiting", values, f"{thread.id}:{thread.ask_due_at}")


def _view(view: ThreadView, principal: Principal) -> Q:
    pending = Q(state__in=list(PENDING))
    return {
        "open": pending,
        "mine": pending & Q(owner=principal.label),
        "waiting": pending & ~Q(ask_due_at=None),
        "closed": Q(state="closed") & ~Q(channel=HOTLINE),
        "calls": Q(channel=HOTLINE),
    }[view]


def _visible(principal: Principal) -> Q:
    return Q() if principal.stations is None else Q(station__in=["", *principal.stations])


async def _person(core: Core, thread: Thread) -> dict[str, Any] | None:
    if thread.person is None:
        return None
    shown = people.masked(core, await people.get_person(thread.person))
    return {name: shown[name] for name in ("id", "name", "phone", "minor")}


def _own_line(thread: Thread, now: datetime) -> dict[str, Any]:
    line = line_of(thread, now)
    names = ("id", "kind", "kind_name", "state", "opened_at", "last_at", "answer_due_at", "opens_at", "closed_at",
             "ticket", "rating")  # fmt: skip
    return {**{name: line[name] for name in names}, "answered": thread.first_answered_at is not None}


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no thread {text!r}") from error


async def desk_queue(core: Core, principal: Principal) -> list[tuple[str, str, int, str]]:
    """Return what of the desk waits for somebody today: (kind, icon, count, where)."""
    items: list[tuple[str, str, int, str]] = []
    if principal.may("ticket.read"):
        counts = await count_views(core, principal, ("late", "mine", "judge"))
        items.append(("tickets_late", "hourglass", counts["late"], "/service?view=late"))
        if principal.may("ticket.write"):
            items.append(("tickets_mine", "ticket", counts["mine"], "/service?view=mine"))
        if principal.may("complaint.judge"):
            items.append(("complaints", "gavel", counts["judge"], "/service?view=judge"))
    if principal.may("thread.write"):
        waiting, _ = await count_waiting(core, principal)
        items.append(("threads", "messages", waiting, "/service/threads"))
    return items
