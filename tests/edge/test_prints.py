"""Prints in the command ledger: they wait for their turn, and whatever happens nothing is printed twice in silence."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.drivers import escpos_printer
from devices.simulators.device import Simulator
from devices.simulators.escpos import ReceiptPrinter
from devices.simulators.ipp import OfficePrinter
from devices.simulators.service import listening
from devices.slips import set_slip
from edge.answers import Answers
from edge.commands import Commands
from edge.host import Services
from edge.ledger import Ledger, open_ledger
from edge.live import LiveBoard
from edge.queue.desk import Issued, Queue
from edge.queue.slips import TicketSlips, slip_printers, ticket_slip
from edge.recorder import Recorder
from edge.requests import Outcome
from edge.screens import Screens
from edge.signals import Signals
from edge.supervisor import SlotRunner, Supervisor
from edge.uplink import Incoming
from protocols.frames import escpos
from protocols.rules.opening import SHANGHAI
from protocols.venue.content import Manifest
from protocols.venue.slips import slip_of
from protocols.venue.timestamps import format_time
from protocols.venue.topics import parse_topic
from provisioning.clock import SystemClock
from tests.contract.asker import REPLIES, new_id
from tests.devices.papers import page_of
from tests.edge.stations import START, STATION, data_of, recorder, site
from tests.edge.test_queue import board, manifest
from tests.waiting import until

SLIP = slip_of(("heading", "谏壁零工驿站"), ("text", "岗位：电焊工\n日薪：260 元/天"), ("qr", "PR|v1|1"))
DOCUMENT = SLIP.to_bytes().decode()
#: Bytes of one copy; behind them comes the question that proves it.
COPY_BYTES = len(escpos.to_bytes(set_slip(SLIP, 48, 576)))


def printer_slot(address: str, profile: str = "escpos-80", name: str = "printer-1") -> str:
    return f"""
[[stations.slots]]
id = "{name}"
kind = "printer"
device = {{ id = "{name}", serial = "P", profile = "{profile}", address = "{address}" }}
"""


KIOSK = """
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
device = { id = "dev-k", serial = "K", profile = "sim-kiosk", address = "sim:" }
"""


def open_today() -> Manifest:
    """Return a board that is open all day."""
    return manifest(1, board(datetime.now(SHANGHAI).date().isoformat()))


class Desk:
    """What of an agent takes and runs commands."""

    def __init__(self, commands: Commands, ledger: Ledger, runner: SlotRunner, records: Recorder) -> None:
        self.commands, self.ledger, self.runner, self.records = commands, ledger, runner, records

    async def ask(self, args: Mapping[str, Any], key: str | None = None, name: str = "print") -> str:
        """Have the cloud ask; returns the command's id."""
        now, key = datetime.now(UTC), key or new_id()
        document = {
            "id": key, "name": name, "args": dict(args), "by": "staff:li", "at": format_time(now),
            "expires_at": format_time(now + timedelta(seconds=60)), "timeout_s": 60, "step_timeout_s": 60,
        }  # fmt: skip
        topic = parse_topic(f"yz/1/{STATION}/{self.runner.slot.id}/cmd/{name}")
        payload = json.dumps(document).encode()
        await self.commands.take(Incoming(topic, payload, retained=False, response_topic=REPLIES,
                                          correlation=key.encode(), expiry_s=60))  # fmt: skip
        return key

    async def outcome(self, key: str) -> dict[str, Any]:
        """Return the `command.ended` event of a command."""
        found: dict[str, Any] = {}

        async def told() -> bool:
            for row in await self.records.outbox.drain("ops", 0, 10_000):
                data = data_of(row.text)
                if data.get("id") == key:
                    found.update(data)
            return bool(found)

        await until(told, f"command {key} ends", 40)
        return found


@asynccontextmanager
async def desk(folder: Path, *slots: str, slot: str = "printer-1") -> AsyncIterator[Desk]:
    """Run the slots and the ledger of a station."""
    folder.mkdir(exist_ok=True)
    async with recorder(folder) as records, open_ledger(folder) as ledger:
        services = Services(folder, SystemClock(), records, Signals(records), LiveBoard(), Screens())
        supervisor = Supervisor(site(*slots).stations[0], services, lambda _slot: {})

        async def nowhere(_topic: str, _payload: bytes, _correlation: bytes) -> None:
            """Lose a reply: the line to the cloud is cut."""

        answers = Answers(ledger, START, records.author.timekeeper.now, nowhere)
        commands = Commands(records, ledger, dict(supervisor.slots), answers)
        tasks = [asyncio.create_task(supervisor.run()), asyncio.create_task(commands.run())]
        try:
            yield Desk(commands, ledger, supervisor.slots[slot], records)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def args(number: int = 0) -> dict[str, Any]:
    return {"title": f"岗位小票 {number}", "document": DOCUMENT, "copies": 1}


