"""Numbers at the console: who is next, what may be done to whom, late numbers, the end of a day."""

import asyncio
from datetime import timedelta

import pytest

from cloud.fleet.models import Command, Slot
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.models import DomainEvent
from cloud.platform.times import market_day
from cloud.service import queue
from cloud.service.queue_models import QueueMove, QueueService, QueueTicket
from cloud.service.queue_rules import rules_on, table
from cloud.service.queue_shapes import CounterDraft, ServiceDraft
from protocols.rules.queueing import label
from tests.cloud.clocks import HandClock
from tests.cloud.service.halls import STATION, Hall

pytestmark = pytest.mark.db


async def called(hall: Hall, counter: int = 1) -> str | None:
    row = await queue.call_next(hall.core, STATION, counter, by=f"staff:{counter}")
    return label(row.letter, row.number) if row else None


async def test_next_ends_who_is_there_and_calls_by_time_of_issue(hall: Hall) -> None:
    first, _ = await hall.give(2)
    assert await called(hall) == "A001"
    assert await called(hall) == "A002"
    row = await hall.row(first)
    assert (row.state, row.counter) == ("done", 1)
    assert await called(hall) is None
    assert await called(hall) is None
    assert await QueueTicket.filter(state="done").count() == 2


async def test_a_number_issued_offline_takes_the_place_of_its_time(hall: Hall) -> None:
    await hall.give(1)
    late = hall.issued(at=hall.core.now() - timedelta(minutes=30))
    await hall.take(late)
    await hall.take(late)  # the same again changes nothing
    assert [await called(hall), await called(hall)] == ["A002", "A001"]


async def test_a_counter_calls_only_what_it_has_the_skills_for(hall: Hall) -> None:
    await queue.put_service(hall.core, STATION, "B", ServiceDraft(name="英语咨询", skills=["英语"]))
    await hall.give(1, "B")
    assert await called(hall, 1) is None
    await queue.put_counter(hall.core, STATION, 2, CounterDraft(name="二", skills=["英语", "手语"]))
    assert await called(hall, 2) == "B001"


async def test_priority_goes_first_by_the_rule_that_is_shown(hall: Hall, clock: HandClock) -> None:
    await hall.give(3)
    await hall.give(3, "B", priority="elderly")
    order = []
    for _ in range(6):
        order.append(await called(hall))
        clock.forward(seconds=1)
    assert order == ["B001", "B002", "A001", "B003", "A002", "A003"]
    shown = await queue.queue_document(hall.core, STATION)
    assert shown["rules"] == rules_on(market_day(hall.core.now())).text
    assert all(entry.source for entry in table())


async def test_skip_comes_back_after_some_calls_and_is_given_up_in_the_end(hall: Hall) -> None:
    first, *_ = await hall.give(5)
    rules = rules_on(market_day(hall.core.now())).rules
    assert await called(hall) == "A001"
    await queue.act(hall.core, STATION, first, "skip", 1, by="staff:1")
    assert [await called(hall) for _ in range(rules.skip_returns_after)] == ["A002", "A003", "A004"]
    assert await called(hall) == "A001"
    for _ in range(rules.max_skips - 1):
        await queue.act(hall.core, STATION, first, "skip", 1, by="staff:1")
        await queue.act(hall.core, STATION, first, "call", 1, by="staff:1")
    await queue.act(hall.core, STATION, first, "skip", 1, by="staff:1")
    row = await hall.row(first)
    assert (row.state, row.skips) == ("no_show", rules.max_skips + 1)
    again = await queue.act(hall.core, STATION, first, "recall", 2, by="staff:2")
    assert (again.state, again.counter) == ("called", 2)


async def test_a_transfer_keeps_the_place(hall: Hall, clock: HandClock) -> None:
    (first,) = await hall.give(1)
    clock.forward(seconds=60)
    await hall.give(2, "B")
    await called(hall)
    with pytest.raises(InvalidInputError):
        await queue.act(hall.core, STATION, first, "transfer", 1, by="staff:1")
    with pytest.raises(NotFoundError):
        await queue.act(hall.core, STATION, first, "transfer", 1, by="staff:1", to="Z")
    await queue.act(hall.core, STATION, first, "transfer", 1, by="staff:1", to="B")
    assert [await called(hall), await called(hall)] == ["A001", "B001"]


