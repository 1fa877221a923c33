"""What people find in their inbox, what is kept of it and how, and what is forgotten."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.models import DomainEvent
from cloud.platform.notify import ledger
from cloud.platform.notify.channels import Contact
from cloud.platform.notify.models import Notification
from cloud.platform.notify.purposes import PURPOSES, quiet_until
from cloud.platform.notify.service import CREATED, inbox, mark_read, remove, send, unread_count
from cloud.platform.times import MARKET_TIME
from firmware_profiles.ui.messages import load_templates
from protocols.sms import SmsStatus
from tests.cloud.platform.notify.desk import ANN, BOB, PAY, Desk

CODE = {"code": "123456", "minutes": "5"}
STAFF = "staff:li"
ASKED = {"by": "wang", "what": "发布屏幕内容"}


@pytest.mark.db
async def test_an_inbox_shows_the_newest_first_in_parts_and_nobody_elses(desk: Desk) -> None:
    for number in range(5):
        await desk.tell(STAFF, "staff-approval", f"k{number}", values=ASKED | {"what": f"第 {number} 件"})
    await desk.tell(BOB, key="other")
    first = await inbox(desk.core, STAFF, limit=3)
    second = await inbox(desk.core, STAFF, after=first.next, limit=3)
    assert [item.text for item in (*first.items, *second.items)] == [f"wang 请求：第 {n} 件。" for n in (4, 3, 2, 1, 0)]
    assert second.next is None
    assert await desk.rows(channel="sms") == [row for row in await desk.rows() if row.recipient == f"person:{BOB}"]


@pytest.mark.db
async def test_read_messages_are_counted_out_and_only_by_their_reader(desk: Desk) -> None:
    for number in range(3):
        await desk.tell(STAFF, "staff-approval", f"k{number}", values=ASKED)
    ids = [item.id for item in (await inbox(desk.core, STAFF)).items]
    assert await unread_count(STAFF) == 3
    assert await mark_read(desk.core, "staff:wang", ids) == 0
    assert await mark_read(desk.core, STAFF, ids[:1]) == 1
    assert await mark_read(desk.core, STAFF, ids[:1]) == 0
    assert await unread_count(STAFF) == 2
    with pytest.raises(NotFoundError):
        await remove(desk.core, "staff:wang", ids[1])
    await remove(desk.core, STAFF, ids[1])
    assert len((await inbox(desk.core, STAFF)).items) == 2
    assert await mark_read(desk.core, STAFF) == 1
    with pytest.raises(NotFoundError):
        await mark_read(desk.core, STAFF, ["not an id"])


@pytest.mark.db
async def test_a_new_message_is_a_domain_event_that_says_for_whom_and_not_what(desk: Desk) -> None:
    await desk.tell()
    (event,) = await DomainEvent.filter(topic=CREATED)
    assert str(ANN) in event.data
    assert PAY["firm"] not in event.data
    await desk.tell(BOB, "login-code", "k2", values=CODE)
    assert await DomainEvent.filter(topic=CREATED).count() == 1, "a code is nobody's news"


@pytest.mark.db
async def test_what_was_told_is_sealed_in_the_database(desk: Desk) -> None:
    await desk.tell("phone:1", "login-code", values=CODE, phone="13800000009")
    await desk.tell(key="k2")
    for row in await Notification.all().values():
        assert not [word for word in ("13800000009", "123456", PAY["firm"], PAY["amount"]) if word in str(row)]


@pytest.mark.db
async def test_a_code_goes_to_the_phone_it_was_asked_for_and_is_then_forgotten(desk: Desk) -> None:
    await desk.tell("phone:1", "login-code", values=CODE, phone="13800000009")
    await desk.turn()
    assert [shown.phone for shown in desk.gateway.store.shown()] == ["13800000009"]
    assert (await inbox(desk.core, "phone:1")).items == []
    failed = SmsStatus(id=(await desk.one()).id, state="failed", receipt="R", code="absent")
    await ledger.report(desk.core, failed)
    desk.clock.forward(minutes=11)
    desk.another_worker()
    await desk.turn()
    row = await Notification.get()
    assert (row.content, row.phone) == (None, None)
    with pytest.raises(ConflictError, match="清除"):
        await ledger.again(desk.core, (await desk.one()).id, "staff:li")


@pytest.mark.db
async def test_who_is_erased_leaves_what_was_sent_and_paid_and_nothing_about_him(desk: Desk) -> None:
    await desk.tell()
    await desk.turn()
    await desk.tell(key="k2")
    await desk.tell(BOB, key="k3")
    assert len(await ledger.export_of(desk.core, ANN)) == 2
    assert await ledger.erase(ANN) == 2
    assert await ledger.export_of(desk.core, ANN) == []
    await desk.turn()
    rows = await desk.rows()
    assert sorted((row.recipient, row.state) for row in rows) == [
        ("erased", "failed"), ("erased", "sent"), (f"person:{BOB}", "sent"),
    ]  # fmt: skip
    assert await Notification.filter(content=None).count() == 2


@pytest.mark.db
async def test_costs_are_summed_by_month_of_the_market_and_channel(desk: Desk) -> None:
    desk.clock.forward(days=29, hours=14, minutes=59)  # 03-31 23:59, a code may go
    for number, key in enumerate(["k1", "k2"]):
        await desk.tell("phone:1", "login-code", key, values=CODE, phone=f"1380000001{number}")
        await desk.turn()
        desk.clock.forward(minutes=1)
        desk.another_worker()
    assert await ledger.costs(date(2026, 3, 15)) == {"sms": (1, 5)}
    assert await ledger.costs(date(2026, 4, 1)) == {"sms": (1, 5)}
    assert await ledger.costs(date(2026, 12, 31)) == {}


@pytest.mark.db
async def test_old_messages_are_forgotten_with_their_deliveries(desk: Desk) -> None:
    await desk.tell()
    await desk.turn()
    desk.clock.forward(days=2)
    await desk.tell(key="k2")
    assert await ledger.forget_before(desk.clock.now() - timedelta(days=1)) == 1
    assert len(await desk.rows()) == 1


@pytest.mark.db
async def test_what_does_not_fit_is_refused_before_anything_is_told(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        await send(desk.core, ANN, "no-such-template", {}, "k1")
    for values in ({}, PAY | {"more": "x"}, PAY | {"firm": "x" * 101}):
        with pytest.raises(InvalidInputError):
            await send(desk.core, ANN, "pay-sent", values, "k1")
    with pytest.raises(InvalidInputError):
        await send(desk.core, ANN, "pay-sent", PAY, "")
    with pytest.raises(NotFoundError):
        await send(desk.core, "person:nobody", "pay-sent", PAY, "k1")
    assert await Notification.all().count() == 0


@pytest.mark.db
async def test_a_new_number_counts_for_what_waits(desk: Desk) -> None:
    await desk.tell()
    desk.book.entries[ANN] = Contact(phone="13800000003")
    await desk.turn()
    assert [shown.phone for shown in desk.gateway.store.shown()] == ["13800000003"]


@pytest.mark.parametrize(
    ("hour", "minute", "until_hour", "day"),
    [(21, 59, None, 2), (22, 0, 7, 3), (23, 59, 7, 3), (0, 0, 7, 2), (6, 59, 7, 2), (7, 0, None, 2)],
)
def test_quiet_hours_are_those_of_the_market(hour: int, minute: int, until_hour: int | None, day: int) -> None:
    moment = datetime(2026, 3, 2, hour, minute, tzinfo=MARKET_TIME).astimezone(UTC)
    ends = quiet_until(moment)
    expected = None if until_hour is None else datetime(2026, 3, day, until_hour, tzinfo=MARKET_TIME)
    assert ends == expected


def test_every_purpose_has_rules_and_waits_no_longer_than_it_may() -> None:
    assert {one.purpose for one in load_templates().values()} <= PURPOSES.keys()
    night = timedelta(hours=9)
    assert all(rules.asked or rules.max_age > night for rules in PURPOSES.values())
    assert [purpose for purpose, rules in PURPOSES.items() if rules.asked] == ["code"]
