"""Every driver, one line each: name in the profiles -> "module:Class", imported only when a slot chooses it."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from devices.errors import ConfigurationError

if TYPE_CHECKING:
    from devices.driver import Driver

__all__ = ["DRIVERS", "load_driver"]

DRIVERS: Final[Mapping[str, str]] = {
    "escpos-printer": "devices.drivers.escpos_printer:EscposDriver",
    "ipp-printer": "devices.drivers.ipp_printer:IppDriver",
    "ld2410": "devices.drivers.ld2410:Ld2410Driver",
    "modbus-contact": "devices.drivers.modbus_contact:ModbusContactDriver",
    "probe": "devices.drivers.probe:ProbeDriver",
    "sim": "devices.drivers.sim:SimDriver",
    "wall-page": "devices.drivers.wall_page:WallPageDriver",
}


def load_driver(name: str) -> "type[Driver]":
    """Return the class of a driver; an unknown name is a ConfigurationError."""
    try:
        module, _, found = DRIVERS[name].partition(":")
    except KeyError as error:
        raise ConfigurationError(f"there is no driver {name!r}; there are {', '.join(sorted(DRIVERS))}") from error
    return cast("type[Driver]", getattr(import_module(module), found))