async def test_what_the_table_does_not_allow_changes_nothing(hall: Hall) -> None:
    first, second = await hall.give(2)
    with pytest.raises(ConflictError, match="不能 done"):
        await queue.act(hall.core, STATION, second, "done", 1, by="staff:1")
    await called(hall, 1)
    with pytest.raises(ConflictError, match="1 号窗口"):
        await queue.act(hall.core, STATION, first, "recall", 2, by="staff:2")
    with pytest.raises(ConflictError, match="先办结 A001"):
        await queue.act(hall.core, STATION, second, "call", 1, by="staff:1")
    await queue.put_counter(hall.core, STATION, 2, CounterDraft(name="二", active=False))
    with pytest.raises(ConflictError, match="已停用"):
        await called(hall, 2)
    with pytest.raises(NotFoundError):
        await called(hall, 9)
    assert await QueueMove.all().count() == 1


async def test_a_station_whose_line_is_cut_is_not_called_for(hall: Hall) -> None:
    await hall.give(1)
    await hall.presence("offline")
    with pytest.raises(ConflictError) as refusal:
        await called(hall)
    assert refusal.value.name == "station-offline"


async def test_a_call_is_asked_of_every_screen_that_can_call(hall: Hall) -> None:
    await hall.give(1)
    await called(hall)
    orders = [(row.slot, row.args) for row in await Command.all()]
    assert orders == [("wall", '{"text": "请 A001 到 1 号窗口"}')]
    assert await Slot.filter(station_id=STATION).count() == 2


async def test_two_counters_that_press_at_once_call_two_numbers(hall: Hall) -> None:
    await hall.give(20)
    for _ in range(10):
        found = await asyncio.gather(called(hall, 1), called(hall, 2))
        assert len(set(found)) == 2
    assert await QueueMove.filter(act="call", taken=True).count() == 20
    assert await QueueTicket.filter(state__in=["called", "done"]).count() == 20


async def test_yesterdays_numbers_are_closed_and_late_ones_too(hall: Hall, clock: HandClock) -> None:
    waiting, there = await hall.give(2)
    await called(hall)
    clock.forward(seconds=24 * 3600)
    late = hall.issued(at=hall.core.now() - timedelta(days=1))
    await hall.take(late)
    assert await called(hall, 2) is None
    assert await queue.end_days(hall.core) == "关闭 3 个号"
    assert await queue.end_days(hall.core) == "关闭 0 个号"
    assert {(await hall.row(one)).state for one in (waiting, there, late.data.ticket)} == {"closed"}


async def test_the_last_weeks_say_how_long_one_person_takes(hall: Hall, clock: HandClock) -> None:
    await hall.give(21)
    for _ in range(21):
        await called(hall)
        clock.forward(seconds=120)
    await called(hall)
    await queue.end_days(hall.core)
    assert (await QueueService.get(station=STATION, letter="A")).measured_s == 120
    document = await queue.queue_document(hall.core, STATION)
    assert document["services"][0]["measured_s"] == 120


async def test_who_sits_down_elsewhere_has_left(hall: Hall) -> None:
    await queue.take_seat(hall.core, STATION, 2, by="staff:1")
    counters = (await queue.queue_document(hall.core, STATION))["counters"]
    assert [one["staff"] for one in counters] == [None, "staff:1"]
    await queue.leave_seat(hall.core, STATION, 2)
    services = (await queue.queue_document(hall.core, STATION))["services"]
    assert services[0]["estimate_s"] is None


async def test_every_change_is_told_once_committed(hall: Hall) -> None:
    before = await DomainEvent.filter(topic=queue.CHANGED).count()
    await hall.give(1)
    await called(hall)
    events = await DomainEvent.filter(topic=queue.CHANGED).order_by("id")
    assert [one.key for one in events[before:]] == [STATION, STATION]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("numbers", [50, pytest.param(250, marks=pytest.mark.deep)])
async def test_presses_at_two_counters_call_each_number_once(hall: Hall, numbers: int) -> None:
    await hall.give(numbers)
    order: list[str] = []

    async def press(counter: int) -> None:
        for _ in range(numbers):
            found = await called(hall, counter)
            if found is not None:
                order.append(found)

    await asyncio.gather(press(1), press(2))
    assert sorted(order) == [label("A", number) for number in range(1, numbers + 1)]
    assert await QueueMove.filter(act="call", taken=True).count() == numbers


async def test_numbers_go_when_the_ledger_may_forget_them(hall: Hall, clock: HandClock) -> None:
    (old,) = await hall.give(1)
    await called(hall)
    clock.forward(seconds=2 * 24 * 3600)
    (young,) = await hall.give(1)
    assert await queue.forget_before(hall.core, clock.now()) == 1
    assert [str(row.id) for row in await QueueTicket.all()] == [young]
    assert await QueueMove.filter(ticket=old).count() == 0
