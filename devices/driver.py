"""The contract between a driver and the agent that hosts it.

A driver serves one device in one slot. It never stamps times, stores or publishes: it hands samples, live values and
events to its `Host`, which does. A driver that loses its device raises `DeviceLost`; the supervisor restarts it.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol

from devices.errors import Cause, ConfigurationError, DeviceRefused, OutcomeUnknown
from devices.transport import Transport
from protocols.rules.presented import Presented
from protocols.venue.vocabulary import Kind, Stream

Scalar = bool | int | float | str | None
Json = Mapping[str, object]

#: Keys of `Host.event_once` that are known per slot: what a terminal keeps back, several times over.
MAX_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True)
class ScreenBeat:
    """What a screen's page last said of itself: `age_s` ago it had painted `frames` frames of `content` (a hash)."""

    age_s: float
    frames: int
    content: str
    visible: bool
    #: The hash of what the page should show, and for how long it has been that.
    expected: str = ""
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A device that is there and does not do its work: a word that screens have a text for, a cause as of a loss."""

    name: str
    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A JPEG of somebody, taken just now at the station; `data` is zeros as soon as the push has ended."""

    data: bytearray = field(repr=False)
    #: How he is called on the terminal, as whoever took the picture wrote it; empty: nobody wrote anything.
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """What the recogniser of a face camera says of itself; `fault` is why it cannot look. No person's id."""

    model: str = ""
    people: int = 0
    #: People whose templates another pack made: they are asked to enrol again.
    other_model: int = 0
    #: The upper limit of the pack's false matches at the threshold, and on how many pairs it was measured.
    fmr: float = 1.0
    impostor_pairs: int = 0
    licence: str = ""
    #: Since its last word: frames looked at and dropped, ms from frame to answer.
    frames: int = 0
    dropped: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    fault: Fault | None = None


class Host(Protocol):
    """What the agent offers the driver of one slot."""

    @property
    def state_dir(self) -> Path:
        """A folder of this slot that survives restarts."""

    def ticks(self, interval_s: float) -> AsyncIterator[None]:
        """Yield at once and then every `interval_s` seconds of the agent's clock; missed ticks are skipped."""

    def minute_of_day(self) -> int:
        """Return the minute of the day in Asia/Shanghai by the agent's clock, 0–1439."""

    def now(self) -> datetime:
        """Return the agent's clock, UTC: to set a device's by it, and to judge how old is what the device kept."""

    def sample(self, signal: str, value: str, at: datetime | None = None) -> None:
        """Hand over what a signal is right now (`protocols.venue.SIGNALS`); the agent turns samples into intervals.

        `at` is when a device that kept it saw it, by its own clock; such samples come oldest first.
        """

    def live(self, **values: Scalar) -> None:
        """Replace the slot's live values; flat, shown and not stored."""

    async def event(self, name: str, data: Json, stream: Stream = "ops") -> None:
        """Store an event `cn.yizhan.<kind>.<name>.v1`, `name` = `<noun>.<verb>`; durable on return."""

    async def event_once(self, key: str, name: str, data: Json, stream: Stream = "ops") -> bool:
        """Store an event unless one of this slot was stored under `key` before; durable on return.

        Returns whether it was stored now. Keys outlive restarts; the newest MAX_KEYS of a slot are known.
        """

    async def ticket(self, service: str, priority: str, key: str) -> str:
        """Give out a number of a service's queue, such as `A012`; `key` is the wish's own UUID: asking twice gives one.

        Durable on return; DeviceRefused says why there is none.
        """

    def fault(self, fault: Fault | None) -> None:
        """Say that the device is there and does not do its work: the slot is stale until None, whatever else comes."""

    def page_url(self) -> str:
        """Return the address of the page that the agent serves for this slot."""

    async def proved(self, level: Literal["rendered", "driven"], by: Literal["pixels", "connector"]) -> None:
        """Claim a level of proof for the content of the page's last beat; the agent stores it when it is news."""

    async def present(self, shown: Presented, page: str = "") -> None:
        """Hand over what somebody showed this reader; `page` is the kiosk whose page answers, empty: this slot's.

        The agent judges it by its own clock, has the page show it, and stores that it happened - not whose it was.
        """

    def faces(self) -> FacesSeen | None:
        """Return what this slot's recogniser says of itself; None before its first word, and where there is none."""

    def screen(self) -> ScreenBeat | None:
        """Return the last beat of the page shown in this slot; None before the first."""

    async def seen(self, wall: str, mark: str) -> bool:
        """Tell that a camera sees a wall's mark (`devices.watermark`, the QR's text) in the slot `wall`.

        Returns whether it proves what that wall should show now; the agent then stores the proof, level `seen`.
        """

    def unseen(self, wall: str) -> None:
        """Tell that the camera no longer sees a mark that proves anything: the wall's level falls back."""

    def epoch_minute(self) -> int:
        """Return the host's clock in whole minutes since 1970: how old a mark is."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Tell how far the command that was handed this host is; its step timer begins anew (W22)."""

    def live_picture(self, person: str) -> AbstractAsyncContextManager[LivePicture]:
        """Have staff at the station take a picture of a person who consented, for the command that runs.

        Waits for a minute; DeviceRefused when none is taken. The picture is in memory only, used within the block once,
        and overwritten when the block ends, however it ends.
        """

    @property
    def command_id(self) -> str:
        """The id of the command that was handed this host, a UUID; empty for `run`'s host."""

    def begins(self) -> None:
        """Say that the effect begins now: from here on a loss or a timeout ends the command as indeterminate."""


