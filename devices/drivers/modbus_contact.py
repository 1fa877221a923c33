"""One contact behind a Modbus device: door, light circuit, presence sensor; which bit is data of the profile.

Several slots may share one gateway: the address overrides the profile's place, `tcp://10.0.0.5:502?unit=3&at=4`.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from devices.driver import SlotConfig
from devices.modbus_map import DeviceMap, MappedDriver
from protocols.venue.vocabulary import Kind

#: Kind -> the signal that its contact is.
_SIGNAL_OF: Final[Mapping[Kind, str]] = {"door": "door", "light": "light", "occupancy": "footfall"}


class ModbusContactDriver(MappedDriver):
    """Reads `function`, `address`, `bit`, `invert` each `poll_s` as the slot's signal; `relay` is a coil to switch."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(_SIGNAL_OF)

    @staticmethod
    def map_of(config: SlotConfig, place: Mapping[str, str]) -> DeviceMap:
        """Return the map of the one contact; `at` replaces its address and leaves the relay alone."""
        options: dict[str, object] = dict(config.options)
        whole: dict[str, object] = {name: options.pop(name) for name in ("unit", "poll_s") if name in options}
        relay = options.pop("relay", None)
        contact = {**options, "signal": True}
        if place.get("at", "").isdecimal():
            contact["address"] = int(place["at"])
        return DeviceMap.of(
            {
                **whole,
                "readings": {_SIGNAL_OF[config.kind]: contact},
                "relays": {} if relay is None else {"switch": relay},
            },
            {name: text for name, text in place.items() if name != "at" or not text.isdecimal()},
        )
