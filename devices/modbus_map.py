"""What stands where in a Modbus device: readings and relays, as data of the profile, and a driver that follows it.

[options.readings.temperature_c]   # the name of a live value, or of a signal when `signal = true`
function = 3                       # 1, 2: bits; 3, 4: registers
address = 1
type = "s16"                       # registers: u16 s16 u32 s32 f32, or `bit` = 0..15 of one register
words = "high"                     # of two registers the one that comes first
scale = 0.1                        # then `offset` is added
fault = "smoke"                    # a bit that is set is a fault of this name; `text` says what it means
[options.relays]
switch = 1                         # command -> coil
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from devices.driver import Host, Json, PollingDriver, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.faults import Fault, Faults
from devices.modbus_link import ModbusLink
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.modbus import BIT_READS, READS, REGISTER_READS, WRITE_COIL, Read, WriteOne
from protocols.frames.modbus_values import NUMBER_TYPES, WORD_ORDERS, NumberType, WordOrder, number_from, registers_of
from protocols.venue.vocabulary import SIGNALS

#: Readings of one device; each is a request of its own.
MAX_READINGS: Final = 32
#: Digits behind the point that a scaled value keeps.
DIGITS: Final = 3
_MAX_UNIT: Final = 255
_MAX_ADDRESS: Final = 65_535
_MAX_BIT: Final = 15
_MIN_POLL_S: Final = 0.1
_MAX_POLL_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One bit (`bit` of a register, None: any that is set) or, with a `type`, one number of the device."""

    function: int
    address: int
    type: NumberType | None = None
    words: WordOrder = "high"
    scale: float = 1.0
    offset: float = 0.0
    bit: int | None = None
    invert: bool = False
    signal: bool = False
    fault: str = ""
    text: str = ""

    @property
    def request(self) -> Read:
        """Return what asks for it."""
        return Read(self.function, self.address, registers_of(self.type) if self.type else 1)

    @property
    def possible(self) -> bool:
        """Return whether such a thing can be read."""
        is_number = self.type is not None
        return (
            self.function in READS
            and _whole(self.address, _MAX_ADDRESS)
            and (self.bit is None or (_whole(self.bit, _MAX_BIT) and self.function in REGISTER_READS))
            and (not is_number or (self.type in NUMBER_TYPES and self.words in WORD_ORDERS))
            and not (is_number and (self.function in BIT_READS or self.bit is not None or self.signal or self.fault))
        )

    def value(self, found: tuple[int, ...]) -> bool | float:
        """Return what was read; a ParsingError when it is no number."""
        if self.type is not None:
            value = number_from(found, self.type, self.words) * self.scale + self.offset
            return round(value, DIGITS)
        seen = found[0] if self.bit is None else found[0] >> self.bit & 1
        return bool(seen) != self.invert


@dataclass(frozen=True, slots=True)
class DeviceMap:
    """The readings by their names, relays (command -> coil), and how often the device is asked."""

    readings: Mapping[str, Reading]
    relays: Mapping[str, int] = field(default_factory=dict)
    unit: int = 1
    poll_s: float = 10.0

    @classmethod
    def of(cls, options: Mapping[str, Any], place: Mapping[str, str]) -> Self:
        """Return the map of a profile's options; the address' `unit` and `at` (added to every address) move it."""
        try:
            readings = {name: Reading(**one) for name, one in options.get("readings", {}).items()}
            found = cls(**{**options, "readings": readings})
        except (TypeError, AttributeError) as error:
            raise ConfigurationError(f"options of a Modbus map: {error}") from error
        return found.placed(place)

    def placed(self, place: Mapping[str, str]) -> Self:
        """Return the map where the address says; a ConfigurationError when it cannot be."""
        numbers = {name: int(text) for name, text in place.items() if text.isascii() and text.isdecimal()}
        at = numbers.get("at", 0)
        try:
            readings = {name: replace(one, address=one.address + at) for name, one in self.readings.items()}
            relays = {name: coil + at for name, coil in self.relays.items()}
            moved = replace(self, readings=readings, relays=relays, unit=numbers.get("unit", self.unit))
            fits = len(numbers) == len(place) and moved.possible
        except TypeError as error:
            raise ConfigurationError(f"options of a Modbus map: {error}") from error
        if not fits:
            raise ConfigurationError(f"options of a Modbus map out of bounds: {self} with {dict(place)}")
        return moved

    @property
    def possible(self) -> bool:
        """Return whether such a device can be asked."""
        return (
            0 < len(self.readings) <= MAX_READINGS
            and all(one.possible for one in self.readings.values())
            and all(name in SIGNALS for name, one in self.readings.items() if one.signal)
            and all(_whole(coil, _MAX_ADDRESS) for coil in self.relays.values())
            and _whole(self.unit, _MAX_UNIT)
            and _MIN_POLL_S <= self.poll_s <= _MAX_POLL_S
        )


class MappedDriver(PollingDriver):
    """Reads what the map names every `poll_s`, and switches its relays."""

    address_options = frozenset({"unit", "at"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._map = self.map_of(config, transport.options)
        self._link = ModbusLink(transport, self._map.unit)
        self._faults = Faults()
        self.interval_s = self._map.poll_s

    @staticmethod
    def map_of(config: SlotConfig, place: Mapping[str, str]) -> DeviceMap:
        """Return the map of a slot."""
        return DeviceMap.of(config.options, place)

    async def poll(self, host: Host) -> None:
        """Read everything once and hand it over together."""
        values: dict[str, bool | float | str] = {}
        faults: dict[str, Fault] = {}
        for name, one in self._map.readings.items():
            try:
                value = one.value(await self._link.read(one.request))
            except ParsingError as error:
                raise self.transport.lost(f"{name}: {error}", "protocol") from error
            if one.fault and value:
                faults[one.fault] = Fault("error", one.text)
            values[name] = value
            if one.signal:
                said = values[name] = SIGNALS[name][0 if value else 1]
                host.sample(name, said)
        host.live(**values)
        await self._faults.see(host, faults)

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `switch` {on}, or another command that the map names a relay for."""
        if name not in self._map.relays:
            return await super().command(name, args, host)
        try:
            await self._link.write_one(WriteOne(WRITE_COIL, self._map.relays[name], int(bool(args["on"]))))
        except ConfigurationError as error:
            raise DeviceRefused(str(error)) from error
        return {}


def _whole(value: object, high: int) -> bool:
    return isinstance(value, int) and 0 <= value <= high
