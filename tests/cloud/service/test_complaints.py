"""A complaint about somebody of the staff does not reach him: no list, no page, no message, no act, no slip."""

import pytest

from cloud.identity import service as identity
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.notify.models import Notification
from cloud.service import lists, watch
from cloud.service.drafts import ActAsked
from cloud.service.lists import VIEWS
from cloud.service.models import Ticket
from cloud.service.tickets import act
from tests.cloud.clocks import HandClock
from tests.cloud.service.sample import (
    AUDITOR,
    CHEN,
    LI,
    QIAN,
    SUN,
    WANG,
    complained,
    desk,
    done,
    entered,
    staff,
    told,
)

pytestmark = pytest.mark.db


async def seen_by(core: Core, name: str, role: str) -> set[str]:
    """Return the numbers that somebody finds in any view, and opens."""
    principal = staff(name, role)  # type: ignore[arg-type]
    found = {item["number"] for view in VIEWS for item in (await lists.list_tickets(core, principal, view=view)).items}
    for row in await Ticket.all():
        try:
            found.add((await lists.get_ticket(core, str(row.id), principal))["number"])
        except NotFoundError:
            assert row.number not in found
    return found


async def test_it_reaches_those_who_lead_and_inspect_only(core: Core, clock: HandClock) -> None:
    await desk(core)
    filed = await complained(core, "Li")
    number = filed.ticket.number
    assert filed.ticket.about_staff == "staff:li"
    assert filed.ticket.owner == "staff:chen"
    assert await seen_by(core, "li", "counter") == set()
    assert await seen_by(core, "wang", "counter") == set(), "nor his colleagues at the counter"
    for name, role in (("chen", "manager"), ("qian", "manager"), ("sun", "purchaser"), ("zhou", "auditor")):
        assert await seen_by(core, name, role) == {number}
    with pytest.raises(NotFoundError):
        await act(core, str(filed.ticket.id), ActAsked(act="note", note="看看"), LI)
    clock.forward(days=30)
    await watch.watch_tickets(core)
    assert "staff:li" not in {row.recipient for row in await Notification.all()}
    assert await told("ticket-overdue") == ["staff:chen", "staff:qian", "staff:sun"]


async def test_nobody_can_hand_it_to_him(core: Core) -> None:
    await desk(core)
    filed = await complained(core, "qian")
    for to in ("staff:qian", "staff:li"):
        with pytest.raises(Exception, match="不能转给他"):
            await done(core, filed.ticket, CHEN, "hand", to=to)
    assert await seen_by(core, "qian", "manager") == set(), "also when he leads"


async def test_when_the_only_leader_is_complained_about_it_goes_to_who_inspects(core: Core) -> None:
    await identity.add_account(core, "chen", "manager", "correct horse battery")
    await identity.add_account(core, "sun", "purchaser", "correct horse battery")
    filed = await complained(core, "chen")
    assert filed.ticket.owner is None
    assert await told("ticket-new") == ["staff:sun"]
    assert await seen_by(core, "chen", "manager") == set()


async def test_entered_by_himself_he_is_not_its_owner_and_does_not_see_it(core: Core) -> None:
    await desk(core)
    ticket = await entered(core, LI, kind="complaint", about="staff", about_words="li")
    assert (ticket.first_owner, ticket.owner) == ("staff:chen", "staff:chen")
    assert await seen_by(core, "li", "counter") == set()


async def test_whoever_is_named_later_loses_it_at_once(core: Core) -> None:
    await desk(core)
    filed = await complained(core, "三号窗口穿红衣服的")
    assert (filed.ticket.about_staff, filed.ticket.owner) == (None, "staff:chen")
    named = await done(core, filed.ticket, QIAN, "name", to="chen")
    assert (named.about_staff, named.owner, named.first_owner) == ("staff:chen", "staff:qian", "staff:qian")
    assert await seen_by(core, "chen", "manager") == set()
    assert await seen_by(core, "qian", "manager") == {named.number}


async def test_other_complaints_are_the_desks(core: Core) -> None:
    await desk(core)
    ticket = await entered(core, WANG, kind="complaint", about="equipment", text="自助机坏了")
    for one in (LI, WANG, CHEN, SUN, AUDITOR):
        assert (await lists.get_ticket(core, str(ticket.id), one))["number"] == ticket.number
