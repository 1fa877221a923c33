"""Who sees which ticket, and who is asked first: a complaint about somebody of the staff never reaches him."""

from collections.abc import Iterable, Sequence
from typing import Final

from tortoise.expressions import Q
from tortoise.functions import Count

from cloud.identity import service as identity
from cloud.identity.roles import Role
from cloud.identity.service import Colleague, Principal
from cloud.service.models import Ticket
from cloud.service.states import PENDING

#: Who answers for a complaint about the staff, the first that is there.
LEADERS: Final[tuple[Role, ...]] = ("manager", "admin")
#: Who is asked when nobody has the role of the kind.
DESK: Final[tuple[Role, ...]] = ("counter", "guidance", "manager", "admin")
#: Who is told last, when nobody of the operator answers.
PURCHASER: Final[tuple[Role, ...]] = ("purchaser",)


def visible_tickets(principal: Principal) -> Q:
    """Return the condition of the tickets that somebody may see."""
    seen = Q(about_staff__isnull=True) | ~Q(about_staff=principal.label)
    if not principal.may("complaint.read"):
        seen &= Q(restricted=False)
    if principal.stations is not None:
        seen &= Q(station__in=["", *principal.stations])
    return seen


def may_see(ticket: Ticket, principal: Principal) -> bool:
    """Return whether somebody may see a ticket; the same rule as `visible_tickets`."""
    if ticket.about_staff == principal.label:
        return False
    if ticket.restricted and not principal.may("complaint.read"):
        return False
    return principal.stations is None or ticket.station in {"", *principal.stations}


async def staff_named(words: str) -> str | None:
    """Return the label of the account that has just this name."""
    name = words.strip().casefold()
    return next((one.label for one in await identity.colleagues() if one.name.casefold() == name), None)


async def asked_first(role: Role, station: str, *, restricted: bool, about_staff: str | None) -> str | None:
    """Return who of the staff is asked first: of the kind's role, the one with the fewest open tickets.

    None when nobody may be asked; then those who inspect are told.
    """
    able = [one for one in await identity.colleagues() if _able(one, station, about_staff)]
    for wanted in LEADERS if restricted else (role, *DESK):
        found = [one for one in able if one.role == wanted]
        if found:
            open_now = await _open_counts(one.label for one in found)
            return min(found, key=lambda one: (open_now.get(one.label, 0), one.name)).label
    return None


async def labels_of(roles: Sequence[Role], *, but: str | None = None) -> list[str]:
    """Return the active accounts with one of the roles, without one."""
    return [one.label for one in await identity.colleagues() if one.active and one.role in roles and one.label != but]


async def owners_for(ticket: Ticket) -> list[Colleague]:
    """Return who may be given a ticket: active, of the roles that may have it, and not whom it is about."""
    roles = LEADERS if ticket.restricted else DESK
    rows = await identity.colleagues()
    return [one for one in rows if one.role in roles and _able(one, ticket.station, ticket.about_staff)]


def _able(one: Colleague, station: str, about_staff: str | None) -> bool:
    here = one.stations is None or not station or station in one.stations
    return one.active and one.label != about_staff and here


async def _open_counts(labels: Iterable[str]) -> dict[str, int]:
    found = Ticket.filter(owner__in=list(labels), state__in=list(PENDING)).annotate(count=Count("id"))
    return {row["owner"]: row["count"] for row in await found.group_by("owner").values("owner", "count")}
