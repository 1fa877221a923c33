"""Contacts and relays behind a Modbus device: door, light circuit, presence sensor; which bit is data of the profile.

Several slots may share one gateway: the address overrides the profile's place, `tcp://10.0.0.5:502?unit=3&at=4`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from devices.driver import Host, Json, PollingDriver, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.modbus_link import ModbusLink
from devices.transport import Transport
from protocols.frames.modbus import READS, REGISTER_READS, WRITE_COIL, Read, WriteOne
from protocols.venue.vocabulary import SIGNALS, Kind

#: Kind -> the signal that its contact is.
_SIGNAL_OF: Final[Mapping[Kind, str]] = {"door": "door", "light": "light", "occupancy": "footfall"}
_MAX_UNIT: Final = 255
_MAX_ADDRESS: Final = 65_535
_MAX_BIT: Final = 15
_MIN_POLL_S: Final = 0.1
_MAX_POLL_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ContactMap:
    """Where one contact is: function 1-4, `address`, in a register `bit` (None: any); `relay` is a coil to switch."""

    function: int
    address: int
    unit: int = 1
    bit: int | None = None
    invert: bool = False
    relay: int | None = None
    poll_s: float = 10.0

    @classmethod
    def of(cls, options: Mapping[str, Any], place: Mapping[str, str]) -> Self:
        """Return the map of the profile's options and of the address' `unit` and `at`."""
        numbers = {name: int(text) for name, text in place.items() if text.isascii() and text.isdecimal()}
        try:
            found = cls(**options)
            fits = (
                len(numbers) == len(place)
                and found.function in READS
                and _whole(numbers.get("unit", found.unit), _MAX_UNIT)
                and _whole(numbers.get("at", found.address), _MAX_ADDRESS)
                and _whole(found.relay or 0, _MAX_ADDRESS)
                and (found.bit is None or (_whole(found.bit, _MAX_BIT) and found.function in REGISTER_READS))
                and _MIN_POLL_S <= found.poll_s <= _MAX_POLL_S
            )
        except TypeError as error:
            raise ConfigurationError(f"options of a Modbus contact: {error}") from error
        if not fits:
            raise ConfigurationError(f"options of a Modbus contact out of bounds: {dict(options)} with {dict(place)}")
        return cls(**{**options, "unit": numbers.get("unit", found.unit), "address": numbers.get("at", found.address)})

    def closed(self, value: int) -> bool:
        """Return whether a read value means yes."""
        seen = value if self.bit is None else value >> self.bit & 1
        return bool(seen) != self.invert


class ModbusContactDriver(PollingDriver):
    """Reads one contact every `poll_s` and can switch its relay, if the profile names one."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(_SIGNAL_OF)
    address_options = frozenset({"unit", "at"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._map = ContactMap.of(config.options, transport.options)
        self._signal = _SIGNAL_OF[config.kind]
        self._link = ModbusLink(transport, self._map.unit)
        self.interval_s = self._map.poll_s

    async def poll(self, host: Host) -> None:
        """Read the contact."""
        (value,) = await self._link.read(Read(self._map.function, self._map.address, 1))
        yes, no = SIGNALS[self._signal]
        said = yes if self._map.closed(value) else no
        host.sample(self._signal, said)
        host.live(**{self._signal: said})

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `switch` {on}."""
        if name != "switch" or self._map.relay is None:
            return await super().command(name, args, host)
        try:
            await self._link.write_one(WriteOne(WRITE_COIL, self._map.relay, int(bool(args["on"]))))
        except ConfigurationError as error:
            raise DeviceRefused(str(error)) from error
        return {}


def _whole(value: object, high: int) -> bool:
    return isinstance(value, int) and 0 <= value <= high