async def test_prints_wait_for_their_turn_and_a_repeated_one_is_not_printed_again(tmp_path: Path) -> None:
    printer = ReceiptPrinter()
    async with listening(printer, "tcp://127.0.0.1:0") as address, desk(tmp_path, printer_slot(address)) as station:
        keys = [await station.ask(args(number)) for number in range(4)]
        await station.ask(args(0), keys[0])
        assert [(await station.outcome(key))["state"] for key in keys] == ["done"] * 4
        await station.ask(args(0), keys[0])
        await asyncio.sleep(0.1)
    assert len(printer.receipts) == 4


async def test_a_printer_that_is_out_of_paper_fails_for_certain(tmp_path: Path) -> None:
    printer = ReceiptPrinter({"paper": "end"})
    async with listening(printer, "tcp://127.0.0.1:0") as address, desk(tmp_path, printer_slot(address)) as station:
        ended = await station.outcome(await station.ask(args()))
    assert (ended["state"], ended["reason"]["text"]) == ("failed", "没有纸")
    assert printer.receipts == []


async def cut_power(folder: Path, times: int, seed: int) -> dict[str, int]:
    """Take the printer's power away at a random byte of a slip, again and again; returns how the commands ended.

    From the first byte to after the last one, between paper and proof: whatever the command says must be true.
    """
    draw, printer, ended = random.Random(seed), ReceiptPrinter(), dict[str, int]()
    async with listening(printer, "tcp://127.0.0.1:0") as address, desk(folder, printer_slot(address)) as station:
        for number in range(times):
            await until(lambda: station.runner.works, "the printer works", 40)
            printer.receipts.clear()
            # A quarter of the cuts falls between the last byte of the slip and the proof that it is out.
            at = COPY_BYTES + draw.randint(0, 15) if number % 4 == 0 else draw.randint(1, COPY_BYTES + 15)
            restarts = station.runner.status.restarts_total
            await printer.change({"power_cut_at": at})
            state = (await station.outcome(await station.ask(args(number))))["state"]
            if printer.state["power_cut_at"] == 0:
                await until(lambda: station.runner.status.restarts_total > restarts, "the loss is noticed", 40)  # noqa: B023
            printer.state["power_cut_at"] = 0
            ended[state] = ended.get(state, 0) + 1
            whole = [piece for piece in printer.receipts if piece.cut]
            assert len(printer.receipts) <= 1, "nothing is printed twice"
            assert state in {"done", "failed", "indeterminate"}
            assert state != "done" or len(whole) == 1, "done means that a whole slip is out"
            assert state != "failed" or not printer.receipts, "failed means that nothing is out"
    return ended


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a printer whose power is back found at once."""
    monkeypatch.setattr("edge.supervisor.FIRST_BACKOFF_S", 0.05)
    monkeypatch.setattr("edge.supervisor.MAX_BACKOFF_S", 0.05)
    monkeypatch.setattr(escpos_printer, "WATCH_S", 0.05)
    monkeypatch.setattr(escpos_printer.EscposDriver, "interval_s", 0.1)


async def test_without_power_nothing_is_printed_twice_in_silence(tmp_path: Path) -> None:
    ended = await cut_power(tmp_path, 8, seed=1)
    assert ended["indeterminate"] >= 2


@pytest.mark.deep
@pytest.mark.timeout(600)
async def test_without_power_a_hundred_times_nothing_is_printed_twice_in_silence(tmp_path: Path) -> None:
    ended = await cut_power(tmp_path, 100, seed=2)
    assert sum(ended.values()) == 100
    assert ended["indeterminate"] >= 25


@asynccontextmanager
async def _between_paper_and_reply(folder: Path, device: Simulator, profile: str, wish: dict[str, Any]) -> Any:
    """Stop the station's side between paper and reply, then start it again; yields (desk, key)."""
    async with listening(device, "tcp://127.0.0.1:0") as address:
        slot, key = printer_slot(address, profile), new_id()
        async with desk(folder, slot) as station:
            finish = station.ledger.finish

            async def never(command_id: str, outcome: Outcome) -> None:  # noqa: ARG001
                await asyncio.Event().wait()

            station.ledger.finish = never  # type: ignore[method-assign]
            await station.ask(wish, key)
            printed = "receipts" if isinstance(device, ReceiptPrinter) else "jobs_printed"
            await until(lambda: device.state[printed] == 1, "it is printed")
            station.ledger.finish = finish  # type: ignore[method-assign]
        async with desk(folder, slot) as station:
            yield station, key


