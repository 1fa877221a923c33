"""The makers behind `devices.simulators.SIMULATORS`."""

from devices.simulators.device import Simulator
from devices.simulators.kinds import BEHAVIOURS
from devices.simulators.ld2410 import Ld2410Radar
from devices.simulators.modbus import ModbusGateway
from devices.simulators.novastar import NovastarSender
from devices.simulators.simline import SimlineDevice
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


def novastar(_kind: Kind) -> Simulator:
    """Return a sending card with its receiving cards."""
    return NovastarSender()
