"""The driver of Hikvision's terminals: records once and in order, whatever happens to the line; people; the door."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.driver import LivePicture, SlotConfig
from devices.drivers.hik_isapi_terminal import BOOK_FILE, HikTerminalDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused, OutcomeUnknown
from devices.isapi_link import MAX_BACKOFF_S, IsapiLink
from devices.recording import RecordingHost
from devices.simulators.isapi import DigestDoor
from devices.simulators.isapi_terminal import HikTerminal
from devices.simulators.service import listening
from devices.transport import open_transport
from protocols.frames.isapi import DeviceInfo
from protocols.frames.isapi_access import Record
from protocols.venue.messages import MESSAGES
from protocols.venue.rfc3339 import format_time
from tests.devices.benches import driving
from tests.devices.papers import page_of
from tests.devices.waiting import until
from tests.pictures import photograph

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STAFF = ("staff-1", "staff-2")


class Venue:
    """A terminal with its own clock, its slot's host, and the port where it is."""

    def __init__(self, folder: Path) -> None:
        self.device = HikTerminal(known=(*STAFF, "p-1"))
        self.host = RecordingHost(folder, speed=200)
        self.host.clock = NINE
        self.device.now = self.host.now  # type: ignore[method-assign]
        self.where = "tcp://127.0.0.1:0"

    @asynccontextmanager
    async def online(self) -> AsyncIterator[str]:
        """Have the terminal where it was before."""
        async with listening(self.device, self.where) as address:
            self.where = address.replace("http:", "tcp:")
            yield address

    @asynccontextmanager
    async def driven(self, address: str) -> AsyncIterator[HikTerminalDriver]:
        """Run a fresh driver."""
        async with open_transport(address) as transport:
            driver = HikTerminalDriver(SlotConfig("st-01", "face-1", "face", address), transport)
            async with driving(driver, self.host):
                yield driver

    @property
    def records(self) -> list[str]:
        """The numbers of the records that were stored, in their order."""
        return [str(one.data["record"]) for one in self.host.events if one.name.startswith("person.")]

    def kept_back(self, times: Iterable[datetime]) -> list[Record]:
        """Have people pass at these times while nobody listens."""
        first = len(self.device.records) + 1
        told = [Record(first + index, at, 5, 75, STAFF[index % 2]) for index, at in enumerate(times)]
        for one in told:
            self.device.keep(one)
        return told


@pytest.fixture(name="venue")
def _venue(tmp_path: Path) -> Venue:
    return Venue(tmp_path)


async def test_two_hours_without_the_terminal_are_filled_once_in_order_with_their_own_times(venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: driver._listener.open)
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["1"])
    told = venue.kept_back(NINE + timedelta(seconds=14 * index) for index in range(1, 501))
    venue.host.clock = NINE + timedelta(hours=2)
    async with venue.online() as address:
        async with venue.driven(address):  # the agent goes down in the middle of it
            await until(lambda: len(venue.records) > 100)
        async with venue.driven(address) as driver:
            await until(lambda: driver._listener.open and len(venue.records) >= 501)
            venue.device.show_face("p-1")
            await until(lambda: venue.records[-1] == "502")
    assert venue.records == [str(number) for number in range(1, 503)]
    stored = list(venue.host.events)[1:-1]
    assert [one.data["at"] for one in stored] == [format_time(one.at) for one in told]
    assert all(one.data["late"] and one.data["staff"] and one.stream == "evidence" for one in stored[:490])
    assert list(venue.host.sampled_at)[1:] == [one.at for one in told]  # p-1 is no staff
    for one in venue.host.events:
        MESSAGES[f"cn.yizhan.face.{one.name}.v1"].model_validate_json(json.dumps(one.data))


async def test_while_somebody_else_has_the_stream_records_are_read_and_the_stream_is_asked_for_ever_less(
    venue: Venue,
) -> None:
    venue.host.clock = None
    await venue.device.change({"stream_held": True})
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: venue.host.lives)
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["1"])
        assert venue.host.lives[-1]["streaming"] is False
        await until(lambda: driver._listener.waits_s > 30)
        assert venue.device.turned_away_total <= 5  # after 0, 5, 15, 35 and 75 seconds
        driver._listener.waits_s = 0
        await venue.device.change({"stream_held": False})
        await until(lambda: driver._listener.open)
        venue.device.show_face("staff-2")
        await until(lambda: venue.records == ["1", "2"])
    assert MAX_BACKOFF_S == 300


async def test_silence_is_no_death_and_pictures_are_seen_by_nobody(venue: Venue, tmp_path: Path) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: driver._listener.open)
        looks = len(venue.host.lives)
        await until(lambda: len(venue.host.lives) > looks + 3)  # two minutes of the agent's clock
        assert (driver._listener.opened_total, venue.device.streams_total) == (1, 1)
        venue.device.show_face("staff-1")
        venue.device.show_face("stranger")
        await until(lambda: len(venue.records) == 2)
    assert venue.host.events[-1].name == "person.refused"
    assert venue.host.events[-1].data["reason"] == "unregistered"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"\xff\xd8\xff" in path.read_bytes()]
    assert "JFIF" not in str(venue.host.events)