@dataclass(frozen=True, slots=True)
class SlotConfig:
    """What the site file says of a slot, flattened for its driver; `options` come from the profile."""

    station: str
    slot: str
    kind: Kind
    address: str
    heartbeat_s: int = 60
    settings: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    simulate: Json = field(default_factory=dict)


class Driver(ABC):
    """One device in one slot; an instance is used for one connection and then thrown away."""

    #: Slot kinds this driver can fill.
    kinds: ClassVar[frozenset[Kind]]
    #: What an address may say behind `?` for this driver, beyond what the transport takes; None: it judges itself.
    address_options: ClassVar[frozenset[str] | None] = frozenset()
    #: What a device of this driver may do at the station's broker: (`read` or `write`, topic with `{device}`).
    broker_topics: ClassVar[tuple[tuple[Literal["read", "write"], str], ...]] = ()

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        if config.kind not in self.kinds:
            raise ConfigurationError(f"{type(self).__name__} fills {', '.join(sorted(self.kinds))}, not {config.kind}")
        foreign = set() if self.address_options is None else transport.options.keys() - self.address_options
        if foreign:
            raise ConfigurationError(f"address {transport.address!r}: unknown option {', '.join(sorted(foreign))}")
        self.config = config
        self.transport = transport

    @abstractmethod
    async def run(self, host: Host) -> None:
        """Serve the device until cancelled; raises DeviceLost when it is gone."""

    async def configure(self, settings: Json) -> None:
        """Apply settings that the profile's schema accepted; raises DeviceRefused if the device says no."""
        if settings:
            raise DeviceRefused(f"{type(self).__name__} has no settings")

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run one command of the profile and return its result; raises DeviceRefused, DeviceLost or OutcomeUnknown."""
        raise DeviceRefused(
            f"{type(self).__name__} has no command {name!r} (args {sorted(args)}, slot {host.state_dir})"
        )

    async def settle(self, name: str, args: Json, host: Host) -> Json:  # noqa: ARG002 - the contract
        """Return the result of a command that a stop of the agent interrupted, without doing it again.

        Asked of commands whose profile says `traceable`; OutcomeUnknown when the device cannot tell either,
        DeviceRefused when it knows that nothing was done.
        """
        raise OutcomeUnknown(f"{type(self).__name__} cannot tell what became of {name!r}")


class PollingDriver(Driver):
    """A driver that asks its device every `interval_s` of the host's clock."""

    interval_s: float

    async def run(self, host: Host) -> None:
        """Poll until cancelled; what `poll` raises ends the run."""
        async for _ in host.ticks(self.interval_s):
            await self.poll(host)

    @abstractmethod
    async def poll(self, host: Host) -> None:
        """Ask once and hand over what the device said."""
