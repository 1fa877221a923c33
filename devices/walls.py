"""The one capability model of LED walls: what every controller is asked, what it says, and when a wall is on.

A driver of a controller subclasses `WallDriver`: it reads a `WallState` and overrides the acts its device can do; the
profile lists the commands and settings of those, named and shaped as in `COMMANDS` and `SETTINGS`.

A controller behind a page wall is a slot of its own of kind `wall` whose id is `<page slot>-controller`. Its driver
does not care: it reports as any other; the agent joins the two into one wall (ADR 32).
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from devices.driver import Driver, Fault, Host, Json, Scalar, SlotConfig
from devices.errors import DeviceRefused
from devices.together import together
from devices.transport import Transport
from protocols.venue.vocabulary import Kind

#: Command -> argument -> type of `firmware_profiles.schema.Value`; a profile has those that its device can do.
COMMANDS: Final[Mapping[str, Mapping[str, str]]] = {
    "power": {"on": "boolean"},
    "brightness": {"percent": "integer"},
    "blackout": {"on": "boolean"},
    "freeze": {"on": "boolean"},
    "input": {"source": "string"},
    "text": {"text": "string"},
    "screenshot": {},
    "health": {},
}
#: Setting -> type. `brightness_schedule` is `HH:MM=percent` entries with commas, such as `07:30=70,19:00=30`.
#: `temperature_limit_c` is for controllers that know their cabinets (`devices.wall_cabinet`).
SETTINGS: Final[Mapping[str, str]] = {
    "brightness": "integer",
    "brightness_schedule": "string",
    "temperature_limit_c": "integer",
}
_OF_EVERY_WALL: Final = frozenset({"brightness", "brightness_schedule"})

#: How often a controller is read (table of signals: wall 30/75/10) and the schedule is looked at.
SAMPLE_S: Final = 10.0
#: Entries of one schedule; a day has few reasons to change.
MAX_ENTRIES: Final = 24

_ENTRY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)=(100|\d{1,2})")


@dataclass(frozen=True, slots=True)
class WallState:
    """What a controller says of its wall; None is what it did not say. The fields are the slot's live keys.

    A controller that plays a programme of its own has no video input: it says `input_valid` while one is playing.
    """

    power: bool | None = None
    #: Percent.
    brightness: int | None = None
    blackout: bool | None = None
    #: The picture is held although the input goes on.
    frozen: bool | None = None
    input: str | None = None
    input_valid: bool | None = None
    temperature_c: float | None = None
    smoke: bool | None = None
    door_open: bool | None = None

    @property
    def is_on(self) -> bool | None:
        """Whether the wall is on: power, no blackout, brightness > 0 and a valid input; None while one is unknown."""
        lit = None if self.brightness is None else self.brightness > 0
        dark = None if self.blackout is None else not self.blackout
        parts = (self.power, dark, lit, self.input_valid)
        if False in parts:
            return False
        return None if None in parts else True

    def live(self) -> dict[str, Scalar]:
        """Return the live values; those that the controller never tells are null."""
        return asdict(self)


def parse_schedule(text: str) -> tuple[tuple[int, int], ...]:
    """Return (minute of the day, percent) by time of day; empty text is no schedule. ValueError says what is wrong."""
    found: dict[int, int] = {}
    for part in text.split(",") if text.strip() else ():
        entry = _ENTRY.fullmatch(part.strip())
        if entry is None:
            raise ValueError(f"{part.strip()!r} is not HH:MM=percent, such as 19:00=30")
        hour, minute, percent = map(int, entry.groups())
        if found.setdefault(hour * 60 + minute, percent) != percent:
            raise ValueError(f"{hour:02}:{minute:02} stands twice")
    if len(found) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} entries")
    return tuple(sorted(found.items()))


def scheduled(schedule: tuple[tuple[int, int], ...], minute: int) -> tuple[int, int] | None:
    """Return the entry that holds at a minute of the day, before the first one yesterday's last; None without any."""
    past = [entry for entry in schedule if entry[0] <= minute]
    return past[-1] if past else schedule[-1] if schedule else None


