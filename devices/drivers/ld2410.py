"""HLK-LD2410 presence radar on a serial line, or behind a serial-to-TCP bridge."""

import asyncio
from typing import ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.together import together
from devices.transport import Transport
from protocols.frames.ld2410 import CONFIGURE_FRAME, Acknowledgement, Command, CommandFrame, Decoder, Frame, Report
from protocols.venue.vocabulary import Kind

#: How often the newest report becomes a sample (table of signals: footfall 10/30/0).
SAMPLE_S: Final = 10.0
#: The radar reports ten times a second; without a report for this long it is gone or talks nonsense.
REPORT_TIMEOUT_S: Final = 3.0
#: An acknowledgement comes within 100 ms.
ACKNOWLEDGE_TIMEOUT_S: Final = 1.0
_FIRMWARE_BYTES: Final = 8


class Ld2410Driver(Driver):
    """Reads every report, samples the newest one; command `firmware` asks for the version."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"occupancy"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._newest: Report | None = None
        self._at_s = 0.0
        self._acknowledged: dict[int, asyncio.Future[Acknowledgement]] = {}
        self._commanding = asyncio.Lock()

    async def run(self, host: Host) -> None:
        """Serve until the reports stop."""
        arrived = asyncio.Event()
        await together(read=self._read(arrived), sample=self._sample(host, arrived))

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `firmware`; the radar pauses its reports for the moment."""
        if name != "firmware":
            return await super().command(name, args, host)
        async with self._commanding:
            await self._ask(CONFIGURE_FRAME)
            answer = await self._ask(CommandFrame(Command.FIRMWARE))
            await self._ask(CommandFrame(Command.END_CONFIGURE))
        value = answer.value
        if len(value) != _FIRMWARE_BYTES:
            raise DeviceRefused(f"a version of {len(value)} bytes")
        return {"version": f"{value[3]}.{value[2]:02x}.{value[7]:02x}{value[6]:02x}{value[5]:02x}{value[4]:02x}"}

    async def _read(self, arrived: asyncio.Event) -> None:
        decoder = Decoder()
        loop = asyncio.get_running_loop()
        self._at_s = loop.time()
        while True:
            for frame in decoder.feed(await self.transport.read(timeout_s=REPORT_TIMEOUT_S)):
                self._take(frame, loop.time())
            if self._newest is not None:
                arrived.set()
            if loop.time() - self._at_s > REPORT_TIMEOUT_S:
                raise self.transport.lost(f"bytes come, but no report within {REPORT_TIMEOUT_S} s")

    def _take(self, frame: Frame, now_s: float) -> None:
        match frame:
            case Report():
                self._newest, self._at_s = frame, now_s
            case Acknowledgement():
                waiting = self._acknowledged.get(frame.command)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)
            case CommandFrame():
                return  # an echo of the line

    async def _sample(self, host: Host, arrived: asyncio.Event) -> None:
        await arrived.wait()
        async for _ in host.ticks(SAMPLE_S):
            report = self._newest
            if report is None or asyncio.get_running_loop().time() - self._at_s > REPORT_TIMEOUT_S:
                raise self.transport.lost(f"no report within {REPORT_TIMEOUT_S} s")
            if not report.state.calibrating:
                host.sample("footfall", "people" if report.state.somebody else "none")
            host.live(state=report.state.name.lower(), moving_cm=report.moving_cm, static_cm=report.static_cm)

    async def _ask(self, frame: CommandFrame) -> Acknowledgement:
        waiting: asyncio.Future[Acknowledgement] = asyncio.get_running_loop().create_future()
        self._acknowledged[frame.command] = waiting
        try:
            await self.transport.write(frame.to_bytes())
            async with asyncio.timeout(ACKNOWLEDGE_TIMEOUT_S):
                answer = await waiting
        except TimeoutError as error:
            raise self.transport.lost(f"command {frame.command:02X} was not acknowledged") from error
        finally:
            del self._acknowledged[frame.command]
        if answer.status:
            raise DeviceRefused(f"command {frame.command:02X}: status {answer.status}")
        return answer
