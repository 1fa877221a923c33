"""Office printers: our driver against CUPS' own printer and the simulator, CUPS' client against the simulator."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from devices.driver import Driver, SlotConfig
from devices.drivers import ipp_printer
from devices.drivers.ipp_printer import IppDriver, job_name
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused, OutcomeUnknown
from devices.ipp_state import PrinterState, Supply
from devices.recording import RecordingHost
from devices.simulators.ipp import OfficePrinter
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.memory import cable
from firmware_profiles.registry import profile
from tests.devices.papers import page_of
from tests.peers.printer import PATH, office_printer
from tests.waiting import until

PAPER = b"%PDF-1.4\n% a contract\n%%EOF\n"
COMMAND = "0195f3c2-0000-7000-8000-00000000aaaa"


@asynccontextmanager
async def served(address: str, host: RecordingHost) -> AsyncIterator[Driver]:
    """Run a driver on a fresh connection."""
    slot = SlotConfig("st-01", "printer-1", "printer", address, options=profile("ipp-everywhere").options)
    async with open_transport(address) as transport:
        driver = IppDriver(slot, transport)
        task = asyncio.create_task(driver.run(host), name="driver")
        try:
            yield driver
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, DeviceLost):
                await task


@asynccontextmanager
async def simulated(tmp_path: Path) -> AsyncIterator[tuple[OfficePrinter, Driver, RecordingHost, dict[str, Any]]]:
    """Yield (printer, driver, host, arguments of a print)."""
    printer, host = OfficePrinter(), RecordingHost(tmp_path, speed=20)
    host.next_command = COMMAND
    async with (
        listening(printer, "tcp://127.0.0.1:0") as address,
        page_of(PAPER) as (url, sha256),
        served(address, host) as driver,
    ):
        yield printer, driver, host, {"title": "合同", "document": url, "sha256": sha256}


def faults(host: RecordingHost) -> list[tuple[str, object]]:
    return [(one.name, one.data["cause"]) for one in host.events if one.name.startswith("fault.")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the driver wait less."""
    for name, seconds in {"JOB_TIMEOUT_S": 0.3, "JOB_POLL_S": 0.02, "LOOK_UP_S": 0.02}.items():
        monkeypatch.setattr(ipp_printer, name, seconds)


