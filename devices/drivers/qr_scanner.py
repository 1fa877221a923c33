"""Code scanner on a serial line or a virtual COM port: payloads with CR or LF, and GM65 commands of a module."""

import asyncio
from typing import ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.scanning import ScanCounter
from devices.together import together
from devices.transport import Transport
from protocols.frames.gm65 import ASK_HARDWARE, ASK_SOFTWARE, DONE, TRIGGER, Answer, Command, Decoder
from protocols.venue.vocabulary import Kind

#: A module answers within 100 ms, also while it scans.
ANSWER_TIMEOUT_S: Final = 1.0
DEFAULT_POLL_S: Final = 10.0


class QrScannerDriver(Driver):
    """Hands over payloads; a `module` (profile option) is asked every `poll_s` whether it is there, and obeys."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"kiosk"})
    #: `kiosk`: the slot whose page shows what was scanned.
    address_options = frozenset({"kiosk"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        poll_s = config.options.get("poll_s", DEFAULT_POLL_S)
        self._module = config.options.get("module") is not False
        self._poll_s = float(poll_s) if isinstance(poll_s, int | float) else DEFAULT_POLL_S
        self._asking = asyncio.Lock()
        self._waiting: asyncio.Future[Answer] | None = None

    async def run(self, host: Host) -> None:
        """Serve until the device is lost."""
        counter = ScanCounter(host, self.transport.options.get("kiosk", ""))
        jobs = {"listen": self._listen(counter)}
        if self._module:
            jobs["poll"] = self._poll(host, counter)
        else:
            counter.show()
        await together(**jobs)

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `scan` (lights up and reads once) or `firmware`; only a module knows them."""
        if not self._module or name not in {"scan", "firmware"}:
            return await super().command(name, args, host)
        if name == "scan":
            if await self._ask(TRIGGER) != DONE:
                raise DeviceRefused("the scanner does not scan")
            return {}
        hardware, software = await self._ask(ASK_HARDWARE), await self._ask(ASK_SOFTWARE)
        return {"hardware": hardware.data.hex(), "software": software.data.hex()}

    async def _listen(self, counter: ScanCounter) -> None:
        decoder = Decoder()
        while True:
            data = await self.transport.read()
            if counter.paused():
                decoder.reset()
            for found in decoder.feed(data):
                if not isinstance(found, Answer):
                    await counter.take(found)
                elif self._waiting is not None and not self._waiting.done():
                    self._waiting.set_result(found)

    async def _poll(self, host: Host, counter: ScanCounter) -> None:
        async for _ in host.ticks(self._poll_s):
            await self._ask(ASK_HARDWARE)
            counter.show()

    async def _ask(self, command: Command) -> Answer:
        async with self._asking:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self.transport.write(command.to_bytes())
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    return await self._waiting
            except TimeoutError as error:
                raise self.transport.lost(f"the scanner does not answer within {ANSWER_TIMEOUT_S} s") from error
            finally:
                self._waiting = None
