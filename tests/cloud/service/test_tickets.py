"""Tickets: the first-asked person is never dropped, the clock follows its pauses, every step is told once."""

import random
from datetime import UTC, datetime

import pytest

from cloud.platform.core import Core
from cloud.platform.errors import CloudError, ConflictError, InvalidInputError, NotFoundError
from cloud.service import findings, lists, own, watch
from cloud.service.drafts import ActAsked, JudgeAsked, RatingAsked, TicketDraft
from cloud.service.filing import Filing, file_ticket
from cloud.service.models import Ticket, TicketPause, TicketStep
from cloud.service.states import ACTS, TICKET_MOVES, TICKET_STATES, may
from cloud.service.tickets import MAX_REOPENS, PAUSE_REASONS, act
from tests.cloud.clocks import HandClock
from tests.cloud.service.sample import CHEN, LI, MONDAY_TEN, SUN, WANG, desk, done, entered, told

pytestmark = pytest.mark.db


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at ten on a Monday."""
    clock = HandClock()
    clock.forward(seconds=(MONDAY_TEN - clock.now()).total_seconds())
    return clock


def test_the_table_of_acts_leads_to_known_states_and_ends() -> None:
    assert {move.target for move in TICKET_MOVES.values()} <= {None, *TICKET_STATES}
    assert all(move.sources <= set(TICKET_STATES) for move in TICKET_MOVES.values())
    for state in ("closed", "withdrawn"):
        assert {one for one in ACTS if may(state, one)} == {"opinion", "judge"}


async def test_who_enters_a_ticket_was_asked_first_and_it_is_due_after_five_open_days(core: Core) -> None:
    await desk(core)
    ticket = await entered(core)
    assert (ticket.first_owner, ticket.owner, ticket.state) == ("staff:li", "staff:li", "open")
    assert ticket.number == "GD20260302-0001"
    assert ticket.due_at == datetime(2026, 3, 7, 9, 0, tzinfo=UTC), "Saturday at 17:00: the market is open"
    assert (await entered(core)).number == "GD20260302-0002"


async def test_a_ticket_of_the_public_goes_to_who_has_the_fewest(core: Core) -> None:
    await desk(core)
    await entered(core, LI)
    draft = TicketDraft(kind="request", text="请回电", phone="13800000009")
    filed = await file_ticket(core, draft, Filing("web", "public"))
    assert filed.ticket.first_owner == "staff:wang"
    assert await told("ticket-new") == ["staff:wang"]
    assert "13800000009" not in str(filed.ticket.phone)


async def test_no_sequence_of_acts_drops_the_first_asked_person(core: Core, clock: HandClock) -> None:
    """Random steps of five people over two weeks; whoever works on it, `first_owner` stays."""
    await desk(core)
    tickets = [await entered(core, kind=kind) for kind in ("request", "consultation", "equipment")]
    chance, done_steps = random.Random(7), 0
    for _ in range(150):
        ticket = chance.choice(tickets)
        asked = ActAsked(
            act=chance.choice([one for one in ACTS if one not in {"withdraw", "close"}]), note="记一笔",
            to=chance.choice(["staff:wang", "staff:li", "staff:zhao", "staff:chen", "staff:nobody", ""]),
            reason=chance.choice(PAUSE_REASONS),
        )  # fmt: skip
        try:
            await act(core, str(ticket.id), asked, chance.choice([LI, WANG, CHEN]))
            done_steps += 1
        except CloudError:
            pass
        clock.forward(minutes=chance.randrange(90))
        row = await Ticket.get(id=ticket.id)
        assert row.first_owner == "staff:li"
        assert row.owner is not None
    assert done_steps > 30
    hands = await TicketStep.filter(act="hand")
    assert hands
    assert all(row.from_owner and row.to_owner and row.from_owner != row.to_owner for row in hands)


async def test_a_hand_over_keeps_the_first_asked_person_in_his_inbox(core: Core) -> None:
    await desk(core)
    ticket = await done(core, await entered(core), what="hand", to="staff:wang")
    assert (ticket.first_owner, ticket.owner) == ("staff:li", "staff:wang")
    assert await told("ticket-handed") == ["staff:wang"]
    for principal in (LI, WANG):
        page = await lists.list_tickets(core, principal, view="mine")
        assert [item["id"] for item in page.items] == [str(ticket.id)]
    with pytest.raises(InvalidInputError):
        await done(core, ticket, WANG, "hand", to="staff:sun")
    with pytest.raises(InvalidInputError, match="转办原因"):
        await done(core, ticket, WANG, "hand", to="staff:li", note="")


async def test_the_clock_stands_while_the_person_is_waited_for(core: Core, clock: HandClock) -> None:
    await desk(core)
    ticket = await entered(core, kind="equipment")  # 480 working minutes, from ten: due tomorrow at ten
    assert ticket.due_at == datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    clock.forward(hours=1)
    paused = await done(core, ticket, what="pause", reason="visitor")
    assert (paused.state, paused.due_at) == ("paused", None)
    clock.forward(days=1)
    resumed = await done(core, ticket, what="resume")
    assert resumed.due_at == datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    with pytest.raises(InvalidInputError):
        await done(core, ticket, what="pause", reason="holiday")
    await done(core, ticket, what="pause", reason="papers")
    await done(core, ticket, what="resume")
    with pytest.raises(ConflictError, match="最多暂停 2 次"):
        await done(core, ticket, what="pause", reason="visitor")


async def test_a_pause_ends_by_itself_from_its_bound_on(core: Core, clock: HandClock) -> None:
    await desk(core)
    ticket = await entered(core, kind="equipment")
    await done(core, ticket, what="pause", reason="visitor")
    until = (await TicketPause.get(ticket_id=ticket.id)).until
    assert until == datetime(2026, 3, 7, 9, 0, tzinfo=UTC), "five open days"
    clock.forward(days=9)
    await watch.watch_tickets(core)
    row = await Ticket.get(id=ticket.id)
    assert row.state == "open"
    assert (await TicketPause.get(ticket_id=ticket.id)).ended_at == until, "however late the job came"
    assert row.due_at == datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    with pytest.raises(ConflictError, match="超期"):
        await done(core, ticket, what="pause", reason="visitor")


async def test_half_time_due_and_overdue_are_told_once_to_those_they_concern(core: Core, clock: HandClock) -> None:
    await desk(core)
    ticket = await entered(core, kind="equipment")
    await done(core, ticket, what="hand", to="staff:wang")
    for hours, reached in ((3.9, ""), (0.2, "half"), (20, "due"), (16, "due"), (15.1, "overdue"), (24, "overdue")):
        clock.forward(hours=hours)
        await watch.watch_tickets(core)
        await watch.watch_tickets(core)
        assert (await Ticket.get(id=ticket.id)).told == reached
    assert await told("ticket-half") == ["staff:wang", "staff:li"]
    assert await told("ticket-due") == ["staff:wang", "staff:li", "staff:chen", "staff:qian"]
    assert await told("ticket-overdue") == ["staff:wang", "staff:li", "staff:chen", "staff:qian", "staff:sun"]
    steps = [row.act for row in await TicketStep.filter(ticket_id=ticket.id).order_by("id")]
    assert steps == ["file", "hand", "half", "due", "overdue"]
    assert (await done(core, ticket, WANG)).late is True


async def test_a_result_is_looked_up_by_receipt_asked_again_and_rated(core: Core, clock: HandClock) -> None:
    await desk(core)
    draft = TicketDraft(kind="rights", topic="拖欠工资", text="三个月没有发工资")
    filed = await own.file_anonymous(core, draft)
    typed = filed.receipt.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert (await own.look_up(core, typed))["number"] == filed.ticket.number
    with pytest.raises(NotFoundError):
        await own.look_up(core, "0000-0000-0000")
    for _ in range(MAX_REOPENS):
        clock.forward(hours=1)
        await done(core, filed.ticket, CHEN)
        assert (await own.look_up(core, filed.receipt))["result"] == "已办好"
        clock.forward(days=1)
        again = await own.step_by_receipt(core, filed.receipt, ActAsked(act="reopen", note="还没有发"))
        assert (again["state"], again["result"]) == ("open", None)
        assert again["clock"]["budget_minutes"] - again["clock"]["used_minutes"] >= 3 * 480
    await done(core, filed.ticket, CHEN)
    with pytest.raises(ConflictError, match="期限或次数"):
        await own.step_by_receipt(core, filed.receipt, ActAsked(act="reopen", note="还没有发"))
    closed = await own.rate_by_receipt(core, filed.receipt, RatingAsked(rating=2))
    assert (closed["state"], closed["rating"]) == ("closed", 2)
    with pytest.raises(ConflictError):
        await own.rate_by_receipt(core, filed.receipt, RatingAsked(rating=5))


async def test_what_is_answered_and_not_rated_is_closed_after_fifteen_days(core: Core, clock: HandClock) -> None:
    await desk(core)
    ticket = await done(core, await entered(core))
    clock.forward(days=14)
    await watch.watch_tickets(core)
    assert (await Ticket.get(id=ticket.id)).state == "done"
    clock.forward(days=2)
    await watch.watch_tickets(core)
    assert (await Ticket.get(id=ticket.id)).state == "closed"


async def test_only_the_purchaser_judges_and_until_then_the_number_is_unknown(core: Core, clock: HandClock) -> None:
    await desk(core)
    day = clock.now().date()
    assert (await findings.conduct_findings(day, day)).count == 0
    ticket = await entered(core, kind="complaint", text="下午四点就关门了")
    assert (await findings.conduct_findings(day, day)).count is None
    await done(core, ticket, CHEN)
    asked = JudgeAsked(valid=True, finding="hours", note="监控显示 16:10 关门")
    for operator in (CHEN, CHEN.__class__("staff", "root", "admin")):
        with pytest.raises(CloudError, match="采购人"):
            await findings.judge(core, str(ticket.id), asked, operator)
    await findings.judge(core, str(ticket.id), asked, SUN)
    found = await findings.conduct_findings(day, day)
    assert (found.count, found.valid) == (1, (ticket.number,))
    await findings.judge(core, str(ticket.id), JudgeAsked(valid=True, finding="other", note="与考评无关"), SUN)
    assert (await findings.conduct_findings(day, day)).count == 0
    with pytest.raises(InvalidInputError):
        await findings.judge(core, str(ticket.id), JudgeAsked(valid=True, note="没写事项"), SUN)


async def test_the_operator_cannot_withdraw_a_complaint(core: Core) -> None:
    await desk(core)
    with pytest.raises(ConflictError, match="投诉人"):
        await done(core, await entered(core, kind="complaint"), CHEN, "withdraw")
