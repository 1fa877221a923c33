"""A ticket comes in: its number, its look-up number, its clock, and who is asked first."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import uuid_utils

from cloud.identity.principals import STAFF, Principal
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import InvalidInputError
from cloud.platform.keyring import place
from cloud.platform.times import market_day
from cloud.service.access import PURCHASER, asked_first, labels_of, staff_named
from cloud.service.clocks import budget_of, deadline_of, hours_of
from cloud.service.drafts import CounterDraft, TicketDraft
from cloud.service.history import Line, write_step
from cloud.service.matters import Kind, kinds, matters
from cloud.service.models import Ticket
from cloud.service.telling import tell

#: Domain event: a ticket was filed; the key is its id.
FILED: Final = "ticket.filed"
#: Crockford's base 32 (no I, L, O, U): 12 characters are 60 bits, which nobody guesses through a rate limit.
_ALPHABET: Final = sorted({*string.digits, *string.ascii_uppercase} - {*"ILOU"})
_RECEIPT_CHARS: Final = 12
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a ticket comes from; `by` is the caller as histories name him, `public` when nobody says who he is."""

    channel: str
    by: str
    station: str = ""
    person: UUID | None = None
    firm: UUID | None = None
    thread: UUID | None = None
    #: Who of the staff was asked, when somebody was.
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A new ticket; `receipt` is shown to who filed it, to look it up without a login."""

    ticket: Ticket
    receipt: str = field(repr=False)


def filing_of(principal: Principal, draft: CounterDraft, *, person: UUID | None = None) -> Filing:
    """Return the filing of somebody of the staff: he was asked, so he is responsible."""
    asked = principal.label if principal.kind == STAFF else None
    return Filing(draft.channel, principal.label, draft.station, person, asked=asked)


async def file_ticket(core: Core, draft: TicketDraft, filing: Filing) -> Filed:
    """Store a ticket and start its clock; who is asked first is decided at once and told."""
    now = core.now()
    kind = _kind(draft, now)
    receipt = new_receipt()
    async with core.outbox.transaction():
        ticket_id = UUID(str(uuid_utils.uuid7()))
        named = await staff_named(draft.about_words) if draft.about == "staff" else None
        restricted = draft.about == "staff"
        owner = await _first(kind, filing, restricted=restricted, about_staff=named)
        ticket = await Ticket.create(
            id=ticket_id,
            number=await _number(now),
            **_sealed(core, ticket_id, draft, receipt),
            **_clock(kind, now, filing.station),
            kind=kind.id,
            matter=draft.matter,
            subject=subject_of(kind, draft, now),
            about=draft.about,
            about_staff=named,
            restricted=restricted,
            channel=filing.channel,
            station=filing.station,
            person=filing.person,
            firm=filing.firm,
            thread=filing.thread,
            state="open",
            first_owner=owner,
            owner=owner,
            opened_by=filing.by,
        )
        await write_step(core, ticket_id, Line("file", filing.by, to_owner=owner))
        await _announce(core, ticket, filing, now)
    return Filed(ticket, receipt)


def subject_of(kind: Kind, draft: TicketDraft, now: datetime) -> str:
    """Return what lists show: the staff's own words, else kind with topic or matter; nothing that somebody wrote."""
    if isinstance(draft, CounterDraft) and draft.subject:
        return draft.subject
    known = matters(market_day(now))
    about = draft.topic if draft.topic in kind.topics else known[draft.matter].name if draft.matter else ""
    return f"{kind.name}：{about}" if about else kind.name


def new_receipt() -> str:
    """Return a new look-up number, such as `7K3M-Q9XP-20BT`."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_RECEIPT_CHARS))
    return "-".join(text[start : start + _GROUP] for start in range(0, _RECEIPT_CHARS, _GROUP))


def receipt_key(core: Core, receipt: str) -> str:
    """Return the look-up value of a number as somebody may type it: O is 0, I and L are 1."""
    typed = receipt.upper().translate(str.maketrans("OIL", "011"))
    return core.keyring.blind("text", typed)


def _kind(draft: TicketDraft, now: datetime) -> Kind:
    day = market_day(now)
    kind = kinds(day).get(draft.kind)
    if kind is None:
        raise InvalidInputError("没有这种工单", {"kind": "没有这种工单"})
    if draft.matter and draft.matter not in matters(day):
        raise InvalidInputError("没有这个事项", {"matter": "没有这个事项"})
    if draft.topic and draft.topic not in kind.topics:
        raise InvalidInputError("没有这个类别", {"topic": "没有这个类别"})
    return kind


async def _first(kind: Kind, filing: Filing, *, restricted: bool, about_staff: str | None) -> str | None:
    """Return the first-asked person: whoever was asked, unless it is about the staff; else one of the kind's role."""
    if filing.asked is not None and not restricted:
        return filing.asked
    return await asked_first(kind.to, filing.station, restricted=restricted, about_staff=about_staff)


async def _number(now: datetime) -> str:
    """Return the next number of a day, such as `GD20260302-0007`."""
    start = f"GD{market_day(now):%Y%m%d}-"
    await lock_names([start])
    last = await Ticket.filter(number__startswith=start).order_by("-number").first()
    return f"{start}{int(last.number.removeprefix(start)) + 1 if last else 1:04d}"


def _sealed(core: Core, ticket_id: UUID, draft: TicketDraft, receipt: str) -> dict[str, Any]:
    def seal(column: str, text: str | None) -> str | None:
        return core.keyring.seal(text, place(f"ticket.{column}", ticket_id)) if text else None

    texts = {"name": draft.name, "phone": draft.phone, "text": draft.text, "about_words": draft.about_words}
    return {
        **{column: seal(column, text) for column, text in texts.items()},
        "phone_blind": core.keyring.blind("phone", draft.phone) if draft.phone else None,
        "receipt": seal("receipt", receipt),
        "receipt_blind": receipt_key(core, receipt),
    }


def _clock(kind: Kind, now: datetime, station: str) -> dict[str, Any]:
    hours = hours_of(station)
    budget = budget_of(kind, now, hours)
    deadline = deadline_of(now, budget, hours)
    return {
        "opened_at": now,
        "budget_minutes": budget,
        "half_at": deadline.half_at,
        "due_at": deadline.due_at,
        "provisional": deadline.provisional,
    }


async def _announce(core: Core, ticket: Ticket, filing: Filing, now: datetime) -> None:
    """Tell who is asked first; when there is nobody, those who inspect."""
    told = [ticket.owner] if ticket.owner else await labels_of(PURCHASER, but=ticket.about_staff)
    values = {"number": ticket.number, "subject": ticket.subject}
    await tell(core, [one for one in told if one != filing.by], "ticket-new", values, str(ticket.id))
    await core.outbox.emit(FILED, str(ticket.id), {"kind": ticket.kind}, now)
