"""The driver of face terminals over a real broker: its list of people, its clock, its faults."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.driver import Driver, Json, LivePicture
from devices.drivers import load_driver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.simulators.face_mqtt import FaceTerminal
from devices.transport import open_transport
from devices.transports.mqtt import MqttTransport
from protocols.frames.face_mqtt import Answer, FireSmoke
from protocols.frames.face_orders import Order
from tests.devices.benches import Bench, bench
from tests.devices.papers import page_of
from tests.devices.waiting import until
from tests.pictures import photograph

pytestmark = pytest.mark.broker


@asynccontextmanager
async def terminal(folder: Path, **state: object) -> AsyncIterator[tuple[FaceTerminal, Driver, Bench]]:
    """Yield a terminal in this state, with its driver at work."""
    async with bench("hf-face-mqtt", folder) as found, found.running() as (driver, _):
        device = found.device
        assert isinstance(device, FaceTerminal)
        await device.change(state)
        await until(lambda: found.host.lives)
        yield device, driver, found


@asynccontextmanager
async def stranger(found: Bench) -> AsyncIterator[MqttTransport]:
    """Yield somebody else at the same broker."""
    async with open_transport(found.address) as other:
        assert isinstance(other, MqttTransport)
        yield other


async def pushed(driver: Driver, found: Bench, people: str) -> Json:
    async with page_of(people.encode()) as (url, sha256):
        return await driver.command("push_people", {"document": url, "sha256": sha256}, found.host)


async def test_what_is_stored_names_nobody_and_says_how_it_ended(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, _, found):
        at = datetime.now(UTC).replace(microsecond=0)
        device.see("staff-li", at)
        await device.change({"verify": "unregistered", "person": "p-9"})
        await until(lambda: len(found.host.events) == 2)
        allowed, refused = found.host.events
        assert (allowed.name, allowed.stream) == ("person.recognised", "evidence")
        assert allowed.data == {
            "person": "staff-li", "staff": True, "record": "1", "late": False,
            "at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }  # fmt: skip
        assert (refused.name, refused.data["reason"]) == ("person.refused", "unregistered")
        assert not {"staff", "name", "idCard"} & refused.data.keys()
        assert list(found.host.samples) == [("staff", "present")]


async def test_a_terminal_that_takes_no_acknowledgement_and_one_that_sends_again_are_stored_once(
    tmp_path: Path,
) -> None:
    async with terminal(tmp_path, deaf=True, resend_ms=20) as (device, _, found):
        await device.change({"person": "p-1"})
        await until(lambda: device.sent_total > 5)
        assert len(found.host.events) == 1
        await device.change({"deaf": False})
        await until(lambda: not device.kept)
        await device.change({"again": True})
        await until(lambda: device.sent_total > 6 and not device.kept)
        assert len(found.host.events) == 1


async def test_a_terminal_that_was_reset_counts_from_one_and_nothing_is_taken_for_a_repeat(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, _, found):
        first = device.see("p-1", datetime(2026, 3, 2, 1, tzinfo=UTC))
        await until(lambda: not device.kept)
        device._records = 0
        second = device.see("p-1", datetime(2026, 3, 3, 1, tzinfo=UTC))
        await until(lambda: len(found.host.events) == 2)
        assert first.number == second.number


async def test_a_staff_record_that_was_kept_back_speaks_for_its_own_time(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, _, found):
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        device.see("staff-li", at - timedelta(days=8))
        device.see("staff-li", at)
        device.see("staff-li", at + timedelta(days=9))
        device.see("staff-li")
        await until(lambda: len(found.host.events) == 4)
        _, late, ahead, now = found.host.events
        assert (late.data["late"], now.data["late"]) == (True, False)
        assert "at" not in ahead.data
        assert list(found.host.sampled_at) == [at, None]


async def test_the_clock_is_set_when_it_is_wrong_and_on_command(tmp_path: Path) -> None:
    async with terminal(tmp_path, clock_s=-3600) as (device, driver, found):
        assert await driver.command("set_time", {}, found.host)
        assert abs(int(device.state["clock_s"] or 0)) <= 1
        # A terminal that starts again with a clock of its factory says so with its Online.
        device.state["clock_s"] = -50_000_000
        await driver.command("reboot", {}, found.host)
        await until(lambda: abs(int(device.state["clock_s"] or 0)) <= 1)


async def test_records_of_a_terminal_that_does_not_keep_them_are_fetched(tmp_path: Path) -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    async with terminal(tmp_path) as (device, driver, found):
        await until(lambda: found.host.lives[-1]["keeps_records"] is True)
        await device.change({"resumes": False, "online": False})
        device.see("p-2", at + timedelta(minutes=1))
        device.see("p-3", at + timedelta(days=1))
        heard = len(found.host.lives)
        await device.change({"online": True})
        await until(lambda: len(found.host.lives) > heard)
        stored = len(found.host.events)
        day = {"begin": "2026-03-02 09:00:00", "end": "2026-03-02 12:00:00"}
        await driver.command("fetch_records", day, found.host)
        await until(lambda: len(found.host.events) > stored and not device.kept)
        assert [one.data["person"] for one in found.host.events][stored:] == ["p-2"]
        with pytest.raises(DeviceRefused, match="times such as"):
            await driver.command("fetch_records", {"begin": "9", "end": "10"}, found.host)


async def test_people_are_pushed_in_batches_and_who_is_refused_is_told_why(tmp_path: Path) -> None:
    listed = ",".join(f'{{"id": "p-{n}", "name": "李{n}"}}' for n in range(1200))
    async with terminal(tmp_path) as (device, driver, found):
        result = await pushed(driver, found, f"[{listed}]")
        assert result == {"pushed": 1200, "refused": 0, "why": {}}
        assert len(device.people) == 1200
        assert await driver.command("list_people", {}, found.host) == {"people": 1200}
        await device.change({"wants_picture": True})
        result = await pushed(driver, found, '[{"id": "p-1"}, {"id": "new"}]')
        assert (result["pushed"], result["refused"]) == (1, 1)
        assert "登记" in str(result["why"])
        await device.change({"busy": True})
        with pytest.raises(DeviceRefused, match="正忙"):
            await pushed(driver, found, '[{"id": "p-1"}]')


async def test_a_live_picture_reaches_the_terminal_once_and_is_zeros_then(tmp_path: Path) -> None:
    async with terminal(tmp_path, wants_picture=True) as (device, driver, found), stranger(found) as other:
        lan: list[bytes] = []
        await other.subscribe("#")
        listening_in = asyncio.create_task(_overhear(other, lan))
        with pytest.raises(DeviceRefused, match="live picture"):
            await driver.command("push_face", {"person": "p-1"}, found.host)
        found.host.picture = LivePicture(bytearray(photograph()), "李")
        assert await driver.command("push_face", {"person": "p-1"}, found.host) == {"person": "p-1"}
        assert device.people == {"p-1": "李"}
        assert device.faces == {"p-1": hashlib.sha256(found.host.picture.data).hexdigest()}
        (told,) = found.host.events
        assert (told.name, told.stream, told.data["person"]) == ("people.enrolled", "evidence", "p-1")
        # Whatever becomes of it: a picture without a face, a terminal that is busy, an id that none takes.
        found.host.picture = LivePicture(bytearray(b"no picture"))
        with pytest.raises(DeviceRefused, match="人脸"):
            await driver.command("push_face", {"person": "p-2"}, found.host)
        await device.change({"busy": True})
        with pytest.raises(DeviceRefused, match="正忙"):
            await driver.command("push_face", {"person": "p-2"}, found.host)
        with pytest.raises(DeviceRefused, match="id"):
            await driver.command("push_face", {"person": "a/b"}, found.host)
        assert len(found.host.events) == 1
        assert [set(one.data) for one in found.host.handed_out] == [{0}] * 4
        assert found.host.begun_total == 3
        await until(lambda: len(lan) >= 6)
        listening_in.cancel()
        assert [one.split()[0] for one in lan if b"/9j/" in one] == [b"mqtt/face/1026700"]
        await device.change({"busy": False})
        await driver.command("delete_people", {"ids": "p-1"}, found.host)
        assert not device.faces


async def _overhear(link: MqttTransport, into: list[bytes]) -> None:
    async for message in link.messages():
        into += [message.topic.encode() + b" " + message.payload]


@pytest.mark.parametrize("people", ["{", "[1]", '[{"name": "x"}]', '[{"id": "a,b"}]', '{"id": "a"}'])
async def test_a_list_that_cannot_be_read_is_refused_before_anything_is_sent(tmp_path: Path, people: str) -> None:
    async with terminal(tmp_path) as (device, driver, found):
        with pytest.raises(DeviceRefused, match="名单读不出来"):
            await pushed(driver, found, people)
        assert not device.people


async def test_a_deletion_is_confirmed_by_the_terminals_own_list_and_its_receipt_is_evidence(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, driver, found):
        device.people = {"p-1": "李", "p-2": "王", "p-3": "张"}
        result = await driver.command("delete_people", {"ids": "p-1,p-2,gone"}, found.host)
        assert result == {"erased": 3, "confirmed_by": "QueryPerson"}
        assert set(device.people) == {"p-3"}
        (receipt,) = found.host.events
        assert (receipt.name, receipt.stream) == ("people.erased", "evidence")
        assert receipt.data["erased"] == ["p-1", "p-2", "gone"]
        assert receipt.data["left"] == []
        # A terminal that says it did, and did not.
        await device.change({"keeps_people": True})
        with pytest.raises(DeviceRefused, match="还有 1 人"):
            await driver.command("delete_people", {"ids": "p-3"}, found.host)
        assert found.host.events[-1].data["left"] == ["p-3"]
        with pytest.raises(DeviceRefused, match="commas"):
            await driver.command("delete_people", {"ids": ",".join(f"p-{n}" for n in range(201))}, found.host)


async def test_smoke_is_told_when_it_begins_and_ends_and_no_password_leaves_in_a_result(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, driver, found), stranger(found) as other:
        for fire, smoke in ((0, 0), (0, 1), (0, 1), (2, 1), (0, 0), (0, 0)):
            await other.publish("mqtt/face/1026700/Snap", FireSmoke("1026700", fire, smoke).to_bytes())
        await until(lambda: len(found.host.events) == 3)
        assert [(one.data["fire"], one.data["smoke"]) for one in found.host.events] == [(0, 1), (2, 1), (0, 0)]
        real = device._answer

        def chatty(order: Order) -> Answer:
            return replace(
                real(order), info={"version": "V1.25", "wifiPwd": "12345678", "MQTTPassword": "x", "loginKey": 1}
            )

        device._answer = chatty  # type: ignore[method-assign]
        assert await driver.command("info", {}, found.host) == {"version": "V1.25"}


async def test_a_terminal_that_leaves_the_broker_is_lost_by_its_will(tmp_path: Path) -> None:
    async with bench("hf-face-mqtt", tmp_path) as found, found.running() as (_, run):
        await until(lambda: found.host.lives)
        async with stranger(found) as other:
            # Another terminal's will is not ours.
            await other.publish("mqtt/face/basic", b'{"operator":"Offline","info":{"facesluiceId":"1026701"}}')
            await asyncio.sleep(0.05)
            assert not run.done()
            await other.publish("mqtt/face/basic", b'{"operator":"Offline","info":{"facesluiceId":"1026700"}}')
            with pytest.raises(DeviceLost, match="left the broker"):
                await asyncio.wait_for(run, 5)


async def test_nobody_speaks_for_a_terminal_on_the_topics_that_all_may_write(tmp_path: Path) -> None:
    async with terminal(tmp_path) as (device, _, found), stranger(found) as other:
        record = device.see("staff-li").to_bytes()
        await until(lambda: len(found.host.events) == 1)
        for payload in (record, b"garbage"):
            await other.publish("mqtt/face/heartbeat", payload.replace(b'"RecordID":"1"', b'"RecordID":"77"'))
        await asyncio.sleep(0.05)
        device.see("p-1")
        await until(lambda: found.host.lives[-1]["bad_total"] == 2)
        assert all(one.data["record"] != "77" for one in found.host.events)


@pytest.mark.parametrize("address", ["mqtt://127.0.0.1:1/basic", "mqtt://127.0.0.1:1/a/b", "tcp://127.0.0.1:1"])
async def test_an_address_that_is_no_terminals_is_refused(tmp_path: Path, address: str) -> None:
    async with bench("hf-face-mqtt", tmp_path) as found:
        with pytest.raises(ConfigurationError):
            load_driver("face-mqtt")(replace(found.config(), address=address), open_transport(address))


async def test_user_and_password_show_nowhere() -> None:
    transport = open_transport("mqtt://station:s3cret@127.0.0.1:1/1026700")
    assert "s3cret" not in transport.address
    with pytest.raises(DeviceLost) as lost:
        await transport.open()
    assert "s3cret" not in str(lost.value)
