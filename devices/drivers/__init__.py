"""Every driver, one line each: name in the profiles -> "module:Class", imported only when a slot chooses it."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from devices.errors import ConfigurationError

if TYPE_CHECKING:
    from devices.driver import Driver
    from devices.search import Search

__all__ = ["DRIVERS", "SEARCHES", "load_driver", "load_search"]

DRIVERS: Final[Mapping[str, str]] = {
    "escpos-printer": "devices.drivers.escpos_printer:EscposDriver",
    "hik-isapi-terminal": "devices.drivers.hik_isapi_terminal:HikTerminalDriver",
    "hik-nvr": "devices.drivers.hik_recorder:HikRecorderDriver",
    "hik-people-counter": "devices.drivers.hik_people_counter:HikCounterDriver",
    "ipp-printer": "devices.drivers.ipp_printer:IppDriver",
    "face-camera": "devices.drivers.face_camera:FaceCameraDriver",
    "face-mqtt": "devices.drivers.face_mqtt:FaceMqttDriver",
    "huidu-sdk2": "devices.drivers.huidu:HuiduDriver",
    "document-camera": "devices.drivers.document_camera:DocumentCameraDriver",
    "ld2410": "devices.drivers.ld2410:Ld2410Driver",
    "modbus-contact": "devices.drivers.modbus_contact:ModbusContactDriver",
    "novastar-m3": "devices.drivers.novastar:NovastarDriver",
    "modbus-sensor": "devices.drivers.modbus_sensor:ModbusSensorDriver",
    "nut-ups": "devices.drivers.nut_ups:NutUpsDriver",
    "onbon-bxy": "devices.drivers.onbon:OnbonDriver",
    "people-camera": "devices.drivers.people_camera:PeopleCameraDriver",
    "probe": "devices.drivers.probe:ProbeDriver",
    "qr-scanner": "devices.drivers.qr_scanner:QrScannerDriver",
    "rtsp-camera": "devices.drivers.rtsp_camera:RtspCameraDriver",
    "samv-reader": "devices.drivers.samv_reader:SamvReaderDriver",
    "sim": "devices.drivers.sim:SimDriver",
    "snmp-printer": "devices.drivers.snmp_printer:SnmpPrinterDriver",
    "snmp-switch": "devices.drivers.snmp_switch:SnmpSwitchDriver",
    "tasmota": "devices.drivers.tasmota:TasmotaDriver",
    "wall-page": "devices.drivers.wall_page:WallPageDriver",
    "wall-watch": "devices.drivers.wall_watch:WallWatchDriver",
    "wedge-scanner": "devices.drivers.wedge_scanner:WedgeScannerDriver",
}


#: Driver -> "module:SEARCH", a `devices.search.Search`: those whose devices answer when they are looked for.
SEARCHES: Final[Mapping[str, str]] = {
    "huidu-sdk2": "devices.drivers.huidu:SEARCH",
    "novastar-m3": "devices.drivers.novastar:SEARCH",
    "onbon-bxy": "devices.drivers.onbon:SEARCH",
    "rtsp-camera": "devices.drivers.rtsp_camera:SEARCH",
}


def load_search(name: str) -> "Search":
    """Return how the devices of a driver are looked for; a ConfigurationError says that they are not."""
    if name not in SEARCHES:
        raise ConfigurationError(f"driver {name!r} cannot look for its devices; {', '.join(SEARCHES)} can")
    module, _, found = SEARCHES[name].partition(":")
    return cast("Search", getattr(import_module(module), found))


def load_driver(name: str) -> "type[Driver]":
    """Return the class of a driver; an unknown name is a ConfigurationError."""
    try:
        module, _, found = DRIVERS[name].partition(":")
    except KeyError as error:
        raise ConfigurationError(f"there is no driver {name!r}; there are {', '.join(sorted(DRIVERS))}") from error
    return cast("type[Driver]", getattr(import_module(module), found))