async def test_a_terminal_that_counts_from_one_again_is_believed(venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: driver._listener.open)
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["1"])
        venue.device.records.clear()
        venue.device._serial = 0
        venue.host.clock = NINE + timedelta(minutes=1)
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["1", "1"])


async def test_what_a_terminal_saw_before_it_was_ours_is_not_ours(venue: Venue, tmp_path: Path) -> None:
    venue.kept_back([NINE - timedelta(minutes=1)])
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: driver._listener.open)
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["2"])
        venue.host.clock = NINE + timedelta(minutes=5)
        venue.kept_back([NINE + timedelta(minutes=4)])
        await venue.device.change({"serial_number": "another"})
        await until(lambda: "another" in (tmp_path / BOOK_FILE).read_text())
        venue.device.show_face("staff-1")
        await until(lambda: venue.records == ["2", "4"])


async def test_a_book_that_is_broken_begins_anew(venue: Venue, tmp_path: Path) -> None:
    book = f'{{"terminal": "{venue.device.state["serial_number"]}", "since": 7, "at": "noon"}}'
    (tmp_path / BOOK_FILE).write_text(book)
    venue.kept_back([NINE - timedelta(minutes=1)])
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: driver._listener.open)
        assert venue.records == []


async def test_a_record_from_the_future_has_no_time_and_who_checks_out_is_not_present(venue: Venue) -> None:
    venue.device.keep(Record(1, NINE + timedelta(hours=3), 5, 75, "staff-1"))
    venue.device.keep(Record(2, NINE, 5, 75, "staff-1", "checkOut"))
    venue.device.keep(Record(3, NINE, 5, 21))  # the door's lock: not people
    async with venue.online() as address, venue.driven(address):
        await until(lambda: len(venue.records) == 2)
    assert [one.data.get("at") for one in venue.host.events] == [format_time(NINE), None]
    assert not venue.host.samples


async def test_people_are_added_or_changed_and_a_refusal_names_who(venue: Venue) -> None:
    listed = '[{"id": "p-1", "name": "某某"}, {"id": "p-2"}]'.encode()
    async with venue.online() as address, venue.driven(address) as driver, page_of(listed) as (url, sha256):
        args = {"document": url, "sha256": sha256}
        assert await driver.command("push_people", args, venue.host) == {"pushed": 2, "refused": 0, "why": {}}
        assert [venue.device.people[one].name for one in ("p-1", "p-2")] == ["某某", "p-2"]
        assert await driver.command("list_people", {}, venue.host) == {"people": 4, "with_face": 2}
        full = HikTerminal.reply

        async def crammed(self: HikTerminal, request: object, path: str) -> object:
            if path.endswith("Record"):
                return "400 Bad Request", b'{"statusCode":6,"statusString":"Invalid","subStatusCode":"userFull"}'
            return await full(self, request, path)  # type: ignore[arg-type]

        venue.device.reply = crammed.__get__(venue.device)  # type: ignore[method-assign]
        result = await driver.command("push_people", args, venue.host)
        assert result == {"pushed": 0, "refused": 2, "why": {"p-1": "userFull", "p-2": "userFull"}}


async def test_a_live_picture_reaches_the_terminal_once_and_is_zeros_then(venue: Venue, tmp_path: Path) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: venue.host.lives)
        with pytest.raises(DeviceRefused, match="live picture"):
            await driver.command("push_face", {"person": "new"}, venue.host)
        venue.host.picture = LivePicture(bytearray(photograph()), "李")
        assert await driver.command("push_face", {"person": "new"}, venue.host) == {"person": "new", "faces": 1}
        told = venue.host.events[-1]
        assert (told.name, told.stream, told.data["person"]) == ("people.enrolled", "evidence", "new")
        # Firmware that calls the picture otherwise, a face in the place of another one, a picture without a face.
        await venue.device.change({"face_part": "img"})
        venue.host.next_command = "00000000-0000-7000-8000-000000000002"
        assert (await driver.command("push_face", {"person": "p-1"}, venue.host))["faces"] == 1
        venue.host.picture = LivePicture(bytearray(b"\xff\xd8 no face"))
        with pytest.raises(DeviceRefused, match="faceLibrary"):
            await driver.command("push_face", {"person": "p-2"}, venue.host)
    assert venue.device.people["new"].name == "李"
    assert set(venue.device.faces.values()) == {hashlib.sha256(photograph()).hexdigest()}
    assert [set(one.data) for one in venue.host.handed_out] == [{0}] * 3
    assert len([one for one in venue.host.events if one.name == "people.enrolled"]) == 2
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"\xff\xd8\xff" in path.read_bytes()]


