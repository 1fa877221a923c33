"""Slips for the visitor, 80 mm or A5: what to bring for a matter, all at once, and his ticket's numbers and deadline.

A notice that was given is a row: the one-time notice (一次性告知) is a duty that the assessment looks at.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from cloud.identity import audit
from cloud.platform.core import Core
from cloud.platform.papers import typeset
from cloud.platform.times import MARKET_TIME, market_day
from cloud.service.matters import Matter, kind_names, matters
from cloud.service.models import NoticeGiven, Ticket
from cloud.service.subjects import opened

Size = Literal["80", "a5"]
TEMPLATE: Final = "service/slip"
#: What the page of notices counts.
COUNTED_DAYS: Final = 30


def size_of(text: str) -> Size:
    """Return the paper that was asked for; the printer's roll when it is none."""
    return "a5" if text == "a5" else "80"


async def matter_slip(core: Core, matter: Matter, size: Size, origin: str, by: str) -> bytes:
    """Return a one-time notice as PDF and note that it was given."""
    document = {"size": size, "ticket": None, "matter": _matter(matter, origin), **_foot(core)}
    pdf = await typeset(TEMPLATE, document, made_at=core.now())
    await note_given(core, matter, "paper", by)
    return pdf


async def ticket_slip(core: Core, ticket: Ticket, size: Size, origin: str, by: str) -> bytes:
    """Return the slip of a ticket as PDF, with the notice of its matter; the look-up number on it is recorded."""
    matter = matters(market_day(core.now())).get(ticket.matter)
    document = {
        "size": size,
        "ticket": {
            "number": ticket.number,
            "receipt": opened(core, ticket, "receipt"),
            "kind": kind_names().get(ticket.kind, ticket.kind),
            "subject": ticket.subject,
            "opened": _stamp(ticket.opened_at),
            "due": _stamp(ticket.due_at) if ticket.due_at else "等待补充，暂停计时",
            "link": f"{origin}/complain/find",
            "qr": _qr(f"{origin}/complain/find"),
        },
        "matter": _matter(matter, origin) if matter else None,
        **_foot(core),
    }
    pdf = await typeset(TEMPLATE, document, made_at=core.now())
    async with core.outbox.transaction():
        await audit.record(core, by, "ticket.slip", f"ticket:{ticket.id}")
        if matter:
            await note_given(core, matter, "paper", by, ticket)
    return pdf


async def note_given(core: Core, matter: Matter, medium: str, by: str, ticket: Ticket | None = None) -> None:
    """Note that a visitor was given a one-time notice."""
    await NoticeGiven.create(
        matter=matter.id, version=matter.version, ticket=ticket.id if ticket else None, medium=medium, by=by,
        station=ticket.station if ticket else "", at=core.now(),
    )  # fmt: skip


async def count_given(core: Core) -> dict[str, int]:
    """Return how often each notice was given in the last days."""
    since = core.now() - timedelta(days=COUNTED_DAYS)
    rows = await NoticeGiven.filter(at__gte=since).values_list("matter", flat=True)
    counts: dict[str, int] = {}
    for row in rows:
        counts[str(row)] = counts.get(str(row), 0) + 1
    return counts


def _matter(matter: Matter, origin: str) -> dict[str, Any]:
    link = f"{origin}/notice/{matter.id}"
    return {
        "name": matter.name, "who": matter.who, "bring": list(matter.bring), "steps": list(matter.steps),
        "term": matter.term, "fee": matter.fee, "version": matter.version, "link": link, "qr": _qr(link),
    }  # fmt: skip


def _foot(core: Core) -> dict[str, str]:
    settings = core.settings
    return {
        "operator": settings.operator_name,
        "phone": settings.complaint_phone,
        "printed": _stamp(core.now()),
    }


def _qr(link: str) -> str:
    import segno  # noqa: PLC0415 - only where there is a QR

    return str(segno.make(link, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff"))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(MARKET_TIME).strftime("%Y-%m-%d %H:%M")
