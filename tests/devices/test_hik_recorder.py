"""Recorders: what is wrong with them, told once, over restarts, and before a client that somebody else wrote."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.hik_recorder import HikRecorderDriver
from devices.recorder import Recorder, dates_of, months_between, wrongs
from devices.recording import RecordingHost
from devices.simulators.http_line import HttpRequest
from devices.simulators.isapi import Reply
from devices.simulators.isapi_recorder import HikRecorder
from devices.simulators.service import listening
from devices.transport import open_transport
from protocols.frames.isapi_recording import Disk
from protocols.venue.messages.equipment import DeviceFault
from tests.devices.benches import driving
from tests.devices.test_isapi_peer import closing, pyhik
from tests.devices.waiting import until

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
OK = (Disk(1, "ok", 100, 5),)


def days(count: int, *, last: date = TODAY) -> frozenset[date]:
    return frozenset(last - timedelta(days=number) for number in range(count))


def test_each_thing_that_is_wrong_has_its_word_and_the_worst_is_first() -> None:
    enabled = {1: True, 2: False, 3: True, 4: True, 5: True, 6: True}
    lately = {1: True, 3: True, 4: False, 5: True, 6: None}
    kept = {1: days(30), 3: days(30), 4: days(30), 5: days(29), 6: None}
    seen = Recorder(TODAY, (*OK, Disk(2, "unformatted", 0, 0)), enabled, {3: False, 5: None}, lately, kept)
    found = wrongs(seen, wanted_days=30)
    assert [(one.name, one.cause) for one in found] == [
        ("disk_failed", "disk_2"), ("camera_offline", "channel_3_offline"), ("recording_off", "channel_2_off"),
        ("recording_stopped", "channel_4_stopped"), ("recording_short", "channel_5_short"),
    ]  # fmt: skip
    assert "29 天" in found[-1].text
    assert [one.cause for one in wrongs(Recorder(TODAY, (), {}, {}, {}, {}), wanted_days=1)] == ["disk_none"]
    assert not wrongs(Recorder(TODAY, None, {1: True}, {}, {1: None}, {1: None}), wanted_days=30)


def test_days_are_counted_back_to_the_first_gap_and_today_may_have_nothing_yet() -> None:
    def kept(there: frozenset[date]) -> int:
        return Recorder(TODAY, OK, {1: True}, {}, {}, {1: there}).days_kept(1)

    yesterday = TODAY - timedelta(days=1)
    assert (kept(days(7)), kept(days(7, last=yesterday)), kept(frozenset())) == (7, 7, 0)
    assert kept(days(7) - {TODAY - timedelta(days=3)}) == 3
    assert kept(days(7, last=TODAY - timedelta(days=2))) == 0
    assert months_between(date(2025, 12, 31), date(2026, 2, 1)) == [(2025, 12), (2026, 1), (2026, 2)]
    assert dates_of(2026, 2, [28, 30]) == {date(2026, 2, 28)}


@asynccontextmanager
async def watched(device: HikRecorder, host: RecordingHost, **settings: object) -> AsyncIterator[HikRecorderDriver]:
    async with listening(device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        driver = HikRecorderDriver(SlotConfig("st-01", "nvr-1", "camera", address, settings=settings), transport)
        async with driving(driver, host):
            await until(lambda: host.lives)
            yield driver


@pytest.fixture(name="host")
def _host(tmp_path: Path) -> RecordingHost:
    host = RecordingHost(tmp_path, speed=1_000)
    host.clock = NINE
    return host


def told(host: RecordingHost) -> list[tuple[str, object]]:
    return [(one.name, one.data["cause"]) for one in host.events]


async def test_what_is_wrong_is_told_once_over_a_restart_until_it_is_right(host: RecordingHost) -> None:
    device = HikRecorder()
    device.now = host.now  # type: ignore[method-assign]
    async with watched(device, host):
        assert host.lives[-1] == {
            "channels": 4, "recording": 4, "offline": 0, "wrong": 0, "disks": 1, "disks_ok": 1, "free_percent": 4,
            "days": 61, "oldest": "2026-01-01",
        }  # fmt: skip
        assert (told(host), host.faults[-1]) == ([], None)
        await device.change({"stopped": 2})
        await until(lambda: host.events)
        assert DeviceFault.model_validate(host.events[-1].data).text == "通道 2：录像中断"
        await until(lambda: host.faults[-1] is not None and host.faults[-1].name == "recording_stopped")
    async with watched(device, host):
        assert len(host.events) == 1
        await device.change({"offline": 2, "disk": "error"})
        await until(lambda: host.faults[-1] is not None and host.faults[-1].name == "disk_failed")
        await device.change({"offline": 0, "disk": "ok", "stopped": 0})
        await until(lambda: host.faults[-1] is None)
    assert told(host)[:1] == [("fault.began", "channel_2_stopped")]
    began, ended = ({cause for name, cause in told(host) if name == word} for word in ("fault.began", "fault.ended"))
    assert began == ended == {"channel_2_stopped", "channel_2_offline", "disk_1", *(
        f"channel_{number}_stopped" for number in (1, 3, 4))}  # fmt: skip


async def test_fewer_days_than_wanted_and_a_channel_that_is_off(host: RecordingHost) -> None:
    device = HikRecorder({"kept_days": 12, "off": 3})
    device.now = host.now  # type: ignore[method-assign]
    async with watched(device, host, days=14, clock="local") as driver:
        await until(lambda: len(host.events) == 4)
        assert {cause for _, cause in told(host)} == {"channel_3_off", *(f"channel_{one}_short" for one in (1, 2, 4))}
        await driver.configure({"days": 10})
        await until(lambda: len(host.events) == 7)
        assert host.lives[-1]["days"] == 12


class Mute(HikRecorder):
    """Does not know one of the questions."""

    without = ""

    async def reply(self, request: HttpRequest, path: str) -> Reply | None:
        """Answer the others."""
        return None if self.without in path else await super().reply(request, path)


@pytest.mark.parametrize("without", ["Storage", "channels/status", "search", "dailyDistribution"])
async def test_what_cannot_be_asked_is_not_judged(host: RecordingHost, without: str) -> None:
    device = Mute({"disk": "error" if without == "Storage" else "ok", "kept_days": 92})
    device.now, device.without = host.now, without  # type: ignore[method-assign]
    if without == "Storage":
        device._records = lambda channel: True  # type: ignore[method-assign] # noqa: ARG005 - of the simulator
    async with watched(device, host):
        assert host.lives[-1]["wrong"] == 0
        assert (host.lives[-1]["disks"] is None) == (without == "Storage")
    assert not host.events


async def test_a_device_that_answers_none_of_it_is_said_to_refuse(host: RecordingHost) -> None:
    device = Mute()
    device.without = "ContentMgmt"
    async with listening(device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        driver = HikRecorderDriver(SlotConfig("st-01", "nvr-1", "camera", address), transport)
        run = asyncio.create_task(driver.run(host))
        await until(lambda: host.faults)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    fault = host.faults[-1]
    assert fault is not None
    assert fault.name == "rejected"


async def test_pyhik_finds_the_recordings_that_the_simulator_says_it_has() -> None:
    device = HikRecorder({"stopped": 2})
    end = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - pyhik writes the recorder's own time
    async with listening(device, "tcp://127.0.0.1:0") as address:
        with closing(await asyncio.to_thread(pyhik, address, "")) as camera:
            begin = end - timedelta(minutes=30)
            (found,) = await asyncio.to_thread(camera.search_recordings, 101, begin, end)
            assert not await asyncio.to_thread(camera.search_recordings, 201, begin, end)
            recorded = await asyncio.to_thread(camera.get_recording_days, 101, end - timedelta(days=2), end)
    assert (found.start_time.hour, found.end_time.minute) == (9, 30)
    assert [one.date.day for one in recorded] == [1, 28]
