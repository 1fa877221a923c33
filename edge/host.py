"""What the agent offers the driver of one slot (`devices.driver.Host`)."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from devices.driver import FacesSeen, Fault, Json, LivePicture, Scalar, ScreenBeat
from devices.errors import DeviceRefused
from edge.errors import OutboxError
from edge.hall import HallWatch
from edge.live import LiveBoard
from edge.pictures import Pictures
from edge.proofs import Proofs
from edge.queue.desk import Queue
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.visitors import Visitors
from edge.walls import Walls
from protocols.rules.opening import SHANGHAI
from protocols.rules.presented import Presented
from protocols.venue.vocabulary import Kind, Stream
from provisioning.clock import Clock

#: Takes how far a command is: (step, done, total).
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Running:
    """A command that a driver runs: its id, who hears how far it is, and whether its effect has begun."""

    id: str
    tell: Progress
    begun: bool = False


async def _as_written(address: str) -> str:
    return address


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
    walls: Walls = field(default_factory=Walls)
    #: None: this station has no walls.
    proofs: Proofs | None = None
    #: Where the agent serves the page of a slot.
    page_url: Callable[[str], str] = "about:blank#{}".format
    #: Where an address of the site file really is: that of a device at the station's broker has the agent's account.
    resolve: Callable[[str], Awaitable[str]] = _as_written
    #: None: nobody fuses what senses people.
    hall: HallWatch | None = None
    pictures: Pictures = field(default_factory=Pictures)
    #: What a slot's recogniser says of itself.
    faces: Callable[[str], FacesSeen | None] = lambda _slot: None


@dataclass(frozen=True, slots=True)
class Notes:
    """What a slot's runner wants to hear: that the driver shows a working device, that it has a fault or none."""

    alive: Callable[[], None]
    fault: Callable[[Fault | None], None] = lambda _fault: None


