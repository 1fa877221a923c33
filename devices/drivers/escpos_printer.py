"""Receipt printers that speak ESC/POS: on raw TCP 9100, a serial line, or the kernel's USB printer file.

What proves that a slip is on paper: behind each copy the printer is asked for its paper sensors (GS r 1), which it
answers only when all that came before is printed. Without that answer nobody knows, and the command says so.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from devices.driver import Host, Json, PollingDriver, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused, OutcomeUnknown
from devices.faults import Fault, Faults
from devices.slips import read_slip, set_slip
from devices.transport import Transport
from protocols.errors import DocumentError
from protocols.frames import escpos
from protocols.frames.escpos import SensorRequest, StatusRequest
from protocols.frames.escpos_answers import AnswerDecoder, Asked, RealTime, Sensor, Status
from protocols.venue.vocabulary import Kind

#: How often the printer is asked how it is; a fault is told within two of them.
POLL_S: Final = 2.0
#: DLE EOT is answered within a few milliseconds, behind a serial line's queue within a second.
ANSWER_TIMEOUT_S: Final = 2.0
#: From the last byte of a copy to its proof: the slowest line (9600 baud) and the slowest paper are half of it.
PRINT_TIMEOUT_S: Final = 20.0
#: While a copy is being printed its printer is asked for faults this often.
WATCH_S: Final = 0.5
#: Bytes handed over at once; a serial line takes a second for them.
PIECE_BYTES: Final = 960
_COLUMNS: Final = range(24, 65)
_DOTS: Final = range(192, 833)

_WORDS: Final[dict[str, Fault]] = {
    "media-empty": Fault("error", "没有纸"),
    "media-low": Fault("warning", "纸快用完"),
    "cover-open": Fault("error", "上盖打开"),
    "cutter-failure": Fault("error", "切刀故障"),
    "other-error": Fault("error", "打印机故障，请断电重启"),
    "overheated": Fault("warning", "打印头过热，稍后自动恢复"),
    "offline": Fault("error", "打印机脱机"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What the profile says of a model: its columns and dots, whether it answers GS r and draws QR codes."""

    columns: int
    dots: int
    confirms: bool = True
    native_qr: bool = True

    @classmethod
    def of(cls, options: Json) -> Self:
        """Return the model of a profile's options."""
        values: dict[str, Any] = dict(options)
        try:
            found = cls(**values)
        except TypeError as error:
            raise ConfigurationError(f"options of a receipt printer: {error}") from error
        if found.columns not in _COLUMNS or found.dots not in _DOTS:
            raise ConfigurationError(f"options of a receipt printer out of bounds: {values}")
        return found