class WallDriver(Driver):
    """A controller of a wall: read every SAMPLE_S, asked to act, its brightness kept as the settings wish.

    Acts that a device cannot do stay as they are here: refused.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({"wall"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._schedule: tuple[tuple[int, int], ...] = ()
        #: The entry that was applied last; what a person sets by hand holds until another one begins.
        self._applied: tuple[int, int] | None = None

    async def run(self, host: Host) -> None:
        """Read and keep the brightness until the device is lost; a driver with more to do overrides this."""
        await together(read=self.watch(host), brightness=self.keep_brightness(host))

    @abstractmethod
    async def read_state(self, host: Host) -> WallState:
        """Ask the controller how its wall is; raises DeviceLost."""

    async def watch(self, host: Host) -> None:
        """Read and tell every SAMPLE_S, for ever."""
        async for _ in host.ticks(SAMPLE_S):
            self.tell(host, await self.read_state(host))

    def tell(self, host: Host, state: WallState) -> None:
        """Hand over what a controller said: live values always, the signal when all that it needs is known.

        A lit wall without a valid input is a fault: its cable is pulled or its source is dead.
        """
        has_lost = state.input_valid is False and state.power is not False
        host.fault(Fault("cable", "unplugged", f"no valid input at {state.input or 'any'}") if has_lost else None)
        host.live(**state.live())
        if state.is_on is not None:
            host.sample("wall", "on" if state.is_on else "off")

    async def keep_brightness(self, host: Host) -> None:
        """Apply each entry of the schedule when it begins (Asia/Shanghai, the agent's clock), for ever."""
        async for _ in host.ticks(SAMPLE_S):
            entry = scheduled(self._schedule, host.minute_of_day())
            if entry is not None and entry != self._applied:
                with suppress(DeviceRefused):  # a wall without power, say: tried again at the next look
                    await self.set_brightness(entry[1])
                    self._applied = entry

    async def configure(self, settings: Json) -> None:
        """Take `brightness` and `brightness_schedule`; without a schedule the brightness holds at once."""
        given: Mapping[str, Any] = settings
        for name in given.keys() - _OF_EVERY_WALL:
            raise DeviceRefused(f"a wall has no setting {name!r}")
        try:
            self._schedule = parse_schedule(given.get("brightness_schedule", ""))
        except ValueError as error:
            raise DeviceRefused(f"brightness_schedule: {error}") from error
        self._applied = None
        if not self._schedule and "brightness" in given:
            await self.set_brightness(given["brightness"])

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run one command of the profile."""
        given: Any = args
        match name:
            case "power":
                await self.set_power(on=given["on"])
            case "brightness":
                await self.set_brightness(given["percent"])
            case "blackout":
                await self.set_blackout(on=given["on"])
            case "freeze":
                await self.set_frozen(on=given["on"])
            case "input":
                await self.select_input(given["source"])
            case "text":
                await self.show_text(given["text"])
            case "screenshot":
                return await self.screenshot(host)
            case "health":
                return await self.health()
            case _:
                raise DeviceRefused(f"a wall has no command {name!r}")
        return {}

    async def set_power(self, *, on: bool) -> None:
        """Switch the wall's power; raises DeviceRefused or DeviceLost, as all acts do."""
        raise self._unable(f"power {on}")

    async def set_brightness(self, percent: int) -> None:
        """Set the brightness, 0–100."""
        raise self._unable(f"brightness {percent}")

    async def set_blackout(self, *, on: bool) -> None:
        """Make the wall black without losing its picture, or end that."""
        raise self._unable(f"blackout {on}")

    async def set_frozen(self, *, on: bool) -> None:
        """Hold the picture, or end that."""
        raise self._unable(f"freeze {on}")

    async def select_input(self, source: str) -> None:
        """Show another input, by the name that the controller gives it."""
        raise self._unable(f"input {source}")

    async def show_text(self, text: str) -> None:
        """Show a text until something else is shown; an empty one ends it."""
        raise self._unable(f"text {text!r}")

    async def screenshot(self, host: Host) -> Json:
        """Keep what the wall shows as a picture below `host.state_dir`; returns {file, bytes, sha256}."""
        raise self._unable(f"screenshot into {host.state_dir}")

    async def health(self) -> Json:
        """Return what the controller measures besides the live values, such as humidity, voltage and fans."""
        raise self._unable("health")

    def _unable(self, act: str) -> DeviceRefused:
        return DeviceRefused(f"{type(self).__name__} cannot do this: {act}")
