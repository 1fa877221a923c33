"""A person is called out on a wall or kiosk: one command, and its end is the message's."""

import pytest

from cloud.fleet.calls import CALL, CallChannel
from cloud.fleet.models import Command
from cloud.fleet.service import apply_site
from cloud.platform.core import Core
from cloud.platform.notify.channels import NoContacts
from cloud.platform.notify.ledger import Filter, Row, deliveries
from cloud.platform.notify.service import inbox, send
from cloud.platform.notify.worker import Worker
from provisioning.site import parse_site
from tests.cloud.clocks import HandClock
from tests.cloud.running import SITE

pytestmark = pytest.mark.db

TICKET = {"number": "A017", "window": "3 号窗口"}


async def call(core: Core, clock: HandClock, place: str) -> Row:
    """Call somebody out and let the worker do it; return the delivery."""
    async with core.outbox.transaction():
        await send(core, "ticket:A017", "ticket-call", TICKET, "k1", place=place)
    worker = Worker(core, NoContacts(), {"call": CallChannel(core)})
    await worker.round()
    clock.forward(minutes=2)
    await worker.round()
    (row,) = (await deliveries(Filter()))[0]
    return row


@pytest.mark.parametrize(
    ("ended", "state"), [("done", "delivered"), ("rejected", "failed"), ("expired", "failed"), ("sent", "sent")]
)
async def test_a_call_is_one_command_and_its_end_is_the_messages(
    core: Core, clock: HandClock, ended: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply_site(core, parse_site(SITE))
    created = CallChannel.send

    async def answered(channel: CallChannel, letter: object) -> object:
        outcome = await created(channel, letter)  # type: ignore[arg-type]
        await Command.all().update(state=ended)
        return outcome

    monkeypatch.setattr(CallChannel, "send", answered)
    row = await call(core, clock, "st-01/wall")
    command = await Command.get()
    assert (command.id, command.slot, command.name) == (row.id, "wall", CALL)
    assert "请 A017 号到 3 号窗口 办理。" in command.args
    assert row.state == state
    assert [item.title for item in (await inbox(core, "ticket:A017")).items] == ["请到窗口"]


async def test_a_place_that_is_not_there_makes_the_call_fail(core: Core, clock: HandClock) -> None:
    await apply_site(core, parse_site(SITE))
    row = await call(core, clock, "st-01/kiosk-9")
    assert (row.state, row.error.split(":")[0]) == ("failed", "no_slot")
    assert await Command.all().count() == 0