async def test_after_a_stop_of_ours_a_receipt_is_open_and_a_person_decides(tmp_path: Path) -> None:
    printer = ReceiptPrinter()
    async with _between_paper_and_reply(tmp_path, printer, "escpos-80", args()) as (station, key):
        assert (await station.outcome(key))["state"] == "indeterminate"
        assert len(printer.receipts) == 1
        # "Do it again" is another command with another id.
        assert (await station.outcome(await station.ask(args())))["state"] == "done"
    assert len(printer.receipts) == 2


async def test_after_a_stop_of_ours_an_office_printer_is_asked_what_became_of_it(tmp_path: Path) -> None:
    printer = OfficePrinter()
    async with page_of(b"%PDF-1.4 paper") as (url, sha256):
        wish = {"title": "合同", "document": url, "sha256": sha256}
        async with _between_paper_and_reply(tmp_path, printer, "ipp-everywhere", wish) as (station, key):
            ended = await station.outcome(key)
    assert (ended["state"], ended["result"]) == ("done", {"job": 1, "sheets": 1})
    assert printer.state["jobs_printed"] == 1


async def test_an_office_printer_that_does_not_know_the_job_leaves_it_open(tmp_path: Path) -> None:
    printer = OfficePrinter()
    async with page_of(b"%PDF-1.4 paper") as (url, sha256):
        wish = {"title": "合同", "document": url, "sha256": sha256}
        printer._list_jobs = lambda asked: (0, [])  # type: ignore[method-assign]  # noqa: ARG005
        async with _between_paper_and_reply(tmp_path, printer, "ipp-everywhere", wish) as (station, key):
            ended = await station.outcome(key)
    assert ended["state"] == "indeterminate"
    assert "查不到" in ended["reason"]["text"]
    assert printer.state["jobs_printed"] == 1


async def test_a_number_is_printed_once_at_the_kiosks_printer_without_the_cloud(tmp_path: Path) -> None:
    printer = ReceiptPrinter()
    async with listening(printer, "tcp://127.0.0.1:0") as address, desk(
        tmp_path, KIOSK, printer_slot(address)
    ) as station:  # fmt: skip
        queue = Queue(station.records, online=lambda: False)
        queue.take(open_today())
        slots = site(KIOSK, printer_slot(address)).stations[0].slots
        slips = TicketSlips("谏壁驿站", slip_printers(slots), station.commands, queue._recorder.author.timekeeper.now)
        queue.on_issued(slips.take)
        handing = asyncio.create_task(slips.run(), name="slips")
        key = new_id()
        issued = await queue.issue("kiosk-1", "A", "", key)
        await queue.issue("kiosk-1", "A", "", key)  # the button was pressed twice
        slips.take("kiosk-1", issued)  # and something told it twice
        await until(lambda: len(printer.receipts) == 1, "the number is out")
        told = await station.outcome(str(uuid.uuid5(uuid.NAMESPACE_OID, f"ticket {key}")))
        assert (told["state"], told["by"]) == ("done", "slot:printer-1")
        await until(lambda: not station.commands._open, "it is settled")
        await station.commands.answer_unreplied()  # nothing of it waits for the cloud
        assert await station.ledger.unreplied() == []
        handing.cancel()
        await asyncio.gather(handing, return_exceptions=True)
    lines = printer.receipts[0].lines
    assert lines[:3] == ["谏壁驿站", "A001", issued.service]


def test_a_kiosk_has_the_printer_named_after_it_or_the_only_one() -> None:
    def found(*slots: str) -> dict[str, str]:
        return slip_printers(site(KIOSK, *slots).stations[0].slots)

    one, other = printer_slot("tcp://127.0.0.1:1"), printer_slot("tcp://127.0.0.1:2", name="printer-2")
    own = printer_slot("tcp://127.0.0.1:3", name="kiosk-1-printer")
    office = printer_slot("ipp://127.0.0.1", "ipp-everywhere", name="office")
    assert found() == {}
    assert found(one, office) == {"kiosk-1": "printer-1"}
    assert found(one, other) == {}
    assert found(one, other, own) == {"kiosk-1": "kiosk-1-printer"}
    assert found(printer_slot("sim:", "no-such")) == {}


async def test_the_slip_of_a_number_says_who_waits_and_how_long(tmp_path: Path) -> None:
    async with recorder(tmp_path) as records:
        queue = Queue(records, online=lambda: False)
        queue.take(open_today())
        issued = await queue.issue("kiosk-1", "A", "", new_id())
    slip = ticket_slip("谏壁驿站", Issued(issued.held, "求职登记", 3, 500), datetime(2026, 3, 2, 1, 5, tzinfo=UTC))
    texts = [part.text for part in slip.parts]
    assert "前面还有 3 人，约等 9 分钟" in texts
    assert "2026-03-02 09:05 取号，当日有效" in texts
