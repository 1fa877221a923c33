"""The makers behind `devices.simulators.SIMULATORS`."""

from devices.simulators.camera import PageCamera, WallCamera
from devices.simulators.device import Simulator
from devices.simulators.escpos import ReceiptPrinter
from devices.simulators.huidu import HuiduCard
from devices.simulators.isapi_counter import HikCounter
from devices.simulators.isapi_recorder import HikRecorder
from devices.simulators.isapi_terminal import HikTerminal
from devices.simulators.kinds import BEHAVIOURS
from devices.simulators.ld2410 import Ld2410Radar
from devices.simulators.modbus import ModbusGateway, ModbusSensorBox
from devices.simulators.novastar import NovastarSender
from devices.simulators.nut import NutServer
from devices.simulators.onbon import OnbonCard
from devices.simulators.rtsp_camera import RtspCamera
from devices.simulators.samv import SamvReader
from devices.simulators.scanner import Gm65Scanner, WedgeScanner
from devices.simulators.simline import SimlineDevice
from devices.simulators.snmp import SnmpPrinter, SnmpSwitch
from protocols.venue.vocabulary import Kind


def sim(kind: Kind) -> Simulator:
    """Return the simulated device of a kind."""
    return SimlineDevice(BEHAVIOURS[kind])


def modbus_contact(_kind: Kind) -> Simulator:
    """Return a gateway: it has the contacts of every kind."""
    return ModbusGateway()


def ld2410(_kind: Kind) -> Simulator:
    """Return a radar."""
    return Ld2410Radar()


def escpos(_kind: Kind) -> Simulator:
    """Return a receipt printer."""
    return ReceiptPrinter()


def ipp(_kind: Kind) -> Simulator:
    """Return an office printer."""
    from devices.simulators.ipp import OfficePrinter  # noqa: PLC0415 - brings a client library along

    return OfficePrinter()


def face_mqtt(_kind: Kind) -> Simulator:
    """Return a face terminal."""
    from devices.simulators.face_mqtt import FaceTerminal  # noqa: PLC0415 - brings an MQTT client along

    return FaceTerminal()


def huidu(_kind: Kind) -> Simulator:
    """Return a card with a program."""
    return HuiduCard()


def hik_counter(_kind: Kind) -> Simulator:
    """Return a people counter."""
    return HikCounter()


def hik_nvr(_kind: Kind) -> Simulator:
    """Return a recorder of four cameras."""
    return HikRecorder()


def hik_terminal(_kind: Kind) -> Simulator:
    """Return a terminal that knows one member of staff."""
    return HikTerminal(known=("staff-1",))


def samv_reader(_kind: Kind) -> Simulator:
    """Return a reader of identity cards."""
    return SamvReader()


def qr_scanner(_kind: Kind) -> Simulator:
    """Return a scanner on a serial line."""
    return Gm65Scanner()


def wedge_scanner(_kind: Kind) -> Simulator:
    """Return a scanner that types."""
    return WedgeScanner()


def novastar(_kind: Kind) -> Simulator:
    """Return a sending card with its receiving cards."""
    return NovastarSender()


def modbus_sensor(_kind: Kind) -> Simulator:
    """Return a box of sensors."""
    return ModbusSensorBox()


def snmp_printer(_kind: Kind) -> Simulator:
    """Return a printer's agent."""
    return SnmpPrinter()


def snmp_switch(_kind: Kind) -> Simulator:
    """Return a switch's agent."""
    return SnmpSwitch()


def tasmota(_kind: Kind) -> Simulator:
    """Return a socket with a meter."""
    from devices.simulators.tasmota import TasmotaPlug  # noqa: PLC0415 - brings an MQTT client along

    return TasmotaPlug()


def nut_ups(_kind: Kind) -> Simulator:
    """Return a server with one UPS."""
    return NutServer()


def onbon(_kind: Kind) -> Simulator:
    """Return a card with a program and a smoke sensor."""
    return OnbonCard()


def document_camera(_kind: Kind) -> Simulator:
    """Return a camera with a page under it."""
    return PageCamera()


def wall_watch(_kind: Kind) -> Simulator:
    """Return a camera that looks at a wall."""
    return WallCamera()


def people_camera(_kind: Kind) -> Simulator:
    """Return a network camera; its hall has nobody in it."""
    return RtspCamera()


def rtsp_camera(_kind: Kind) -> Simulator:
    """Return a network camera that looks at a hall."""
    return RtspCamera()
