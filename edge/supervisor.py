"""One task per slot: opens the device, runs its driver, and starts again when it is lost."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from devices.driver import Driver, Fault, Json, SlotConfig
from devices.drivers import load_driver
from devices.errors import Cause, ConfigurationError, DeviceLost, DeviceRefused
from devices.losses import fault_of
from devices.plug import path_of, pause, plugged, watch
from devices.transport import open_transport
from edge.errors import OutboxError
from edge.host import Notes, Running, Services, command_host, slot_host
from firmware_profiles.errors import ProfileError
from firmware_profiles.registry import profile
from firmware_profiles.schema import CommandSpec, Profile
from protocols.venue.presence import SlotState
from protocols.venue.vocabulary import Health, Kind
from provisioning.site import Slot, Station

#: First pause after a loss; it doubles up to the last. With the time to connect a device is back within 5 s.
FIRST_BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 3.0
#: What cannot work as written is tried again this seldom.
WRONG_BACKOFF_S: Final = 30.0
#: Faults that a person must put right.
WRONG: Final = frozenset({"settings", "certificate"})
#: A device that has worked for this long starts again with the first pause.
SETTLED_S: Final = 10.0
#: Changes of health that may wait for the outbox; losses come no faster than the backoff lets them.
MAX_CHANGES: Final = 64
#: A loss that turns out to be another one is said again, so many times until the device works: it may flicker.
MAX_FAULTS_SAID: Final = 8
#: A text of a lost device in an event is cut here.
MAX_TEXT: Final = 300

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SlotStatus:
    """What the supervisor knows of one slot."""

    health: Health = "unknown"
    cause: Cause | None = None
    text: str = ""
    #: What is wrong: the fault of a loss, or of a device that is there and does not do its work; empty for nothing.
    fault: str = ""
    restarts_total: int = 0


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a driver ended."""

    text: str
    cause: Cause
    fault: str