class EscposDriver(PollingDriver):
    """Asks for the state every POLL_S, and prints slips: `print` {title, document, copies}."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"printer"})
    interval_s = POLL_S

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._paper = Paper.of(config.options)
        self._faults = Faults()
        self._decoder = AnswerDecoder()
        self._answers: deque[RealTime] = deque(maxlen=len(Asked))
        #: GS r that the printer has not answered yet: while there is one, paper of an earlier slip may still come.
        self._owed = 0
        self._line = asyncio.Lock()

    async def run(self, host: Host) -> None:
        """Serve until the printer is lost."""
        async with self._line:
            await self.transport.write(escpos.NO_AUTOMATIC_STATUS.to_bytes())
        await super().run(host)

    async def poll(self, host: Host) -> None:
        """Ask once and tell."""
        async with self._line:
            status = await self._status()
        await self._tell(host, status)

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `print`; OutcomeUnknown when the slip may be on paper and may not."""
        if name != "print":
            return await super().command(name, args, host)
        copies = int(str(args.get("copies", 1)))
        try:
            slip = read_slip(str(args["document"]))
            data = escpos.to_bytes(
                set_slip(slip, self._paper.columns, self._paper.dots, native_qr=self._paper.native_qr)
            )
        except DocumentError as error:
            raise DeviceRefused(f"the slip cannot be set: {error}") from error
        async with self._line:
            await self._refuse_when_it_cannot(host)
            host.begins()
            for copy in range(1, copies + 1):
                await self._print(data, host)
                host.progress("copy", copy, copies)
        return {"copies": copies, "confirmed": self._paper.confirms}

    async def _refuse_when_it_cannot(self, host: Host) -> None:
        """Refuse before anything is sent: then it is certain that nothing is printed."""
        status = await self._status()
        await self._tell(host, status)
        if self._owed:
            raise DeviceRefused("打印机里还有上一张没有打完，请先处理")
        why = [fault.text for fault in faults_of(status).values() if fault.severity == "error"]
        if why:
            raise DeviceRefused("、".join(why))

    async def _print(self, data: bytes, host: Host) -> None:
        """Send one copy and wait for its proof."""
        for at in range(0, len(data), PIECE_BYTES):
            await self.transport.write(data[at : at + PIECE_BYTES])
        if not self._paper.confirms:
            return await self._look_behind(host)
        self._owed += 1
        await self.transport.write(SensorRequest().to_bytes())
        loop = asyncio.get_running_loop()
        ends = loop.time() + PRINT_TIMEOUT_S
        while self._owed:
            status = await self._status()
            await self._tell(host, status)
            why = [fault.text for fault in faults_of(status).values() if fault.severity == "error"]
            if self._owed and why:
                raise OutcomeUnknown(f"打印中断：{'、'.join(why)}")
            if self._owed and loop.time() > ends:
                raise OutcomeUnknown(f"{PRINT_TIMEOUT_S:g} 秒内没有打完")
            await asyncio.sleep(0 if not self._owed else WATCH_S)
        return None

    async def _look_behind(self, host: Host) -> None:
        """Of a printer that confirms nothing this is all there is: it took all bytes and complains of nothing."""
        status = await self._status()
        await self._tell(host, status)
        if any(fault.severity == "error" for fault in faults_of(status).values()):
            raise OutcomeUnknown("打印后打印机报错")

    async def _status(self) -> Status:
        """Ask the four questions; what else comes meanwhile is counted, too."""
        return Status.of({asked: await self._ask(asked) for asked in Asked})

    async def _ask(self, asked: Asked) -> RealTime:
        self._answers.clear()
        await self.transport.write(StatusRequest(asked).to_bytes())
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while not self._answers:
                    self._take(await self.transport.read())
        except TimeoutError as error:
            raise self.transport.lost(f"no answer to DLE EOT {asked} within {ANSWER_TIMEOUT_S:g} s") from error
        return self._answers.popleft()

    def _take(self, data: bytes) -> None:
        for answer in self._decoder.feed(data):
            if isinstance(answer, Sensor):
                self._owed = max(0, self._owed - 1)
            else:
                self._answers.append(answer)

    async def _tell(self, host: Host, status: Status) -> None:
        present = faults_of(status)
        state = "stopped" if any(one.severity == "error" for one in present.values()) else "ready"
        host.live(printer=state, faults=",".join(sorted(present)), paper=_paper_word(status))
        await self._faults.see(host, present)


def faults_of(status: Status) -> dict[str, Fault]:
    """Return what is wrong, in the words that IPP has for it where there are any."""
    names = {
        "media-empty": status.paper_end,
        "media-low": status.paper_near_end and not status.paper_end,
        "cover-open": status.cover_open,
        "cutter-failure": status.cutter,
        "other-error": status.broken,
        "overheated": status.pausing,
    }
    found = {name: _WORDS[name] for name, there in names.items() if there}
    stopped = any(fault.severity == "error" for fault in found.values())
    return found if stopped or not status.offline else {**found, "offline": _WORDS["offline"]}


def _paper_word(status: Status) -> str:
    return "end" if status.paper_end else "near_end" if status.paper_near_end else "ok"
