"""The readers of a kiosk on real pseudo terminals and pipes: cards read once, codes judged, cables pulled."""

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from devices.driver import Driver, Json, SlotConfig
from devices.drivers import load_driver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.scanning import QUIET_S
from devices.simulators.samv import PHOTO, SamvReader
from devices.simulators.scanner import Gm65Scanner
from devices.simulators.service import listening
from devices.transport import Transport, open_transport
from devices.transports.evdev import EvdevTransport
from devices.transports.memory import cable
from firmware_profiles.registry import profile
from protocols.frames.evdev import keys_of
from protocols.frames.gm65 import DONE
from protocols.frames.samv import FIND, Decoder, Request
from protocols.rules.presented import BadScan, Card, Presented, Scan, Unreadable
from tests.devices.benches import driving
from tests.devices.waiting import until


@asynccontextmanager
async def driven(
    profile_id: str, transport: Transport, host: RecordingHost, **options: Any
) -> AsyncIterator[tuple[Driver, "asyncio.Task[None]"]]:
    one = profile(profile_id)
    config = SlotConfig("st-01", "reader-1", "kiosk", transport.address, options={**one.options, **options})
    driver = load_driver(one.driver)(config, transport)
    async with driving(driver, host) as run:
        yield driver, run


def shown(host: RecordingHost) -> list[Presented]:
    return [one for one, _ in host.presented]


@asynccontextmanager
async def reading(
    tmp_path: Path, start: Json | None = None, where: str = "pty:"
) -> AsyncIterator[tuple[SamvReader, RecordingHost, "asyncio.Task[None]"]]:
    reader, host = SamvReader(start), RecordingHost(tmp_path, speed=20)
    async with (
        listening(reader, where) as address,
        open_transport(f"{address}{'&' if '?' in address else '?'}kiosk=kiosk-1") as transport,
        driven("samv-reader", transport, host) as (_, run),
    ):
        yield reader, host, run


async def looks(host: RecordingHost, times: int = 5) -> None:
    """Wait until the reader was asked some more times."""
    seen = len(host.lives)
    await until(lambda: len(host.lives) >= seen + times)