class SlotRunner:
    """Keeps the driver of one slot running."""

    def __init__(self, station: str, slot: Slot, services: Services, settings: Callable[[], Mapping[str, Any]]) -> None:
        self.slot = slot
        self.status = SlotStatus()
        self._station = station
        self._services = services
        self._settings = settings
        self._notes = Notes(self._alive, self._faulty)
        self._driver: Driver | None = None
        self._settled = asyncio.Event()
        self._changes: asyncio.Queue[dict[str, object]] = asyncio.Queue(MAX_CHANGES)
        self._good_since: float | None = None
        self._faults_said = 0
        #: The fault that the driver itself has told of, which only the driver ends.
        self._own_fault = ""

    @property
    def profile(self) -> Profile | None:
        """The profile of the slot's device, None without a device or with an unknown profile."""
        try:
            return profile(self.slot.device.profile) if self.slot.device else None
        except ProfileError:
            return None

    @property
    def works(self) -> bool:
        """Whether the slot's device works now."""
        return self.status.health == "good"

    def state(self) -> SlotState:
        """Return what a birth says of the slot."""
        device, known = self.slot.device, self.profile
        return SlotState(
            kind=self.slot.kind,
            device=device.id if device else "",
            profile=device.profile if device else "",
            health=self.status.health,
            capabilities=known.capabilities if known else [],
        )

    def describe(self) -> dict[str, Any]:
        """Return health, cause, fault, text and restarts, for people."""
        return asdict(self.status)

    async def configure(self, settings: Mapping[str, Any]) -> None:
        """Apply accepted settings to the running driver; one that does not run takes them when it starts.

        DeviceRefused if the device says no, DeviceLost if it went away meanwhile.
        """
        if self._driver is not None:
            await self._driver.configure(settings)

    @property
    def kind(self) -> Kind:
        """The slot's kind."""
        return self.slot.kind

    def command_spec(self, name: str) -> CommandSpec | None:
        """Return what the slot's profile says of a command, None if there is no such command."""
        known = self.profile
        return known.commands.get(name) if known else None

    async def ready(self) -> None:
        """Return once a driver runs that can take commands; DeviceLost if the device is known to be away."""
        while self._driver is None:
            if self.slot.device is None or self.status.health == "stale":
                raise DeviceLost(self.status.text or f"slot {self.slot.id} has no device")
            self._settled.clear()
            await self._settled.wait()

    async def command(self, name: str, args: Json, running: Running) -> Json:
        """Run one command; DeviceRefused if the device says no, DeviceLost if it is or goes away."""
        driver = self._present()
        async with command_host(self.slot.id, self.slot.kind, self._services, self._notes, running) as host:
            return await driver.command(name, args, host)

    async def settle(self, name: str, args: Json, running: Running) -> Json:
        """Ask the device what became of a command; OutcomeUnknown if it cannot tell."""
        driver = self._present()
        async with command_host(self.slot.id, self.slot.kind, self._services, self._notes, running) as host:
            return await driver.settle(name, args, host)

    def _present(self) -> Driver:
        if self._driver is None:
            raise DeviceLost(self.status.text or f"the device of {self.slot.id} is away")
        return self._driver

    async def run(self) -> None:
        """Serve the slot until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report(), name=f"heartbeat-{self.slot.id}")
            group.create_task(self._announce(), name=f"health-{self.slot.id}")
            if self.slot.device is not None:
                group.create_task(self._keep_running(), name=f"driver-{self.slot.id}")

    async def _keep_running(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        loop = asyncio.get_running_loop()
        while True:
            problem = await self._run_apart()
            settled = self._good_since is not None and loop.time() - self._good_since >= SETTLED_S
            backoff_s = FIRST_BACKOFF_S if settled else backoff_s
            self._lost(problem)
            pause_s = WRONG_BACKOFF_S if problem.fault in WRONG else backoff_s
            await pause(self._path, pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)
            self.status.restarts_total += 1

    @property
    def _path(self) -> str:
        """The path of the slot's device, empty when it has none."""
        return path_of(self.slot.device.address) if self.slot.device else ""

    async def _run_apart(self) -> _Problem:
        """Run the driver in a task of its own.

        A TaskGroup that is cancelled just as one of its tasks fails shows only the failure (Python 3.11): here the
        cancellation reaches us all the same, and the agent does not wait for a slot that goes on for ever.
        """
        running = asyncio.create_task(self._run_once(), name=f"run-{self.slot.id}")
        try:
            await asyncio.wait([running])
        finally:
            running.cancel()
            await asyncio.wait([running])
        return running.result()

    async def _run_once(self) -> _Problem:
        """Run the driver until it ends; returns why."""
        try:
            await self._serve()
        except DeviceLost as error:
            fault = fault_of(error)
            return _Problem(str(error), "unplugged" if fault == "unplugged" else error.cause, fault)
        except ProfileError as error:
            return _Problem(str(error), "driver", "settings")
        except (ConfigurationError, DeviceRefused, OutboxError) as error:
            return _Problem(str(error), "driver", fault_of(error))
        except Exception as error:  # noqa: BLE001 - the boundary between the agent and code for one device
            _log.exception("the driver of %s failed", self.slot.id)
            return _Problem(f"{type(error).__name__}: {error}", "driver", "failed")
        return _Problem("the driver ended", "driver", "failed")

    async def _serve(self) -> None:
        config, name = await self._config()
        path = self._path
        first = plugged(path) if path else None
        async with (
            slot_host(self.slot.id, self.slot.kind, self._services, self._notes) as host,
            open_transport(config.address) as transport,
        ):
            driver = load_driver(name)(config, transport)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(driver.run(host), name=f"device-{self.slot.id}")
                    if path:
                        group.create_task(watch(path, first), name=f"plug-{self.slot.id}")
                    self._driver = driver
                    self._settled.set()
                    await self._configure_first(driver, config)
            except ExceptionGroup as failures:
                raise _first(failures) from failures
            finally:
                self._driver = None

    async def _configure_first(self, driver: Driver, config: SlotConfig) -> None:
        if not config.settings:
            return
        try:
            await driver.configure(config.settings)
        except DeviceRefused as error:
            _log.warning("%s did not take its settings: %s", self.slot.id, error)

    async def _config(self) -> tuple[SlotConfig, str]:
        device = self.slot.device
        if device is None:
            raise ConfigurationError(f"slot {self.slot.id} has no device")
        known = profile(device.profile)
        if known.kind != self.slot.kind:
            raise ConfigurationError(f"profile {known.id} is for a {known.kind}, not for {self.slot.kind}")
        config = SlotConfig(
            station=self._station,
            slot=self.slot.id,
            kind=self.slot.kind,
            address=await self._services.resolve(device.address),
            heartbeat_s=self.slot.heartbeat_s,
            settings={**known.defaults(), **self._settings()},
            options=known.options,
            simulate=self.slot.simulate.model_dump() if self.slot.simulate else {},
        )
        return config, known.driver

    def _alive(self) -> None:
        if self.status.health != "good" and not self._own_fault:
            self._set("good", None)
            self._good_since = asyncio.get_running_loop().time()

    def _faulty(self, fault: Fault | None) -> None:
        name = fault.name if fault else ""
        if name == self._own_fault:
            return
        self._own_fault = name
        if fault is None:
            self._alive()
        else:
            self._set("stale", _Problem(fault.text, fault.cause, fault.name))

    def _lost(self, problem: _Problem) -> None:
        """Say a loss, and again when it turns out to be another one: pulled, then plugged into a dead device."""
        self._good_since = None
        self._settled.set()
        known, self._own_fault = self.status.health == "stale" and not self._own_fault, ""
        self._faults_said = self._faults_said if known else 0
        if not known or (problem.fault != self.status.fault and self._faults_said < MAX_FAULTS_SAID):
            self._faults_said += 1
            self._set("stale", problem)
        else:
            _log.debug("%s is still lost: %s", self.slot.id, problem.text)

    def _set(self, health: Health, problem: _Problem | None) -> None:
        text, cause, fault = (problem.text[:MAX_TEXT], problem.cause, problem.fault) if problem else ("", None, "")
        if problem:
            _log.warning("%s is lost (%s): %s", self.slot.id, fault, text)
        else:
            _log.info("%s works", self.slot.id)
        self.status.health, self.status.cause, self.status.fault, self.status.text = health, cause, fault, text
        self._services.live.mark(self.slot.id)
        if not self._changes.full():
            named = {"fault": fault} if fault else {}
            self._changes.put_nowait({"health": health, "cause": cause, "text": text, **named})

    async def _announce(self) -> None:
        """Store each change of health."""
        while True:
            data = await self._changes.get()
            try:
                await self._services.recorder.event(self.slot.id, self.slot.kind, "slot.changed", data, "ops")
            except OutboxError as error:
                _log.debug("the health of %s was not stored: %s", self.slot.id, error)

    async def _report(self) -> None:
        ticker = self._services.clock.ticks(self.slot.heartbeat_s)
        try:
            async for _ in ticker:
                await self._services.signals.report(self.slot.id)
        finally:
            await ticker.aclose()


class Supervisor:
    """All slots of the station."""

    def __init__(self, station: Station, services: Services, settings: Callable[[str], Mapping[str, Any]]) -> None:
        self.slots = {
            slot.id: SlotRunner(station.id, slot, services, lambda slot=slot: settings(slot.id))  # type: ignore[misc]
            for slot in station.slots
        }

    async def run(self) -> None:
        """Serve every slot until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, runner in self.slots.items():
                group.create_task(runner.run(), name=f"slot-{name}")


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
