"""A simulated Novastar sending card: registers over a state that a hand can spoil, and the UDP search."""

from collections.abc import Mapping
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.frames.novastar import (
    FOUND,
    INPUT_BITS,
    SEARCH,
    SEARCH_PORT,
    TCP_PORT,
    Ack,
    Decoder,
    DeviceType,
    Monitoring,
    Read,
    Register,
    Reply,
    Request,
)

#: Model id of a VX4S, as it answers the connect probe.
_MODEL: Final = bytes.fromhex("06 61")
_INPUTS: Final = tuple(INPUT_BITS.values())
#: What the select registers take -> input.
_SELECT: Final[Mapping[int, Mapping[int, str]]] = {
    Register.INPUT: {0x01: "SDI", 0x05: "HDMI", 0x5A: "HDMI", 0x58: "DVI1", 0x61: "DVI1", 0x5F: "DP"},
    Register.VX_INPUT: {0x40: "SDI", 0xA0: "HDMI", 0x10: "DVI1", 0x90: "DP"},
}
_BYTE: Final = 255
_FANS: Final = 4
_COLOURS: Final = b"\xff" * 4

_START: Final[State] = {
    "power": True,
    "function_card": True,
    "brightness": 153,
    "blackout": False,
    "frozen": False,
    "input": "HDMI",
    "input_valid": True,
    "knows_inputs": True,
    "temperature_c": 38,
    "humidity_percent": 45,
    "monitor_card": True,
    "smoke": False,
    "door_open": False,
    "fans_rpm": 1200,
    "refuses": False,
}


class NovastarSender(Simulator):
    """Receiving cards without power do not answer, one that `refuses` knows no register.

    Without `knows_inputs` it has nothing but a DVI input, without `function_card` nothing that switches its power.
    """

    fields = {  # noqa: RUF012 - constant
        **{name: Field(bool) for name, value in _START.items() if isinstance(value, bool)},
        "brightness": Field(int, high=_BYTE),
        "input": Field(str, _INPUTS),
        "temperature_c": Field(int, low=-40, high=127),
        "humidity_percent": Field(int, high=100),
        "fans_rpm": Field(int, high=_BYTE * 50),
    }
    ports = (TCP_PORT, SEARCH_PORT)

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({**_START, **(start or {})})

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: a sending card speaks only when asked."""

    def datagram(self, data: bytes) -> bytes | None:
        """Answer the search."""
        return FOUND + b"MCTRL" if data.startswith(SEARCH) else None

    async def talk(self, transport: Transport) -> None:
        """Answer requests until the connection is lost."""
        decoder = Decoder()
        try:
            while True:
                for frame in decoder.feed(await transport.read()):
                    if not isinstance(frame, Reply):
                        await self.answering()
                        await transport.write((await self._answer(frame)).to_bytes())
        except DeviceLost:
            return

    async def _answer(self, request: Request) -> Reply:
        write = not isinstance(request, Read)
        ack, data = self._refusal(request), b""
        if ack is Ack.OK:
            found = await self._written(request) if not isinstance(request, Read) else self._read(request)
            ack, data = (Ack.UNKNOWN_COMMAND, b"") if found is None else (Ack.OK, found)
        return Reply(request.place, request.address, ack, write, data, request.serial)

    def _refusal(self, request: Request) -> Ack:
        if self.state["refuses"]:
            return Ack.UNKNOWN_COMMAND
        away = {DeviceType.RECEIVING: not self.state["power"], DeviceType.FUNCTION: not self.state["function_card"]}
        return Ack.TIMEOUT if away.get(request.place.device, False) else Ack.OK

    def _read(self, request: Read) -> bytes | None:
        """Return as many bytes as were asked for, None for a register that is not here."""
        data = self._registers(request.place.device).get(request.address)
        return None if data is None else data[: request.length].ljust(request.length, b"\0")

    def _registers(self, device: DeviceType) -> Mapping[int, bytes]:
        state = self.state
        if device is DeviceType.FUNCTION:
            return {Register.RELAY_1: b"\x00" if state["power"] else b"\x01"}
        if device is DeviceType.RECEIVING:
            return {
                Register.BRIGHTNESS: bytes((int(state["brightness"] or 0),)) + _COLOURS,
                Register.KILL: bytes((_flag(state["blackout"]), 1, _flag(state["frozen"]))),
                Register.LOCK: bytes((_flag(state["frozen"]),)),
                Register.MONITORING: self._measured().to_bytes(),
            }
        valid = int(bool(state["input_valid"]))
        bits = valid << _INPUTS.index(str(state["input"]))
        found: dict[int, bytes] = {Register.MODEL: _MODEL, Register.DVI_VALID: bytes((valid,))}
        if state["knows_inputs"]:
            found[Register.INPUTS_VALID] = bytes((bits,))
        return found

    def _measured(self) -> Monitoring:
        state, celsius = self.state, float(self.state["temperature_c"] or 0)
        humidity = int(state["humidity_percent"] or 0)
        if not state["monitor_card"]:
            return Monitoring(celsius, humidity, 4.8)
        fans = (int(state["fans_rpm"] or 0),) * _FANS
        return Monitoring(celsius, humidity, 4.8, bool(state["smoke"]), fans, int(bool(state["door_open"])))

    async def _written(self, request: Request) -> bytes | None:
        """Change the state; None for a register that cannot be written."""
        first = getattr(request, "data", b"")[:1]
        if not first:
            return None
        value = first[0]
        match request.address:
            case Register.BRIGHTNESS:
                await self.change({"brightness": value})
            case Register.KILL:
                await self.change({"blackout": value != 0})
            case Register.LOCK:
                await self.change({"frozen": value != 0})
            case Register.RELAY_1:
                await self.change({"power": value == 0})
            case Register.INPUT_MODE | Register.SAVE | Register.TEST_PATTERN:
                return b""
            case Register.INPUT | Register.VX_INPUT if value in _SELECT[request.address]:
                await self.change({"input": _SELECT[request.address][value]})
            case _:
                return None
        return b""


def _flag(value: object) -> int:
    return _BYTE if value else 0
