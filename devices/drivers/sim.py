"""Driver of the simulated devices: the same code whether the device runs in this process or behind TCP or serial."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar, Final, cast

from devices.driver import Driver, Host, Json, Scalar, SlotConfig
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.together import together
from devices.transport import Transport
from devices.transports.memory import MemoryTransport
from protocols.frames.simline import Answer, Ask, LineDecoder, Message, Notice, Report, Taken, to_bytes
from protocols.venue.vocabulary import SIGNALS, Kind

#: A simulated device answers in a millisecond; a silent one is dead.
ANSWER_TIMEOUT_S: Final = 2.0
#: Questions under way at a time: one tick, one configuration and a few commands.
MAX_WAITING: Final = 16
DEFAULT_SAMPLE_S: Final = 10.0

#: Kind -> the one signal its device may report.
_SIGNAL_OF: Final[Mapping[Kind, str]] = {
    "door": "door",
    "light": "light",
    "wall": "wall",
    "kiosk": "kiosk",
    "occupancy": "footfall",
    "staff": "staff",
    "face": "staff",
    "ups": "mains",
}
#: Kinds whose events count for the operator's score; the others' are for operations.
_EVIDENCE: Final = frozenset({"staff", "face", "occupancy", "ups"})


class SimDriver(Driver):
    """Listens to reports and events, asks every `sample_s` (profile option) whether the device is still there."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {
            "door",
            "light",
            "wall",
            "kiosk",
            "occupancy",
            "staff",
            "face",
            "printer",
            "camera",
            "ups",
            "sensor",
            "socket",
            "network",
        }
    )

    #: The first state of a device inside this process: `sim:?door=unlocked`.
    address_options = None

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if transport.options and not isinstance(transport, MemoryTransport):
            raise ConfigurationError(f"address {transport.address!r}: only sim: takes options")
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._writing = asyncio.Lock()

    async def run(self, host: Host) -> None:
        """Serve until the device is lost."""
        jobs = {"listen": self._listen(host), "ask": self._ask_regularly(host)}
        if isinstance(self.transport, MemoryTransport) and self.config.address.startswith("sim:"):
            jobs["device"] = self._play_device(self.transport)
        try:
            await together(**jobs)
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(self.transport.lost("the device went before it answered"))

    async def configure(self, settings: Json) -> None:
        """Send the settings to the device."""
        if settings:
            await self._ask("configure", settings)

    async def command(self, name: str, args: Json, host: Host) -> Json:  # noqa: ARG002 - the contract
        """Let the device run the command."""
        return await self._ask(name, args)

    async def _play_device(self, transport: MemoryTransport) -> None:
        """Run the device of `sim:` inside this process; options of the address are its first state."""
        from devices.simulators.device import parse_state  # noqa: PLC0415
        from devices.simulators.kinds import BEHAVIOURS  # noqa: PLC0415 - only where a device is simulated in here
        from devices.simulators.simline import SimlineDevice  # noqa: PLC0415

        behaviour = BEHAVIOURS[self.config.kind]
        try:
            device = SimlineDevice(behaviour, parse_state(behaviour.fields, transport.options))
        except DeviceRefused as error:
            raise ConfigurationError(f"address {self.config.address!r}: {error}") from error
        await device.serve(transport.far)

    async def _listen(self, host: Host) -> None:
        decoder = LineDecoder()
        while True:
            for message in decoder.feed(await self.transport.read()):
                await self._take(message, host)
            if decoder.dropped_total:
                raise self.transport.lost("what came is not the language of a simulated device", "protocol")

    async def _take(self, message: Message, host: Host) -> None:
        match message:
            case Answer():
                answer = self._waiting.get(message.number)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case Report():
                self._hand_over(message, host)
            case Notice(name="ticket.wanted"):
                await self._give_number(message, host)
            case Notice():
                await host.event(message.name, message.data, "evidence" if self.config.kind in _EVIDENCE else "ops")
                await self._write(Taken(message.number))
            case _:
                raise self.transport.lost("a driver answered instead of a device", "protocol")

    async def _give_number(self, wanted: Notice, host: Host) -> None:
        """Have the agent give out a number and the kiosk show it; the wish's key makes asking twice harmless."""
        service, priority, key = (str(wanted.data.get(name, "")) for name in ("service", "priority", "key"))
        try:
            text = await host.ticket(service, priority, key)
        except DeviceRefused as error:
            text = f"!{error}"
        await self._write(Taken(wanted.number))
        # Not awaited: what answers it is read by the task that is in here.
        self._number += 1
        await self._write(Ask(self._number, "ticket", {"text": text}))

    def _hand_over(self, report: Report, host: Host) -> None:
        signal = _SIGNAL_OF.get(self.config.kind)
        for name, value in report.signals.items():
            if name != signal or value not in SIGNALS[name]:
                raise DeviceLost(f"{self.config.slot}: the device reports {name}={value!r}", "driver")
            host.sample(name, value)
        host.live(**{name: cast("Scalar", value) for name, value in report.values.items()})

    async def _ask_regularly(self, host: Host) -> None:
        async for _ in host.ticks(_seconds(self.config.options.get("sample_s"))):
            await self._ask("get", {})

    async def _ask(self, name: str, args: Json) -> Json:
        if len(self._waiting) >= MAX_WAITING:
            raise DeviceRefused("too many questions under way")
        self._number += 1
        number = self._number
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._write(Ask(number, name, dict(args)))
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                found = await answer
        except TimeoutError as error:
            raise self.transport.lost(f"no answer to {name!r} within {ANSWER_TIMEOUT_S} s") from error
        finally:
            del self._waiting[number]
        if not found.ok:
            raise DeviceRefused(str(found.body.get("text", "refused")))
        return found.body

    async def _write(self, message: Message) -> None:
        async with self._writing:
            await self.transport.write(to_bytes(message), timeout_s=ANSWER_TIMEOUT_S)


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else DEFAULT_SAMPLE_S
