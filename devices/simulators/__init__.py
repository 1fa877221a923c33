"""Devices that do not exist, shipped: what `address = "sim:"`, tests and the demo talk to.

`SIMULATORS`: driver -> "module:function" that makes the simulated device of a slot kind.
`HALL`: the devices of a whole hall, name -> (driver, kind). It has one wall; controllers of other makes run alone.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from devices.errors import ConfigurationError
from protocols.venue.vocabulary import Kind

if TYPE_CHECKING:
    from devices.simulators.device import Simulator

__all__ = ["HALL", "SIMULATORS", "make_simulator"]

SIMULATORS: Final[Mapping[str, str]] = {
    "escpos-printer": "devices.simulators.make:escpos",
    "ipp-printer": "devices.simulators.make:ipp",
    "face-mqtt": "devices.simulators.make:face_mqtt",
    "hik-isapi-terminal": "devices.simulators.make:hik_terminal",
    "hik-nvr": "devices.simulators.make:hik_nvr",
    "hik-people-counter": "devices.simulators.make:hik_counter",
    "huidu-sdk2": "devices.simulators.make:huidu",
    "document-camera": "devices.simulators.make:document_camera",
    "ld2410": "devices.simulators.make:ld2410",
    "modbus-contact": "devices.simulators.make:modbus_contact",
    "qr-scanner": "devices.simulators.make:qr_scanner",
    "people-camera": "devices.simulators.make:people_camera",
    "rtsp-camera": "devices.simulators.make:rtsp_camera",
    "samv-reader": "devices.simulators.make:samv_reader",
    "novastar-m3": "devices.simulators.make:novastar",
    "modbus-sensor": "devices.simulators.make:modbus_sensor",
    "nut-ups": "devices.simulators.make:nut_ups",
    "onbon-bxy": "devices.simulators.make:onbon",
    "sim": "devices.simulators.make:sim",
    "snmp-printer": "devices.simulators.make:snmp_printer",
    "snmp-switch": "devices.simulators.make:snmp_switch",
    "tasmota": "devices.simulators.make:tasmota",
    "wall-watch": "devices.simulators.make:wall_watch",
    "wedge-scanner": "devices.simulators.make:wedge_scanner",
}

HALL: Final[Mapping[str, tuple[str, Kind]]] = {
    "modbus": ("modbus-contact", "door"),
    "ld2410": ("ld2410", "occupancy"),
    "occupancy": ("sim", "occupancy"),
    "staff": ("sim", "staff"),
    "kiosk": ("sim", "kiosk"),
    "wall": ("sim", "wall"),
    "face": ("sim", "face"),
    "printer": ("sim", "printer"),
    "receipts": ("escpos-printer", "printer"),
    "office": ("ipp-printer", "printer"),
    "camera": ("sim", "camera"),
    "ups": ("sim", "ups"),
    "samv": ("samv-reader", "kiosk"),
    "scanner": ("qr-scanner", "kiosk"),
    "wedge": ("wedge-scanner", "kiosk"),
    "documents": ("document-camera", "kiosk"),
}


def make_simulator(driver: str, kind: Kind) -> "Simulator":
    """Return a new simulated device that `driver` can talk to in a slot of `kind`."""
    if driver not in SIMULATORS:
        raise ConfigurationError(f"driver {driver!r} talks to no device; nothing to simulate")
    module, _, name = SIMULATORS[driver].partition(":")
    return cast("Simulator", getattr(import_module(module), name)(kind))