class SlotHost:
    """One slot's side of the agent."""

    def __init__(self, slot: str, kind: Kind, services: Services, notes: Notes) -> None:
        self._slot = slot
        self._kind = kind
        self._services = services
        self._alive, self._note_fault = notes.alive, notes.fault
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

    def now(self) -> datetime:
        """Return the agent's clock."""
        return self._services.clock.now()

    def sample(self, signal: str, value: str, at: datetime | None = None) -> None:
        """Hand over what a signal is right now; a wall's controller speaks for its page (ADR 32)."""
        if signal == "wall":
            self._sample_wall(value)
        else:
            self._services.signals.sample(self._slot, self._kind, signal, value, at)
            if self._services.hall is not None and at is None:
                self._services.hall.sampled(self._slot, self._kind, signal, value)
        self._alive()

    def _sample_wall(self, value: str) -> None:
        walls, proofs = self._services.walls, self._services.proofs
        page = walls.page_of(self._slot)
        if page is not None and proofs is not None:
            if value == "on":
                proofs.driven(page, "controller")
            else:
                proofs.forget(page)
        vote = walls.vote(self._slot, value)
        if vote is not None:
            self._services.signals.sample(self._slot, self._kind, "wall", vote)

    def live(self, **values: Scalar) -> None:
        """Replace the slot's live values; slots that sense people show what all of them say together."""
        if self._services.hall is not None and self._kind == "occupancy":
            values |= self._services.hall.values()
        self._services.live.show(self._slot, values)
        self._alive()

    async def event(self, name: str, data: Json, stream: Stream = "ops") -> None:
        """Store an event of this slot; durable on return."""
        self._alive()
        await self._services.recorder.event(self._slot, self._kind, name, data, stream)
        if name == "count.changed" and self._services.hall is not None:
            self._services.hall.counted(self._slot, data)

    async def event_once(self, key: str, name: str, data: Json, stream: Stream = "ops") -> bool:
        """Store an event of this slot unless its key is known; durable on return."""
        self._alive()
        return await self._services.recorder.event_once(key, self._slot, self._kind, name, data, stream)

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

    def fault(self, fault: Fault | None) -> None:
        """Say that the device is there and does not do its work; None: it does again."""
        if self._services.proofs is not None:
            self._services.proofs.note_fault(self._slot, faulty=fault is not None)
        self._note_fault(fault)

    def page_url(self) -> str:
        """Return the address of this slot's page."""
        return self._services.page_url(self._slot)

    async def proved(self, level: Literal["rendered", "driven"], by: Literal["pixels", "connector"]) -> None:
        """Claim a level of proof for what the page last said it shows."""
        beat = self.screen()
        if beat is not None and self._services.proofs is not None:
            await self._services.proofs.claim(self._slot, level, by, beat.content, beat.frames)

    async def seen(self, wall: str, mark: str) -> bool:
        """Take the text of a mark that a camera saw; returns whether it proves what the wall should show now."""
        self._alive()
        return self._services.proofs is not None and await self._services.proofs.seen(wall, mark)

    def unseen(self, wall: str) -> None:
        """Take that a camera no longer sees a mark that proves anything."""
        if self._services.proofs is not None:
            self._services.proofs.unseen(wall)

    def epoch_minute(self) -> int:
        """Return the agent's clock in whole minutes since 1970."""
        return int(self._services.clock.now().timestamp() // 60)

    async def present(self, shown: Presented, page: str = "") -> None:
        """Have a kiosk's page show what somebody showed this slot's reader."""
        self._alive()
        if self._services.visitors is None:
            raise DeviceRefused("this station has no kiosk pages")
        await self._services.visitors.present(self._slot, shown, page or self._slot)

    def faces(self) -> FacesSeen | None:
        """Return what this slot's recogniser says of itself."""
        return self._services.faces(self._slot)

    def screen(self) -> ScreenBeat | None:
        """Return the last beat of the page shown in this slot."""
        return self._services.screens.last(self._slot)

    def progress(self, step: str, done: int, total: int) -> None:
        """Nothing: only a command has progress (`command_host`)."""

    def live_picture(self, person: str) -> AbstractAsyncContextManager[LivePicture]:
        """Refuse: only a command has a picture taken."""
        raise DeviceRefused(f"a live picture of {person} is taken for a command only")

    @property
    def command_id(self) -> str:
        """Nothing: this host runs no command."""
        return ""

    def begins(self) -> None:
        """Nothing: only a command has an effect."""

    async def close_ticks(self) -> None:
        """End every ticker that a driver has not used up: a stepped clock counts them."""
        for ticker in self._tickers:
            with contextlib.suppress(RuntimeError):  # still being waited for by a task that is about to end
                await ticker.aclose()
        self._tickers.clear()


class CommandHost(SlotHost):
    """A slot's side of the agent while one command runs."""

    def __init__(self, slot: str, kind: Kind, services: Services, notes: Notes, running: Running) -> None:
        super().__init__(slot, kind, services, notes)
        self._running = running

    def progress(self, step: str, done: int, total: int) -> None:
        """Hand on how far the command is."""
        self._running.tell(step, done, total)

    def live_picture(self, person: str) -> AbstractAsyncContextManager[LivePicture]:
        """Yield the picture that staff take at the station for this command."""
        return self._services.pictures.wanted(self._running.id, self._slot, person)

    @property
    def command_id(self) -> str:
        """The id of the command."""
        return self._running.id

    def begins(self) -> None:
        """Note that from here on nobody knows until the driver says so."""
        self._running.begun = True


@asynccontextmanager
async def command_host(
    slot: str, kind: Kind, services: Services, notes: Notes, running: Running
) -> AsyncIterator[CommandHost]:
    """Yield a host for one command and take back what it handed out."""
    host = CommandHost(slot, kind, services, notes, running)
    try:
        yield host
    finally:
        await host.close_ticks()


@asynccontextmanager
async def slot_host(slot: str, kind: Kind, services: Services, notes: Notes) -> AsyncIterator[SlotHost]:
    """Yield a host for one run of a driver and take back what it handed out."""
    host = SlotHost(slot, kind, services, notes)
    try:
        yield host
    finally:
        await host.close_ticks()
