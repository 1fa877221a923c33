"""Simulated Modbus TCP devices: a gateway with three contacts and a relay, and a box of sensors with a relay."""

from collections.abc import Mapping
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.modbus import (
    BIT_READS,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    BitsRead,
    ManyWritten,
    Read,
    Refusal,
    RegistersRead,
    Request,
    Response,
    WriteMany,
    WriteOne,
    request_from_bytes,
)
from protocols.frames.modbus_framing import TcpDecoder, TcpFrame
from protocols.frames.modbus_values import registers_from
from protocols.venue.vocabulary import SIGNALS

#: Inputs, coils and registers 0-15 exist; what is behind the names below is 0.
SIZE: Final = 16
#: Contact -> (address in every table, the signal whose `yes` is 1).
CONTACTS: Final[Mapping[str, tuple[int, str]]] = {
    "door": (0, "door"),
    "light": (1, "light"),
    "presence": (2, "footfall"),
}
#: The one coil that can be written: the light's relay.
RELAY: Final = 1


class ModbusGateway(Simulator):
    """Coils, discrete inputs, holding and input registers all show the same contacts."""

    fields = {name: Field(str, SIGNALS[signal]) for name, (_, signal) in CONTACTS.items()}  # noqa: RUF012 - constant

    def __init__(self, start: Json | None = None) -> None:
        closed = {name: SIGNALS[signal][1] for name, (_, signal) in CONTACTS.items()}
        super().__init__({**closed, **(start or {})})

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: Modbus devices speak only when asked."""

    async def talk(self, transport: Transport) -> None:
        """Answer requests; a peer that speaks something else is hung up on."""
        decoder = TcpDecoder()
        try:
            while True:
                for frame in decoder.feed(await transport.read()):
                    await self.answering()
                    pdu = (await self._answer(frame.pdu)).to_bytes()
                    await transport.write(TcpFrame(frame.transaction, frame.unit, pdu).to_bytes())
        except (DeviceLost, ParsingError):
            return

    async def _answer(self, pdu: bytes) -> Response:
        try:
            request = request_from_bytes(pdu)
        except ParsingError:
            return Refusal(pdu[0], ILLEGAL_FUNCTION)
        if request.address + _count(request) > SIZE:
            return Refusal(request.function, ILLEGAL_ADDRESS)
        return self._read(request) if isinstance(request, Read) else await self._write(request)

    def values(self, function: int) -> list[int]:  # noqa: ARG002 - for those whose tables differ
        """Return everything that a function reads."""
        values = [0] * SIZE
        for name, (address, signal) in CONTACTS.items():
            values[address] = int(self.state[name] == SIGNALS[signal][0])
        return values

    def relay_set(self, *, on: bool) -> Json:
        """Return what the relay changes."""
        return {"light": SIGNALS["light"][0 if on else 1]}

    def _read(self, request: Read) -> Response:
        values = self.values(request.function)
        found = tuple(values[request.address : request.address + request.count])
        if request.function in BIT_READS:
            return BitsRead(request.function, found + (0,) * (-len(found) % 8))
        return RegistersRead(request.function, found)

    async def _write(self, request: WriteOne | WriteMany) -> Response:
        values = (request.value,) if isinstance(request, WriteOne) else request.values
        if request.address != RELAY or len(values) != 1:
            return Refusal(request.function, ILLEGAL_ADDRESS)
        await self.change(self.relay_set(on=bool(values[0])))
        if isinstance(request, WriteOne):
            return request
        return ManyWritten(request.function, request.address, len(values))


#: Where the box of sensors has its smoke detector, among the discrete inputs.
SMOKE: Final = 3


class ModbusSensorBox(ModbusGateway):
    """Registers 0 and 1: humidity and temperature in tenths; input 3: smoke; coil 1: a relay."""

    fields = {  # noqa: RUF012 - constant
        "temperature_dc": Field(int, low=-400, high=2_000),
        "humidity_dp": Field(int, high=1_000),
        "smoke": Field(bool),
        "on": Field(bool),
    }

    def __init__(self, start: Json | None = None) -> None:
        Simulator.__init__(
            self, {"temperature_dc": 224, "humidity_dp": 451, "smoke": False, "on": True, **(start or {})}
        )

    def values(self, function: int) -> list[int]:
        """Return everything that a function reads."""
        values = [0] * SIZE
        if function in BIT_READS:
            values[SMOKE], values[RELAY] = int(bool(self.state["smoke"])), int(bool(self.state["on"]))
        else:
            values[0] = int(self.state["humidity_dp"] or 0)
            (values[1],) = registers_from(int(self.state["temperature_dc"] or 0), "s16")
        return values

    def relay_set(self, *, on: bool) -> Json:
        """Return what the relay changes."""
        return {"on": on}


def _count(request: Request) -> int:
    match request:
        case Read():
            return request.count
        case WriteOne():
            return 1
        case WriteMany():
            return len(request.values)
