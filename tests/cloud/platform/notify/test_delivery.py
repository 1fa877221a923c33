"""Every message is delivered once, or is shown as failed or unknown: on good days, on bad days, after a kill."""

import asyncio
import contextvars

import pytest

from cloud.platform.database import transaction
from cloud.platform.notify import worker as module
from cloud.platform.notify.channels import Contact
from cloud.platform.notify.ledger import report
from cloud.platform.notify.models import Delivery
from cloud.platform.notify.service import send
from devices.simulators.sms_gateway import Faults
from protocols.sms import SmsStatus
from tests.cloud.platform.notify.desk import ANN, BOB, CONTRACT, PAY, Desk
from tests.waiting import until

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try a channel that does not answer again at once."""
    monkeypatch.setattr(module, "PAUSE_MIN_S", 0.001)
    monkeypatch.setattr(module, "PAUSE_MAX_S", 0.001)


async def test_a_message_goes_out_with_the_accounts_signature_and_its_price_is_kept(desk: Desk) -> None:
    await desk.tell()
    await desk.turn()
    (shown,) = desk.gateway.store.shown()
    assert shown.phone == "13800000001"
    assert shown.text == "【零工驿站】镇江某公司 已向您的账户发放工钱 320.00 元（3 月 1 日）。如有不符请到窗口核对。"
    row = await desk.one()
    assert (row.state, row.cost_fen, row.tries) == ("sent", 5, 1)
    assert row.provider_id.startswith("R")


async def test_the_same_key_is_told_once_even_when_two_tell_it_at_the_same_time(desk: Desk) -> None:
    await asyncio.gather(*(desk.tell(person) for person in (ANN, BOB) for _ in range(3)))
    await desk.turn(3, minutes=1)
    assert len(desk.gateway.store.shown()) == 1


async def test_a_transaction_that_fails_tells_nothing(desk: Desk) -> None:
    async def undone() -> None:
        async with desk.core.outbox.transaction():
            await send(desk.core, ANN, "pay-sent", PAY, "k1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    await desk.turn()
    assert (desk.gateway.store.shown(), await desk.rows()) == ([], [])


async def test_a_message_whose_answer_was_lost_is_asked_for_and_not_sent_again(desk: Desk) -> None:
    desk.gateway.faults = Faults(drop_answers=1, reports="late")
    await desk.tell()
    await desk.turn()
    assert (await desk.one()).state == "queued"
    await desk.turn(2, minutes=1)
    row = await desk.one()
    assert (row.state, row.cost_fen, len(desk.gateway.store.shown())) == ("sent", 5, 1)


@pytest.mark.parametrize("fault", [Faults(down=True), Faults(error=503), Faults(error=500)])
async def test_a_gateway_that_is_down_gets_every_message_once_when_it_is_back(desk: Desk, fault: Faults) -> None:
    desk.gateway.faults = fault
    for number, person in enumerate([ANN, BOB]):
        await desk.tell(person, key=f"k{number}")
    for _ in range(20):
        await desk.turn(minutes=5)
        await asyncio.sleep(0.002)
    assert {row.state for row in await desk.rows()} == {"queued"}
    desk.gateway.faults = Faults()
    for _ in range(4):
        await asyncio.sleep(0.002)
        await desk.turn(minutes=6)
    assert sorted(one.phone for one in desk.gateway.store.shown()) == ["13800000001", "13800000002"]
    assert {row.state for row in await desk.rows()} == {"sent"}


async def test_a_gateway_that_stays_away_makes_messages_fail_with_the_reason(desk: Desk) -> None:
    desk.gateway.faults = Faults(error=503)
    await desk.tell(template="login-code", values={"code": "123456", "minutes": "5"})
    for _ in range(12):
        await desk.turn(minutes=1)
        await asyncio.sleep(0.002)
    row = await desk.one()
    # It may have been taken: 503 can come from a proxy in front of it.
    assert (row.state, row.error) == ("unknown", "503 busy")
    desk.gateway.faults = Faults()
    await desk.turn(3, minutes=30)
    row = await desk.one()
    assert (row.state, row.error.split(":")[0]) == ("failed", "unheard")
    assert desk.gateway.store.shown() == []


async def test_while_a_channel_does_not_answer_one_message_at_a_time_tries_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_MIN_S", 60.0)
    monkeypatch.setattr(module, "PAUSE_MAX_S", 60.0)
    desk.gateway.faults = Faults(error=502)
    for number in range(30):
        await desk.tell(key=f"k{number}")
    await desk.turn(3)
    assert desk.gateway.refused["busy"] == module.BATCH
    desk.clock.forward(hours=25)
    await desk.turn(2)
    states = [row.state for row in await desk.rows()]
    assert states.count("failed") == 30 - module.BATCH, "what is too late is not kept waiting for the channel"


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_killed_worker_had_under_way_is_asked_for(desk: Desk, *, arrived: bool) -> None:
    await desk.tell()
    (claimed,) = await desk.worker._claim("sms", 1)
    if arrived:
        letter = await desk.worker._letter(claimed.row, await claimed.row.notification, asked=False)
        await desk.channels["sms"].send(letter)  # type: ignore[arg-type]
    dead = desk.worker._process.rpartition("/")[0] + "/0"
    await Delivery.filter(id=claimed.row.id).update(claimed_by=dead)
    desk.another_worker()
    await desk.turn(3, seconds=10)
    assert len(desk.gateway.store.shown()) == 1
    assert (await desk.one()).state in {"sent", "delivered"}


async def test_a_claim_of_another_machine_ends_by_its_age(desk: Desk) -> None:
    await desk.tell()
    (claimed,) = await desk.worker._claim("sms", 1)
    await Delivery.filter(id=claimed.row.id).update(claimed_by="elsewhere/1/1")
    await desk.turn(2, seconds=29)
    assert desk.gateway.store.shown() == []
    await desk.turn(3, seconds=10)
    assert (await desk.one()).state == "sent"


async def test_a_slow_worker_does_not_write_over_the_one_that_took_its_place(desk: Desk) -> None:
    await desk.tell()
    slow = desk.worker
    (claimed,) = await slow._claim("sms", 1)
    desk.clock.forward(seconds=61)
    desk.another_worker()
    await desk.turn(2, seconds=1)
    await report(desk.core, SmsStatus(id=str(claimed.row.id), state="delivered", receipt="R", cost_fen=5))
    await slow._deliver(claimed)
    assert (await desk.one()).state == "delivered"
    assert len(desk.gateway.store.shown()) == 1


async def test_two_workers_beside_each_other_send_each_message_once(desk: Desk) -> None:
    desk.gateway.faults = Faults(slow_s=0.01)
    for number in range(40):
        desk.book.entries[f"p:{number}"] = Contact(phone=f"139000001{number:02}")
        await desk.tell(f"p:{number}", key=f"k{number}")
    one, two = desk.worker, desk.another_worker()
    await asyncio.gather(*(worker.round() for worker in (one, two) for _ in range(3)))
    await desk.turn()
    phones = [shown.phone for shown in desk.gateway.store.shown()]
    assert len(phones) == len(set(phones)) == 40


async def test_what_the_gateway_refuses_fails_with_its_reason(desk: Desk) -> None:
    desk.channels["sms"]._account = type(desk.channels["sms"]._account)(  # type: ignore[attr-defined]
        desk.channels["sms"]._account.url,  # type: ignore[attr-defined]
        "yizhan",
        b"a secret of core and gateway",
        "别的签名",
    )
    await desk.tell()
    await desk.turn()
    row = await desk.one()
    assert (row.state, row.error.split(":")[0]) == ("failed", "sign")


async def test_a_wrong_secret_loses_nothing_and_says_so(desk: Desk) -> None:
    right = desk.channels["sms"]._account  # type: ignore[attr-defined]
    wrong = type(right)(right.url, "yizhan", b"another secret", right.sign)
    desk.channels["sms"]._account = wrong  # type: ignore[attr-defined]
    await desk.tell()
    await desk.turn()
    row = await desk.one()
    assert (row.state, row.error) == ("queued", "401 signature-wrong: is the account's secret right, and our clock?")
    desk.channels["sms"]._account = right  # type: ignore[attr-defined]
    await asyncio.sleep(0.002)
    desk.clock.forward(minutes=1)
    await desk.turn(2, minutes=1)
    assert (await desk.one()).state == "sent"


async def test_a_phone_that_got_too_much_waits_as_long_as_the_gateway_says(desk: Desk) -> None:
    for number in range(3):
        await desk.tell(key=f"k{number}")
    await desk.turn()
    states = sorted(row.state for row in await desk.rows())
    assert states == ["queued", "sent", "sent"]
    (waiting,) = await desk.rows(state="queued")
    assert waiting.error == "429 rate-phone"
    assert waiting.next_at is not None
    assert (waiting.next_at - desk.clock.now()).total_seconds() > 50


@pytest.mark.parametrize("report_first", [True, False])
async def test_a_report_ends_a_delivery_whenever_it_comes(desk: Desk, *, report_first: bool) -> None:
    desk.gateway.faults = Faults(drop_answers=1 if report_first else 0)
    await desk.tell()
    await desk.turn()
    row = await desk.one()
    assert row.state == ("queued" if report_first else "sent")
    told = SmsStatus(id=row.id, state="delivered", receipt="R1", cost_fen=5)
    assert await report(desk.core, told)
    assert not await report(desk.core, told), "the same once more tells nothing new"
    assert not await report(desk.core, told.model_copy(update={"state": "failed"}))
    await desk.turn(3, minutes=6)
    row = await desk.one()
    assert (row.state, row.cost_fen, len(desk.gateway.store.shown())) == ("delivered", 5, 1)


async def test_a_report_that_comes_while_the_worker_writes_is_not_lost(desk: Desk) -> None:
    await desk.tell()
    await desk.turn()
    row = await desk.one()
    mine = Delivery.filter(id=row.id)
    await mine.update(state="sending")
    outside = contextvars.copy_context()
    async with transaction():
        await mine.update(state="sent")
        told = SmsStatus(id=row.id, state="delivered", receipt="R1", cost_fen=5)
        task = asyncio.create_task(report(desk.core, told), name="report", context=outside)
        await asyncio.sleep(0.2)
    assert await task
    assert (await desk.one()).state == "delivered"


async def test_a_delivery_without_a_report_is_asked_for_and_then_left(desk: Desk) -> None:
    await desk.tell()
    await desk.turn()
    (shown,) = desk.gateway.store.shown()
    desk.gateway.store.finish(shown.id, "delivered", "")
    desk.clock.forward(minutes=2)
    await desk.turn()
    assert (await desk.one()).state == "delivered"


async def test_a_delivery_of_which_nobody_ever_speaks_stays_sent(desk: Desk) -> None:
    desk.gateway.faults = Faults(reports="late", late_s=86_400)
    await desk.tell()
    for _ in range(10):
        await desk.turn(days=1)
    row = await desk.one()
    assert (row.state, row.next_at) == ("sent", None)


async def test_at_night_nobodys_phone_rings_except_for_what_he_asked_for(desk: Desk) -> None:
    desk.clock.forward(hours=13)  # 22:00
    await desk.tell()
    await desk.tell(BOB, "login-code", "k2", values={"code": "123456", "minutes": "5"})
    await desk.turn()
    assert [shown.phone for shown in desk.gateway.store.shown()] == ["13800000002"]
    (waiting,) = await desk.rows(state="queued")
    assert waiting.tries == 0
    await desk.turn(hours=8, minutes=59)
    await desk.turn(minutes=2)
    assert len(desk.gateway.store.shown()) == 1, "06:59"
    await desk.turn()
    assert len(desk.gateway.store.shown()) == 2


@pytest.mark.parametrize(
    ("template", "values", "states"),
    [
        ("pay-sent", PAY, ["withheld"]),
        ("contract-to-sign", CONTRACT, ["sent"]),
        ("login-code", {"code": "123456", "minutes": "5"}, ["sent"]),
    ],
)
async def test_who_opted_out_of_a_purpose_hears_of_it_in_the_inbox_only(
    desk: Desk, template: str, values: dict[str, str], states: list[str]
) -> None:
    desk.book.entries[ANN] = Contact(phone="13800000001", opted_out=frozenset({"pay", "code"}))
    await desk.tell(template=template, values=values)
    await desk.turn(3, seconds=10)
    assert [row.state for row in await desk.rows(channel="sms")] == states


async def test_a_template_that_is_not_approved_goes_to_the_inbox_only(desk: Desk) -> None:
    await desk.tell(template="recommendation", values={"count": "3", "firm": "甲", "post": "分拣"})
    await desk.turn(3, seconds=10)
    assert [(row.state, row.error) for row in await desk.rows(channel="sms")] == [("withheld", "not_approved")]
    assert desk.gateway.store.shown() == []


async def test_without_a_gateway_nothing_is_called_sent(desk: Desk) -> None:
    desk.channels.clear()
    await desk.tell()
    await desk.turn(3, seconds=10)
    assert {(row.state, row.error) for row in await desk.rows()} == {("withheld", "no_provider")}


async def test_the_worker_runs_until_it_is_stopped(desk: Desk) -> None:
    task = asyncio.create_task(desk.worker.run(), name="worker")
    await desk.tell()
    await until(lambda: len(desk.gateway.store.shown()) == 1, "the message is on its way")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