@pytest.mark.parametrize("listed", [b"{", b"7", b"[{}]", b"[7]", b'[{"id": ""}]', b'[{"id": "' + b"x" * 49 + b'"}]'])
async def test_a_list_that_cannot_be_read_is_refused(listed: bytes, venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver, page_of(listed) as (url, sha256):
        with pytest.raises(DeviceRefused, match="名单"):
            await driver.command("push_people", {"document": url, "sha256": sha256}, venue.host)


async def test_a_deletion_is_read_back_and_becomes_a_receipt(venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await until(lambda: venue.host.lives)
        gone = {"erased": 2, "confirmed_by": "UserInfo/Search"}
        assert await driver.command("delete_people", {"ids": "p-1,p-9"}, venue.host) == gone
        receipt = venue.host.events[-1]
        assert (receipt.name, receipt.stream) == ("people.erased", "evidence")
        assert (receipt.data["erased"], receipt.data["left"]) == (["p-1", "p-9"], [])
        venue.host.next_command = "00000000-0000-7000-8000-000000000001"
        await venue.device.change({"keeps_deleted": True})
        with pytest.raises(OutcomeUnknown, match="1 人"):
            await driver.command("delete_people", {"ids": "staff-1,p-9"}, venue.host)
        assert venue.host.events[-1].data["left"] == ["staff-1"]
        venue.device.people.clear()
        assert await driver.settle("delete_people", {"ids": "staff-1,p-9"}, venue.host) == gone
        with pytest.raises(OutcomeUnknown):
            await driver.settle("door", {}, venue.host)
        with pytest.raises(DeviceRefused, match="ids"):
            await driver.command("delete_people", {"ids": "p-1,"}, venue.host)


async def test_the_door_is_ordered_once_and_its_effect_begins_before(venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        await driver.command("door", {"action": "always_open"}, venue.host)
        assert (venue.device.state["door_order"], venue.host.begun_total) == ("alwaysOpen", 1)
        driver._door = 2
        with pytest.raises(DeviceRefused, match="notSupport"):
            await driver.command("door", {"action": "open"}, venue.host)


async def test_a_wrong_password_is_said_and_a_right_one_comes_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "face.password"
    async with listening(HikTerminal(door=DigestDoor("admin", "venue-1234")), "tcp://127.0.0.1:0") as address:
        for word in ("guess", "venue-1234"):
            secret.write_text(word + "\n")
            async with open_transport(f"{address}?user=admin&password_file={secret}") as transport:
                link = IsapiLink(transport)
                if word == "guess":
                    with pytest.raises(ConfigurationError, match="password"):
                        await link.info()
                else:
                    assert (await link.info()).model == "DS-K1T341"
        with pytest.raises(ConfigurationError, match="password_file"):
            IsapiLink(open_transport(f"{address}?password_file={tmp_path}/none"))
    with pytest.raises(ConfigurationError, match="write http"):
        IsapiLink(open_transport("tcp://127.0.0.1:1"))


async def test_a_wrong_password_is_not_tried_again_before_the_account_is_free(tmp_path: Path) -> None:
    secret, door = tmp_path / "face.password", DigestDoor("admin", "venue-1234")
    secret.write_text("guess")
    host = RecordingHost(tmp_path, speed=3_000)
    async with listening(HikTerminal(door=door), "tcp://127.0.0.1:0") as address:
        where = f"{address}?password_file={secret}"
        async with open_transport(where) as transport:
            driver = HikTerminalDriver(SlotConfig("st-01", "face-1", "face", where), transport)
            run = asyncio.create_task(driver.run(host))
            await until(lambda: host.faults)
            assert host.faults[0]
            assert host.faults[0].name == "rejected"
            assert not run.done()
            with pytest.raises(ConfigurationError, match="password"):
                await asyncio.wait_for(run, 5)
            assert door.refused_total == 1


async def test_a_device_that_is_no_terminal_is_a_loss_and_a_bad_answer_a_refusal(venue: Venue) -> None:
    async with venue.online() as address, open_transport(address) as transport:
        link = IsapiLink(transport)
        with pytest.raises(DeviceLost, match="no ISAPI"):
            link.read(DeviceInfo.from_bytes, b"<html/>")
        with pytest.raises(DeviceRefused, match="badParameters"):
            await link.ask("POST", "/ISAPI/AccessControl/AcsEvent?format=json", b"{}")


@pytest.mark.parametrize("options", [{"passes": 75}, {"passes": ["face"]}, {"door": "1"}])
def test_options_that_are_none_are_refused(options: dict[str, object]) -> None:
    config = SlotConfig("st-01", "face-1", "face", "http://h", options=options)
    with pytest.raises(ConfigurationError, match="options"):
        HikTerminalDriver(config, open_transport("http://h"))


async def test_a_status_that_says_no_under_an_answer_of_200_is_a_refusal(venue: Venue) -> None:
    async with venue.online() as address, venue.driven(address) as driver:
        venue.device.reply = lambda *_: asyncio.sleep(0, ("200 OK", b'{"statusCode":4,"subStatusCode":"notSupport"}'))  # type: ignore[method-assign]
        with pytest.raises(DeviceRefused, match="notSupport"):
            await driver.command("door", {"action": "open"}, venue.host)
        venue.device.reply = lambda *_: asyncio.sleep(0, ("500 Oops", b"<html>"))  # type: ignore[method-assign]
        with pytest.raises(DeviceRefused, match="HTTP 500"):
            await driver.command("door", {"action": "open"}, venue.host)
