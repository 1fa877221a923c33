"""Receipt printers: our driver and python-escpos against the simulator, and what a loss of power leaves behind."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from escpos.printer import Network

from devices.driver import Driver, SlotConfig
from devices.drivers.escpos_printer import EscposDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused, OutcomeUnknown
from devices.recording import RecordingHost
from devices.simulators.escpos import ReceiptPrinter
from devices.simulators.service import listening
from devices.slips import set_slip, wrap
from devices.transport import open_transport
from devices.transports.memory import cable
from firmware_profiles.registry import profile
from protocols.frames import escpos
from protocols.venue.slips import MAX_PARTS, Slip, slip_of
from tests.peers.modbus import serial_cable
from tests.waiting import until

CODE = "PR|v1|12345678"
SLIP = slip_of(
    ("heading", "谏壁零工驿站"), ("big", "A017"), ("rule", ""),
    ("text", "岗位：电焊工（须持证）\n日薪：260 元/天"), ("qr", CODE),
)  # fmt: skip
ARGS = {"title": "岗位小票", "document": SLIP.to_bytes().decode(), "copies": 1}


def config(where: str, name: str = "escpos-80", /, **options: Any) -> SlotConfig:
    return SlotConfig("st-01", "printer-1", "printer", where, options={**profile(name).options, **options})


@asynccontextmanager
async def served(slot: SlotConfig, host: RecordingHost) -> AsyncIterator[tuple[Driver, "asyncio.Task[None]"]]:
    """Run a driver on a fresh connection."""
    async with open_transport(slot.address) as transport:
        driver = EscposDriver(slot, transport)
        task = asyncio.create_task(driver.run(host), name="driver")
        try:
            yield driver, task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, DeviceLost):
                await task


def faults(host: RecordingHost) -> list[tuple[object, object]]:
    return [(one.data["cause"], one.name == "fault.began") for one in host.events]


async def codes_in(picture: bytes, folder: Path) -> str:
    """Return what zbarimg reads in a bitmap."""
    path = folder / "receipt.pbm"
    path.write_bytes(picture)
    process = await asyncio.create_subprocess_exec(
        "zbarimg", "--raw", "-q", str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await process.communicate()
    return out.decode().strip()


@pytest.fixture
def zbarimg() -> None:
    """Skip where the reader of codes is missing; in CI it may not be."""
    if shutil.which("zbarimg") is None:
        if os.environ.get("CI"):
            pytest.fail("zbarimg is missing (package zbar-tools)")
        pytest.skip("zbarimg is not installed")


@pytest.mark.usefixtures("zbarimg")
@pytest.mark.parametrize("native_qr", [True, False])
async def test_a_slip_is_on_paper_with_its_code_and_the_command_knows(tmp_path: Path, *, native_qr: bool) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path)
    async with (
        listening(printer, "tcp://127.0.0.1:0") as address,
        served(config(address, native_qr=native_qr), host) as (driver, _),
    ):
        assert await driver.command("print", {**ARGS, "copies": 2}, host) == {"copies": 2, "confirmed": True}
    assert host.begun_total == 1
    assert printer.skipped_total == 0
    assert [piece.cut for piece in printer.receipts] == [True, True]
    assert printer.receipts[0].lines[:6] == [
        "谏壁零工驿站", "A017", "-" * 48, "岗位：电焊工（须持证）", "日薪：260 元/天", "",
    ]  # fmt: skip
    assert await codes_in(printer.receipts[0].pbm(), tmp_path) == CODE


async def test_what_is_printed_is_kept_to_be_looked_at(tmp_path: Path) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path)
    await printer.change({"keep": str(tmp_path)})
    with pytest.raises(DeviceRefused, match="no folder"):
        await printer.change({"keep": "/nowhere"})
    async with listening(printer, "tcp://127.0.0.1:0") as address, served(config(address), host) as (driver, _):
        await driver.command("print", ARGS, host)
    assert "电焊工" in (tmp_path / "receipt-0001.txt").read_text("utf-8")
    assert (tmp_path / "receipt-0001.pbm").read_bytes().startswith(b"P4\n576 ")


@pytest.mark.parametrize("where", ["serial", "lp"])
async def test_it_prints_on_a_serial_line_and_on_the_kernels_file(where: str, tmp_path: Path) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path)
    async with serial_cable(tmp_path) as (one, other), open_transport(f"serial:{other}?baud=9600") as far:
        device = asyncio.create_task(printer.serve(far), name="printer")
        address = f"serial:{one}?baud=9600" if where == "serial" else f"lp:{one}"
        async with served(config(address), host) as (driver, _):
            await driver.command("print", ARGS, host)
        device.cancel()
        await asyncio.gather(device, return_exceptions=True)
    assert printer.receipts[0].codes == [CODE]


async def test_the_kernels_file_must_be_there_and_be_a_path() -> None:
    with pytest.raises(DeviceLost, match="cannot open") as lost:
        await open_transport("lp:/dev/usb/lp99").open()
    assert lost.value.cause == "usb"
    with pytest.raises(ConfigurationError, match="lp:/dev/usb/lp0"):
        open_transport("lp:lp0")


FAULTS = [
    ({"paper": "end"}, "media-empty", "没有纸"),
    ({"cover": "open"}, "cover-open", "上盖"),
    ({"cutter": "jammed"}, "cutter-failure", "切刀"),
    ({"printer_offline": True}, "offline", "脱机"),
]
WELL = {"paper": "ok", "cover": "closed", "cutter": "ok", "printer_offline": False}


@pytest.mark.parametrize(("deed", "name", "words"), [*FAULTS, ({"paper": "near_end"}, "media-low", "")])
async def test_a_fault_is_told_once_when_it_begins_and_once_when_it_ends(
    deed: dict[str, Any], name: str, words: str, tmp_path: Path
) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path, speed=20)
    async with listening(printer, "tcp://127.0.0.1:0") as address:
        async with served(config(address), host) as (driver, _):
            await until(lambda: host.lives, "it is asked")
            await printer.change(deed)
            await until(lambda: faults(host) == [(name, True)], "the fault is told", 5)
            if words:
                with pytest.raises(DeviceRefused, match=words):
                    await driver.command("print", ARGS, host)
                assert host.begun_total == 0
        # Another connection, the same fault: it is not told again.
        async with served(config(address), host):
            await until(lambda: len(host.lives) > 1, "it is asked again")
            await asyncio.sleep(0.1)
            await printer.change(WELL)
            await until(lambda: faults(host) == [(name, True), (name, False)], "its end is told", 5)
    assert printer.receipts == []


async def test_paper_that_ends_in_the_middle_leaves_it_open_and_the_next_one_waits(tmp_path: Path) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path)
    async with listening(printer, "tcp://127.0.0.1:0") as address, served(config(address), host) as (driver, _):
        await until(lambda: host.lives, "it is asked")
        work = printer._work

        async def work_until_the_paper_ends(*, mute: bool = False) -> None:
            if len(printer._now.lines) == 3:
                printer.state["paper"] = "end"
            await work(mute=mute)

        printer._work = work_until_the_paper_ends  # type: ignore[method-assign]
        with pytest.raises(OutcomeUnknown, match="没有纸"):
            await driver.command("print", ARGS, host)
        printer._work = work  # type: ignore[method-assign]
        printer.state["paper"] = "near_end"  # filled, but what waits in the printer is not out yet
        with pytest.raises(DeviceRefused, match="上一张"):
            await driver.command("print", ARGS, host)
        await printer.change({"paper": "ok"})
        await until(lambda: len(printer.receipts) == 1, "the rest comes out")
        await driver.command("print", ARGS, host)
    assert len(printer.receipts) == 2


async def test_a_clone_that_confirms_nothing_is_believed_as_far_as_it_complains(tmp_path: Path) -> None:
    printer, host = ReceiptPrinter(), RecordingHost(tmp_path)
    slot = config("sim:", confirms=False)
    near, far = cable()
    device = asyncio.create_task(printer.serve(far), name="printer")
    driver = EscposDriver(slot, near)
    assert await driver.command("print", ARGS, host) == {"copies": 1, "confirmed": False}
    assert len(printer.receipts) == 1
    take = printer._take

    async def open_the_cover(*args: Any, **more: Any) -> None:
        await take(*args, **more)
        if printer._now.lines:
            printer.state["cover"] = "open"

    printer._take = open_the_cover  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        await driver.command("print", ARGS, host)
    device.cancel()
    await asyncio.gather(device, return_exceptions=True)


async def test_without_power_nothing_is_printed_twice_and_nothing_claimed(tmp_path: Path) -> None:
    """Wherever the power goes: `done` means one whole slip, a refusal none, anything else is open."""
    whole = len(escpos.to_bytes(set_slip(SLIP, 48, 576)))
    draw, host = random.Random(5), RecordingHost(tmp_path)
    printer = ReceiptPrinter()
    async with listening(printer, "tcp://127.0.0.1:0") as address:
        for _ in range(12):
            printer.receipts.clear()
            async with open_transport(address) as transport:
                driver = EscposDriver(config(address), transport)
                await printer.change({"power_cut_at": draw.randint(1, whole + 30)})
                try:
                    await driver.command("print", ARGS, host)
                except DeviceRefused:
                    assert printer.receipts == []
                except (OutcomeUnknown, DeviceLost):
                    assert len(printer.receipts) <= 1
                else:
                    assert [piece.cut for piece in printer.receipts] == [True]
            printer.state["power_cut_at"] = 0


@pytest.mark.parametrize("slip", ["", "[]", '{"parts": []}', '{"parts": [{"kind": "song"}]}', "x" * 13_000])
async def test_a_slip_that_is_none_is_refused_before_anything_is_sent(slip: str, tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    near, _ = cable()
    with pytest.raises(DeviceRefused, match="slip"):
        await EscposDriver(config("sim:"), near).command("print", {**ARGS, "document": slip}, host)
    assert host.begun_total == 0


@pytest.mark.parametrize("options", [{"columns": 10}, {"dots": 10_000}, {"colour": "red"}])
def test_options_out_of_bounds_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="options of a receipt printer"):
        EscposDriver(config("sim:", **options), cable()[0])


def test_lines_fit_the_paper_and_hold_nothing_that_a_printer_obeys() -> None:
    assert list(wrap("岗位abc岗位", 6)) == ["岗位ab", "c岗位"]
    assert list(wrap("a\x1b@\x10\x04\x01b\u200b", 32)) == ["a@b"]
    assert list(wrap("", 32)) == [""]
    items = set_slip(slip_of(("text", "\x1dV\x00 完")), 32, 384)
    assert sum(isinstance(item, escpos.Cut) for item in items) == 1
    assert escpos.Decoder().feed(escpos.to_bytes(items)) == list(items)
    assert len(slip_of(*(("text", "x" * 900) for _ in range(200))).parts) == MAX_PARTS
    assert Slip.from_bytes(SLIP.to_bytes()) == SLIP


@pytest.mark.peer
@pytest.mark.usefixtures("zbarimg")
async def test_python_escpos_drives_our_printer(tmp_path: Path) -> None:
    printer = ReceiptPrinter()
    async with listening(printer, "tcp://127.0.0.1:0") as address:
        port = int(address.rpartition(":")[2])

        def ask() -> tuple[bool, int]:
            client: Any = Network("127.0.0.1", port, timeout=5)
            client.open()
            try:
                return client.is_online(), client.paper_status()
            finally:
                client.close()

        for deed, said in (({}, (True, 2)), ({"paper": "near_end"}, (True, 1)), ({"paper": "end"}, (False, 0))):
            await printer.change({**WELL, **deed})
            assert await asyncio.to_thread(ask) == said
        await printer.change(WELL)

        def write() -> None:
            client: Any = Network("127.0.0.1", port, timeout=5)
            client.open()
            try:
                client.hw("INIT")
                client._raw("谏壁驿站\n".encode("gb18030"))
                client.qr(CODE, native=True, size=6)
                client.cut()
                client.qr(CODE, native=False, size=6)
                client.cut()
            finally:
                client.close()

        await asyncio.to_thread(write)
        await until(lambda: len(printer.receipts) == 2, "both slips are out")
    native, raster = printer.receipts
    assert native.lines[0] == "谏壁驿站"
    assert native.codes == [CODE]
    assert raster.codes == []
    assert [await codes_in(one.pbm(), tmp_path) for one in (native, raster)] == [CODE, CODE]