@pytest.mark.parametrize("finds_again", [False, True])
@pytest.mark.parametrize("where", ["pty:", "tcp://127.0.0.1:0"])
async def test_a_card_that_stays_is_read_once_and_one_laid_down_anew_again(
    where: str,
    finds_again: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    async with reading(tmp_path, {"finds_again": finds_again}, where) as (reader, host, _):
        await looks(host)
        assert not host.presented
        await reader.change({"card": "resident"})
        await looks(host)
        assert [(type(one), page) for one, page in host.presented] == [(Card, "kiosk-1")]
        assert reader.reads_total == 1
        for kind in ("hmt", "foreigner", "foreigner_2023"):
            await reader.change({"card": "none"})
            await looks(host)
            await reader.change({"card": kind})
            await looks(host)
        assert [one.kind for one in shown(host) if isinstance(one, Card)] == [
            "resident", "hmt", "foreigner", "foreigner_2023",
        ]  # fmt: skip
        assert reader.reads_total == 4


@pytest.mark.parametrize(
    ("fault", "why"), [("select", "select failed"), ("read", "read failed"), ("garbled", "birth is no text")]
)
async def test_a_card_that_is_not_read_is_told_once_and_read_when_it_is_laid_down_anew(
    fault: str, why: str, tmp_path: Path
) -> None:
    async with reading(tmp_path, {"finds_again": True, "fault": fault, "card": "resident"}) as (reader, host, _):
        await looks(host)
        assert shown(host) == [Unreadable(why)]
        await reader.change({"fault": ""})
        await looks(host)
        assert len(host.presented) == 1  # it still lies there
        await reader.change({"card": "none"})
        await looks(host)
        await reader.change({"card": "resident"})
        await until(lambda: len(host.presented) == 2)
        assert isinstance(shown(host)[1], Card)
        assert host.lives[-1]["errors_total"] == 1


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_an_unlicensed_module_is_a_loss_whose_cause_is_the_driver(when: str, tmp_path: Path) -> None:
    start = {"fault": "unlicensed"} if when == "at the start" else {}
    async with reading(tmp_path, start) as (reader, host, run):
        if when == "later":
            await looks(host)
            await reader.change({"fault": "unlicensed"})
        with pytest.raises(DeviceLost, match="not licensed") as lost:
            await asyncio.wait_for(run, 5)
        assert lost.value.cause == "driver"


async def test_nothing_of_a_card_is_in_what_the_driver_says(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said: list[Json] = []
    reader, host = SamvReader({"card": "resident"}), RecordingHost(tmp_path, speed=20, tell=said.append)
    caplog.set_level("DEBUG")
    async with (
        listening(reader, "pty:") as address,
        open_transport(address) as transport,
        driven("samv-reader", transport, host) as (driver, _),
    ):
        await until(lambda: host.presented)
        assert await driver.command("sam_id", {}, host) == {"sam": bytes(range(16)).hex()}
    text = json.dumps(said, default=repr, ensure_ascii=False) + caplog.text
    assert {"presented": "card: resident", "page": ""} in said
    for secret in ("示范人", "999999199003070012", "1990", "示范路", "WLT-PHOTO"):
        assert secret not in text
    assert not any(PHOTO[:20] in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


async def test_a_reader_is_never_asked_faster_than_it_wants(tmp_path: Path) -> None:
    near, far = cable("serial:/dev/x?baud=115200")
    loop, asked = asyncio.get_running_loop(), list[float]()
    decoder = Decoder(Request.from_body)

    async def reader() -> None:
        device = SamvReader()
        while True:
            for request in decoder.feed(await far.read()):
                if request == FIND:
                    asked.append(loop.time())
                await far.write(b"\x00\xaa" + device.answer(request).to_bytes())

    task = asyncio.create_task(reader())
    async with driven("samv-reader", near, RecordingHost(tmp_path)):
        await until(lambda: len(asked) >= 4)
    task.cancel()
    with suppress(asyncio.CancelledError, DeviceLost):
        await task
    assert min(later - one for one, later in itertools.pairwise(asked)) > 0.29
    for options in ({"poll_s": 0.1}, {"poll_s": "fast"}, {"framing": "stx"}):
        with pytest.raises(ConfigurationError):
            async with driven("samv-reader", near, RecordingHost(tmp_path), **options):
                pass


async def test_a_module_that_tells_no_number_is_refused(tmp_path: Path) -> None:
    near, far = cable("serial:/dev/x?baud=115200")
    host = RecordingHost(tmp_path)
    driver = load_driver("samv-reader")(SlotConfig("st-01", "reader-1", "kiosk", near.address), near)
    task = asyncio.create_task(driver.command("sam_id", {}, host))
    await far.read()
    await far.write(bytes.fromhex("aaaaaa9669000400002125"))
    with pytest.raises(DeviceRefused, match="bad command"):
        await task


@asynccontextmanager
async def scanning(
    tmp_path: Path, profile_id: str = "gm65-scanner"
) -> AsyncIterator[tuple[Gm65Scanner, RecordingHost, Driver]]:
    scanner, host = Gm65Scanner(), RecordingHost(tmp_path, speed=20)
    async with (
        listening(scanner, "pty:") as address,
        open_transport(f"{address}&kiosk=kiosk-1") as transport,
        driven(profile_id, transport, host) as (driver, _),
    ):
        await until(lambda: host.lives)
        yield scanner, host, driver


async def test_a_scanner_hands_over_texts_and_says_what_it_refused(tmp_path: Path) -> None:
    async with scanning(tmp_path) as (scanner, host, driver):
        for text in ("岗位码 1", "a\x1bb", "x" * 1025, "https://jobs.example/p"):
            await scanner.change({"scan": text})
            await until(lambda text=text: len(host.presented) and (host.lives[-1]["good_total"], text))  # type: ignore[misc]
            await asyncio.sleep(0.05)
        assert shown(host) == [
            Scan("岗位码 1"), BadScan("control"), BadScan("too_long"), Scan("https://jobs.example/p"),
        ]  # fmt: skip
        assert {page for _, page in host.presented} == {"kiosk-1"}
        assert await driver.command("firmware", {}, host) == {"hardware": "64", "software": "65"}
        await driver.command("scan", {}, host)
        await until(lambda: len(host.presented) == 5)
        assert "jobs.example" not in str(host.lives)


async def test_a_scanner_without_commands_has_none(tmp_path: Path) -> None:
    async with scanning(tmp_path, "line-scanner") as (scanner, host, driver):
        await scanner.change({"scan": "6901234567892"})
        await until(lambda: shown(host) == [Scan("6901234567892")])
        with pytest.raises(DeviceRefused):
            await driver.command("scan", {}, host)


async def test_half_a_payload_does_not_become_part_of_the_next(tmp_path: Path) -> None:
    near, far = cable("serial:/dev/x?baud=9600")
    host = RecordingHost(tmp_path)
    async with driven("line-scanner", near, host):
        await far.write(b"half of a code")
        await asyncio.sleep(QUIET_S + 0.2)
        await far.write(b"whole\r" + DONE.to_bytes())
        await until(lambda: shown(host) == [Scan("whole")])


async def test_a_scanner_that_refuses_to_scan_says_so(tmp_path: Path) -> None:
    near, far = cable("serial:/dev/x?baud=9600")
    host = RecordingHost(tmp_path)
    async with driven("gm65-scanner", near, host) as (driver, _):
        await far.read()
        await far.write(DONE.to_bytes())
        scan = asyncio.create_task(driver.command("scan", {}, host))
        await far.read()
        await far.write(bytes.fromhex("02 00 00 01 01 ab cd"))
        with pytest.raises(DeviceRefused, match="does not scan"):
            await scan


@asynccontextmanager
async def keyboard(path: Path) -> AsyncIterator[int]:
    """Yield a pipe in place of /dev/input/event…: the same bytes by the same calls; it cannot be grabbed."""
    os.mkfifo(path)
    keys = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield keys
    finally:
        with contextlib.suppress(OSError):
            os.close(keys)


async def test_a_scanner_that_types_is_read_from_its_device_file_and_lost_with_it(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with keyboard(tmp_path / "event3"), open_transport(f"evdev:{tmp_path}/event3?kiosk=kiosk-1") as transport:
        assert isinstance(transport, EvdevTransport)
        assert not transport.grabbed
        keys = os.open(tmp_path / "event3", os.O_WRONLY | os.O_NONBLOCK)
        async with driven("wedge-scanner", transport, host) as (_, run):
            await until(lambda: host.lives)
            for text in ("YZ1-Ab_9", "690 1"):
                os.write(keys, keys_of(text))
            os.write(keys, keys_of("lost")[: -24 * 4])  # its Enter never comes
            await until(lambda: len(host.presented) == 2)
            await asyncio.sleep(QUIET_S + 0.2)
            os.write(keys, keys_of("ok"))
            await until(lambda: host.presented[-1] == (Scan("ok"), "kiosk-1"))
            assert [one for one in shown(host) if isinstance(one, Scan)][:2] == [Scan("YZ1-Ab_9"), Scan("690 1")]
            os.close(keys)
            assert not run.done()


async def test_a_device_file_that_goes_is_a_loss_of_usb(tmp_path: Path) -> None:
    with pytest.raises(DeviceLost, match="cannot open") as lost:
        async with open_transport(f"evdev:{tmp_path}/event9"):
            pass
    assert lost.value.cause == "usb"
    with pytest.raises(ConfigurationError, match="by-id"):
        open_transport("evdev:event3")
    os.mkfifo(tmp_path / "event4")
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(open_transport(f"evdev:{tmp_path}/event4"))
        keys = os.open(tmp_path / "event4", os.O_WRONLY | os.O_NONBLOCK)
        _, run = await stack.enter_async_context(driven("wedge-scanner", transport, RecordingHost(tmp_path)))
        os.close(keys)
        with pytest.raises(DeviceLost, match="gone") as lost:
            await asyncio.wait_for(run, 5)
        assert lost.value.cause == "usb"


@pytest.mark.parametrize(
    ("shown_", "told"),
    [
        (Unreadable("read failed"), "card not read: read failed"),
        (Scan("6901234567892"), "code: number, 13 letters"),
        (BadScan("control"), "code refused: control"),
    ],
)
async def test_a_probe_tells_what_was_shown_and_not_whose_it_is(shown_: Presented, told: str, tmp_path: Path) -> None:
    said: list[Json] = []
    await RecordingHost(tmp_path, tell=said.append).present(shown_, "kiosk-1")
    assert said == [{"presented": told, "page": "kiosk-1"}]
