"""What the agent offers the driver of one slot (`devices.driver.Host`)."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.driver import Json, Scalar, ScreenBeat
from devices.errors import DeviceRefused
from edge.errors import OutboxError
from edge.live import LiveBoard
from edge.queue.desk import Queue
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.visitors import Visitors
from protocols.rules.opening import SHANGHAI
from protocols.rules.presented import Presented
from protocols.venue.vocabulary import Kind, Stream
from provisioning.clock import Clock

#: Takes how far a command is: (step, done, total).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the agent that every slot uses."""

    state: Path
    clock: Clock
    recorder: Recorder
    signals: Signals
    live: LiveBoard
    screens: Screens
    #: None: this station issues no numbers.
    queue: Queue | None = None
    #: None: this station has no kiosk pages.
    visitors: Visitors | None = None


class SlotHost:
    """One slot's side of the agent; `alive` is called whenever the driver shows that its device works."""

    def __init__(self, slot: str, kind: Kind, services: Services, alive: Callable[[], None]) -> None:
        self._slot = slot
        self._kind = kind
        self._services = services
        self._alive = alive
        self._tickers: list[AsyncGenerator[None, None]] = []

    @property
    def state_dir(self) -> Path:
        """A folder of this slot that survives restarts."""
        folder = self._services.state / "slots" / self._slot
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def ticks(self, interval_s: float) -> AsyncIterator[None]:
        """Yield at once and then every `interval_s` seconds of the agent's clock."""
        ticker = self._services.clock.ticks(interval_s)
        self._tickers.append(ticker)
        return ticker

    def minute_of_day(self) -> int:
        """Return the minute of the day in Asia/Shanghai by the agent's clock."""
        now = self._services.clock.now().astimezone(SHANGHAI)
        return now.hour * 60 + now.minute

    def sample(self, signal: str, value: str) -> None:
        """Hand over what a signal is right now."""
        self._services.signals.sample(self._slot, self._kind, signal, value)
        self._alive()

    def live(self, **values: Scalar) -> None:
        """Replace the slot's live values."""
        self._services.live.show(self._slot, values)
        self._alive()

    async def event(self, name: str, data: Json, stream: Stream = "ops") -> None:
        """Store an event of this slot; durable on return."""
        self._alive()
        await self._services.recorder.event(self._slot, self._kind, name, data, stream)

    async def ticket(self, service: str, priority: str, key: str) -> str:
        """Give out a number of the queue; durable on return. DeviceRefused says why not."""
        self._alive()
        if self._services.queue is None:
            raise DeviceRefused("this station issues no numbers")
        try:
            issued = await self._services.queue.issue(self._slot, service, priority, key)
        except OutboxError as error:
            raise DeviceRefused(str(error)) from error
        return issued.held.label

    async def present(self, shown: Presented, page: str = "") -> None:
        """Have a kiosk's page show what somebody showed this slot's reader."""
        self._alive()
        if self._services.visitors is None:
            raise DeviceRefused("this station has no kiosk pages")
        await self._services.visitors.present(self._slot, shown, page or self._slot)

    def screen(self) -> ScreenBeat | None:
        """Return the last beat of the page shown in this slot."""
        return self._services.screens.last(self._slot)

    def progress(self, step: str, done: int, total: int) -> None:
        """Nothing: only a command has progress (`command_host`)."""

    async def close_ticks(self) -> None:
        """End every ticker that a driver has not used up: a stepped clock counts them."""
        for ticker in self._tickers:
            with contextlib.suppress(RuntimeError):  # still being waited for by a task that is about to end
                await ticker.aclose()
        self._tickers.clear()


class CommandHost(SlotHost):
    """A slot's side of the agent while one command runs."""

    def __init__(self, slot: str, kind: Kind, services: Services, alive: Callable[[], None], tell: Progress) -> None:
        super().__init__(slot, kind, services, alive)
        self._tell = tell

    def progress(self, step: str, done: int, total: int) -> None:
        """Hand on how far the command is."""
        self._tell(step, done, total)


@asynccontextmanager
async def command_host(
    slot: str, kind: Kind, services: Services, alive: Callable[[], None], tell: Progress
) -> AsyncIterator[CommandHost]:
    """Yield a host for one command and take back what it handed out."""
    host = CommandHost(slot, kind, services, alive, tell)
    try:
        yield host
    finally:
        await host.close_ticks()


@asynccontextmanager
async def slot_host(slot: str, kind: Kind, services: Services, alive: Callable[[], None]) -> AsyncIterator[SlotHost]:
    """Yield a host for one run of a driver and take back what it handed out."""
    host = SlotHost(slot, kind, services, alive)
    try:
        yield host
    finally:
        await host.close_ticks()
