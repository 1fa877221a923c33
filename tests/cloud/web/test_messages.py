"""Messages through the whole core: sent by its worker, reported by the gateway, listed, and sent again by a person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from cloud.platform.notify.models import Delivery
from cloud.platform.notify.service import send
from cloud.platform.settings import Settings
from cloud.web.messages import REPORTS_PATH
from devices.simulators.sms_gateway import Account, Faults, SmsGateway, serving
from devices.simulators.sms_store import open_store
from firmware_profiles.ui.messages import load_templates
from tests.cloud.running import Running, running_core
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.db, pytest.mark.broker]

SECRET = b"a secret of core and gateway"
CODE = {"code": "123456", "minutes": "5"}
PHONE = "13800000001"


@dataclass
class Place:
    """A core and its gateway."""

    running: Running
    gateway: SmsGateway

    async def tell(self, key: str, phone: str = PHONE) -> None:
        """Send what is asked for at any hour."""
        async with self.running.core.outbox.transaction():
            await send(self.running.core, "phone:1", "login-code", CODE, key, phone=phone)

    async def states(self) -> list[str]:
        """Return the states of all deliveries, the newest first."""
        return [item["state"] for item in (await self.running.get("/api/v1/messages"))["items"]]

    async def reach(self, *states: str) -> None:
        """Wait until deliveries are in these states."""

        async def there() -> bool:
            await asyncio.sleep(0.1)
            found: list[object] = list(await Delivery.all().order_by("-id").values_list("state", flat=True))
            return found == list(states)

        await until(there, f"deliveries are {states}", 40)


@pytest.fixture
async def place(settings: Settings, broker: Broker, tmp_path: Path) -> AsyncIterator[Place]:
    """Yield a core whose gateway reports to it."""
    secret = tmp_path / "sms.secret"
    secret.write_bytes(SECRET)
    with open_store(tmp_path / "sms.db") as store:
        account = Account("yizhan", SECRET, "零工驿站", load_templates())
        gateway = SmsGateway(account, store)
        async with serving(gateway, "127.0.0.1", 0) as url:
            mine = {"mqtt_url": broker.url, "notify_sms_url": url, "notify_sms_secret_file": secret}
            async with running_core(settings.model_copy(update=mine), others=0) as running:
                account.report_url = str(running.client.make_url(REPORTS_PATH))
                yield Place(running, gateway)


@pytest.mark.parametrize("how", ["now", "duplicate", "forged"])
async def test_a_report_makes_a_message_delivered_and_a_forged_one_does_nothing(place: Place, how: str) -> None:
    place.gateway.faults = Faults.model_validate({"reports": how})
    await place.tell("k1")
    await place.reach("delivered")
    refused = place.running.core.metrics.reports_refused._value.get()
    assert refused == (1 if how == "forged" else 0)
    assert len(place.gateway.store.shown()) == 1


async def test_a_report_that_nobody_signed_is_refused_and_changes_nothing(place: Place) -> None:
    url = place.running.client.make_url(REPORTS_PATH)
    async with aiohttp.ClientSession() as session:
        for body in (b"", b"{}", b"x" * 20_000):
            async with session.post(url, data=body) as answer:
                assert answer.status in {401, 413}
    assert await place.states() == []


async def test_a_person_sends_again_what_failed_and_only_once(place: Place) -> None:
    await place.tell("k1", phone="13800000000")
    await place.reach("failed")
    (item,) = (await place.running.get("/api/v1/messages?state=failed"))["items"]
    assert item["error"] == "absent"
    again = f"/api/v1/messages/{item['id']}/again"
    new = await place.running.post(again, status=201)
    await place.reach("failed", "failed")
    assert (await place.running.post(again, status=409))["type"].endswith("already-repeated")
    rows = {str(row.id): row for row in await Delivery.all()}
    assert str(rows[new["id"]].again_of) == item["id"]
    assert rows[new["id"]].asked_by.startswith("token:")
    assert len(place.gateway.store.shown()) == 2


async def test_what_was_delivered_is_shown_without_phone_and_text_and_not_sent_again(place: Place) -> None:
    await place.tell("k1")
    await place.reach("delivered")
    (item,) = (await place.running.get("/api/v1/messages"))["items"]
    refused = await place.running.post(f"/api/v1/messages/{item['id']}/again", status=409)
    assert refused["type"].endswith("not-repeatable")
    await place.running.post("/api/v1/messages/none/again", status=404)
    shown = await (await place.running.call("GET", "/system/messages?state=delivered&channel=sms")).text()
    assert "1 条 <b>¥0.05</b>" in shown
    assert "已送达 1" in shown
    for text in (shown, str(item)):
        assert PHONE not in text
        assert CODE["code"] not in text
    assert (await place.running.call("GET", "/system/messages?state=gone")).status == 422


async def test_the_list_comes_in_parts(place: Place) -> None:
    for number in range(5):
        await place.tell(f"k{number}", phone=f"1380000010{number}")
    await place.reach(*["delivered"] * 5)
    first = await place.running.get("/api/v1/messages?limit=3")
    second = await place.running.get(f"/api/v1/messages?limit=3&cursor={first['next']}")
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(set(ids)), ids, second["next"]) == (5, sorted(ids, reverse=True), None)
