"""Sensors and relay boards behind Modbus TCP or RTU: the map is the profile's (`devices.modbus_map`)."""

from typing import ClassVar

from devices.modbus_map import MappedDriver
from protocols.venue.vocabulary import Kind


class ModbusSensorDriver(MappedDriver):
    """Temperature, humidity, smoke, energy meters, relays."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"sensor", "socket", "light", "door", "occupancy"})