@pytest.mark.peer
async def test_a_job_is_printed_by_a_real_printer_and_its_faults_are_told_within_five_seconds(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    host.next_command = COMMAND
    async with (
        office_printer(tmp_path) as peer,
        page_of(PAPER) as (url, sha256),
        served(peer.address, host) as driver,
    ):
        result = await driver.command(
            "print", {"title": "岗位小票", "document": url, "sha256": sha256, "copies": 2}, host
        )
        (spooled,) = peer.papers()
        assert spooled.read_bytes() == PAPER
        assert spooled.name.startswith(f"{result['job']}-")
        # As after a power cut of ours: the printer itself still knows the job by its name.
        assert (await driver.settle("print", {}, host))["job"] == result["job"]
        host.next_command = "0195f3c2-0000-7000-8000-00000000bbbb"
        with pytest.raises(OutcomeUnknown, match="查不到"):
            await driver.settle("print", {}, host)

        await peer.media(0)
        await until(lambda: faults(host) == [("fault.began", "media-empty")], "the empty tray is told", 5)
        with pytest.raises(DeviceRefused, match="没有纸"):
            await driver.command("print", {"title": "x", "document": url, "sha256": sha256}, host)
        await peer.toner(4)
        await until(lambda: ("fault.began", "marker-supply-low") in faults(host), "the low toner is told", 5)
        await peer.toner(75)
        await peer.media(250)
        await until(lambda: len(faults(host)) == 4, "both ends are told", 5)
    assert {name for name, _ in faults(host)[2:]} == {"fault.ended"}
    assert host.lives[-1]["supplies"] == "Toner Waste Tank 75%；Black Toner 75%"
    assert peer.papers() == [spooled]


@pytest.mark.peer
async def test_a_real_printer_that_goes_is_lost_and_says_why(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=20)
    async with office_printer(tmp_path) as peer, open_transport(peer.address) as transport:
        pass
    with pytest.raises(DeviceLost, match="cannot connect"):
        await transport.open()
    assert faults(host) == []


@pytest.mark.peer
async def test_cups_own_client_drives_our_printer(tmp_path: Path) -> None:
    ipptool = shutil.which("ipptool", path=PATH)
    if ipptool is None:
        pytest.skip("ipptool is not installed (package cups-ipp-utils)")
    document = tmp_path / "paper.pdf"
    document.write_bytes(PAPER)
    printer = OfficePrinter()
    async with listening(printer, "tcp://127.0.0.1:0") as address:
        for test in ("print-job.test", "get-completed-jobs.test"):
            words = ("-T", "5", "-tf", str(document), "-d", "filetype=application/pdf", f"{address}/ipp/print", test)
            process = await asyncio.create_subprocess_exec(ipptool, *words, stdout=asyncio.subprocess.PIPE)
            out, _ = await process.communicate()
            assert b"PASS" in out, out.decode()
    assert printer.jobs[0].data == PAPER


async def test_a_lost_answer_is_looked_up_and_not_printed_again(tmp_path: Path) -> None:
    async with simulated(tmp_path) as (printer, driver, host, args):
        await printer.change({"loses_replies": 1})
        assert await driver.command("print", args, host) == {"job": 1, "sheets": 1}
        assert [job.name for job in printer.jobs] == [job_name("合同", COMMAND)]
        assert await driver.settle("print", args, host) == {"job": 1, "sheets": 1}
        with pytest.raises(OutcomeUnknown):
            await driver.settle("dance", {}, host)


@pytest.mark.usefixtures("quick")
async def test_a_printer_that_forgets_leaves_it_open(tmp_path: Path) -> None:
    async with simulated(tmp_path) as (printer, driver, host, args):
        await printer.change({"loses_replies": 1})
        list_jobs = printer._list_jobs
        printer._list_jobs = lambda asked: (list_jobs(asked)[0], [])  # type: ignore[method-assign]
        with pytest.raises(OutcomeUnknown, match="断线"):
            await driver.command("print", args, host)
    assert printer.state["jobs_printed"] == 1
    assert host.begun_total == 1


@pytest.mark.usefixtures("quick")
async def test_a_job_that_does_not_come_out_is_taken_back(tmp_path: Path) -> None:
    """So that no paper comes an hour later, when somebody has filled the tray."""
    async with simulated(tmp_path) as (printer, driver, host, args):
        await printer.change({"holds_jobs": True})
        with pytest.raises(DeviceRefused, match="已取消"):
            await driver.command("print", args, host)
        await printer.change({"holds_jobs": False})
        printer._cancel = lambda asked: (0x0404, [])  # type: ignore[method-assign]  # noqa: ARG005
        await printer.change({"holds_jobs": True})
        with pytest.raises(OutcomeUnknown, match="取消不了"):
            await driver.command("print", args, host)
    assert printer.state["jobs_printed"] == 0


async def test_what_cannot_be_printed_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async with simulated(tmp_path) as (printer, driver, host, args):
        for wrong, words in (
            ({"sha256": "0" * 64}, "不是同一份"),
            ({"document": str(args["document"]) + "x"}, "HTTP 404"),
            ({"document": "ftp://127.0.0.1/x"}, "http address"),
            ({"document": "http://127.0.0.1:1/x"}, "取不到"),
            ({"format": "image/png"}, "不支持"),
        ):
            with pytest.raises(DeviceRefused, match=words):
                await driver.command("print", {**args, **wrong}, host)
        await printer.change({"printer_door": "open"})
        with pytest.raises(DeviceRefused, match="机门"):
            await driver.command("print", args, host)
    assert printer.jobs == []
    assert host.begun_total == 0


@pytest.mark.parametrize(
    ("deed", "name"),
    [
        ({"tray_percent": 0}, "media-empty"),
        ({"tray_percent": 8}, "media-low"),
        ({"printer_jam": True}, "media-jam"),
        ({"printer_door": "open"}, "door-open"),
        ({"toner_percent": 0}, "marker-supply-empty"),
        ({"toner_percent": 5}, "marker-supply-low"),
    ],
)
async def test_each_fault_is_told_once_and_so_is_its_end(deed: dict[str, Any], name: str, tmp_path: Path) -> None:
    well = {"tray_percent": 100, "toner_percent": 80, "printer_jam": False, "printer_door": "closed"}
    async with simulated(tmp_path) as (printer, _, host, _):
        await printer.change(deed)
        await until(lambda: faults(host) == [("fault.began", name)], "it is told", 5)
        await printer.change(well)
        await until(lambda: faults(host)[1:] == [("fault.ended", name)], "its end is told", 5)


@pytest.mark.parametrize(
    ("attributes", "causes"),
    [
        ({"printer-state": 3, "printer-state-reasons": "none"}, []),
        ({"printer-state": 5, "printer-state-reasons": ["none"]}, ["other"]),
        ({"printer-state-reasons": ["media-empty-report", "media-needed-error"]}, ["media-empty"]),
        ({"printer-state-reasons": "strange-thing-error"}, ["strange-thing"]),
        ({"printer-state-reasons": "strange-thing-report"}, []),
        ({"printer-is-accepting-jobs": False}, ["offline"]),
        ({"marker-names": ["cyan", "black"], "marker-levels": [3, -2]}, ["marker-supply-low"]),
        (
            {"printer-supply": "class=receptacleThatIsFilled;level=95;maxcapacity=100"},
            ["marker-supply-low"],
        ),
        ({"printer-supply": "class=supplyThatIsConsumed;level=x"}, []),
    ],
)
def test_what_a_printer_says_is_a_matter_of_people_or_not(attributes: Mapping[str, Any], causes: list[str]) -> None:
    assert sorted(PrinterState.of(attributes).faults()) == causes


def test_paper_and_supplies_are_read_in_percent() -> None:
    state = PrinterState.of(
        {
            "printer-input-tray": ["level=-2;maxcapacity=250", "level=125;maxcapacity=250", "level=7;maxcapacity=-2"],
            "printer-supply": ["type=toner;level=40;maxcapacity=80;class=supplyThatIsConsumed", "level=-3;type=opc"],
        }
    )
    assert state.paper_percent == 50
    assert state.supplies == (Supply("toner", 50), Supply("opc", None))


def test_only_an_ipp_address_will_do() -> None:
    slot = SlotConfig("st-01", "printer-1", "printer", "sim:")
    with pytest.raises(ConfigurationError, match="ipp://"):
        IppDriver(slot, cable()[0])
    with pytest.raises(ConfigurationError, match="ipp://"):
        open_transport("ipp:///ipp/print")
