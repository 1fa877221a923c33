"""The online service: bounds, first-answer clock, hand-over, conversion, hotline; nobody is forgotten."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cloud.identity.visitors import Visitor
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.problems import ProblemError
from cloud.service import surveys, talks, threads
from cloud.service.chatmodels import Thread, ThreadMessage
from cloud.service.drafts import MAX_MESSAGE, CallDraft, CounterDraft, MessageAsked, QuestionAsked, RatingAsked
from cloud.service.models import Ticket
from tests.cloud.clocks import HandClock
from tests.cloud.people.sample import PHONE, in_by_code
from tests.cloud.service.sample import LI, MONDAY_TEN, WANG, desk, told

pytestmark = pytest.mark.db
SOMEBODY = Visitor("seeker", str(UUID(int=7)))
SOMEBODY_ELSE = Visitor("seeker", str(UUID(int=8)))


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at ten on a Monday."""
    clock = HandClock()
    clock.forward(seconds=(MONDAY_TEN - clock.now()).total_seconds())
    return clock


async def asked(core: Core, text: str = "周末开门吗", visitor: Visitor = SOMEBODY) -> Thread:
    return await threads.open_thread(core, QuestionAsked(text=text), visitor)


async def test_who_answers_first_owns_it_and_the_visitor_reads_no_name(core: Core, clock: HandClock) -> None:
    await desk(core)
    thread = await asked(core)
    assert thread.first_due_at == datetime(2026, 3, 2, 2, 10, tzinfo=UTC)
    clock.forward(minutes=4)
    answered = await threads.answer(core, str(thread.id), MessageAsked(text="开门"), LI)
    assert (answered.owner, answered.state, answered.ask_due_at) == ("staff:li", "talking", None)
    assert answered.first_answered_at == clock.now()
    shown = await talks.get_own(core, str(thread.id), SOMEBODY)
    assert [(one["side"], one["text"], one["by"]) for one in shown["messages"]] == [
        ("visitor", "周末开门吗", ""), ("staff", "开门", ""),
    ]  # fmt: skip
    with pytest.raises(NotFoundError):
        await talks.get_own(core, str(thread.id), SOMEBODY_ELSE)
    row = await ThreadMessage.filter(side="visitor").first()
    assert row is not None
    assert "周末" not in str(row.text), "what is said is sealed"


async def test_a_question_nobody_answers_is_told_once_and_again_for_the_next(core: Core, clock: HandClock) -> None:
    await desk(core)
    thread = await asked(core)
    clock.forward(minutes=9)
    await talks.watch_threads(core)
    assert await told("thread-waiting") == []
    clock.forward(minutes=2)
    await talks.watch_threads(core)
    await talks.watch_threads(core)
    desk_of_all = {"staff:li", "staff:wang", "staff:zhao", "staff:chen", "staff:qian"}
    assert set(await told("thread-waiting")) == desk_of_all
    await threads.answer(core, str(thread.id), MessageAsked(text="开门"), LI)
    await threads.ask(core, str(thread.id), MessageAsked(text="几点"), SOMEBODY)
    clock.forward(minutes=11)
    await talks.watch_threads(core)
    assert len(await told("thread-waiting")) == len(desk_of_all) + 3, "now it has an owner: he and who leads"


async def test_outside_the_hours_it_says_when_somebody_answers(core: Core, clock: HandClock) -> None:
    await desk(core)
    clock.forward(hours=10)  # 20:00
    thread = await asked(core)
    shown = await talks.get_own(core, str(thread.id), SOMEBODY)
    assert shown["opens_at"] == "2026-03-03T01:00:00.000Z"
    assert thread.first_due_at == datetime(2026, 3, 3, 1, 10, tzinfo=UTC)


async def test_bounds_of_length_rate_and_open_conversations(core: Core) -> None:
    await desk(core)
    first = await asked(core)
    await asked(core)
    with pytest.raises(ConflictError, match="还没有结束"):
        await asked(core)
    for _ in range(threads.MAX_PER_MINUTE - 1):
        await threads.ask(core, str(first.id), MessageAsked(text="在吗"), SOMEBODY)
    with pytest.raises(ProblemError) as refused:
        await threads.ask(core, str(first.id), MessageAsked(text="在吗"), SOMEBODY)
    assert refused.value.status == 429
    for text in ("", " ", "x" * (MAX_MESSAGE + 1), "a\x00b"):
        with pytest.raises(ValueError, match="text"):
            MessageAsked(text=text)


async def test_it_is_handed_over_and_made_a_ticket_of_who_was_asked_first(core: Core) -> None:
    await desk(core)
    thread = await asked(core, "公司三个月没发工资")
    await threads.answer(core, str(thread.id), MessageAsked(text="请说说情况"), LI)
    with pytest.raises(InvalidInputError):
        await threads.hand(core, str(thread.id), "staff:sun", LI)
    await threads.hand(core, str(thread.id), "staff:wang", LI)
    draft = CounterDraft(kind="rights", topic="拖欠工资", text="公司三个月没发工资")
    filed = await threads.convert(core, str(thread.id), draft, WANG)
    ticket = await Ticket.get(id=filed.ticket.id)
    assert (ticket.first_owner, ticket.thread, ticket.person) == ("staff:li", thread.id, SOMEBODY.id)
    over = await Thread.get(id=thread.id)
    assert (over.state, over.ticket) == ("closed", ticket.id)
    shown = await talks.get_own(core, str(thread.id), SOMEBODY)
    assert [one["act"] for one in shown["messages"]] == ["said", "said", "handed", "converted"]
    with pytest.raises(ConflictError):
        await threads.ask(core, str(thread.id), MessageAsked(text="还有"), SOMEBODY)


async def test_a_conversation_is_rated_once_and_counts(core: Core, clock: HandClock) -> None:
    await desk(core)
    thread = await asked(core)
    await threads.close_own(core, str(thread.id), SOMEBODY)
    await threads.rate(core, str(thread.id), RatingAsked(rating=5), SOMEBODY)
    with pytest.raises(ConflictError):
        await threads.rate(core, str(thread.id), RatingAsked(rating=1), SOMEBODY)
    day = clock.now().date()
    assert (await surveys.survey(day, day)).share.respondents == 1


async def test_a_hotline_call_is_a_conversation_with_its_number_sealed(core: Core) -> None:
    await desk(core)
    person = (await in_by_code(core)).visitor
    thread, filed = await talks.take_call(core, CallDraft(phone=PHONE, question="几点开门", answer="九点"), LI)
    assert (thread.channel, thread.state, thread.person, filed) == ("hotline", "closed", person.id, None)
    row = await Thread.get(id=thread.id)
    assert PHONE not in f"{row.phone}{row.phone_blind}"
    assert (await talks.get_thread(core, str(thread.id), WANG))["phone"] == "138****0001"
    _, filed = await talks.take_call(core, CallDraft(question="工资没发", kind="rights"), LI)
    assert filed is not None
    assert (filed.ticket.channel, filed.ticket.first_owner) == ("hotline", "staff:li")


async def test_what_fell_silent_is_ended(core: Core, clock: HandClock) -> None:
    await desk(core)
    thread = await asked(core)
    await threads.answer(core, str(thread.id), MessageAsked(text="开门"), LI)
    clock.forward(days=4)
    await talks.watch_threads(core)
    assert (await Thread.get(id=thread.id)).state == "closed"
