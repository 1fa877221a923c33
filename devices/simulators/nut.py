"""A simulated NUT server with one UPS."""

from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.nut import Begin, End, Err, LineDecoder, Ok, Reply, Text, Ups, Variable, request_from_line

NAME: Final = "hall"
VERSION: Final = "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/"


class NutServer(Simulator):
    """Has one UPS; `status` is its `ups.status`, `away` that the driver behind the server has lost it."""

    fields = {  # noqa: RUF012 - constant
        "status": Field(str, high=64),
        "charge_percent": Field(int, high=100),
        "runtime_s": Field(int),
        "load_percent": Field(int, high=200),
        "away": Field(bool),
    }

    def __init__(self, start: Json | None = None) -> None:
        defaults = {"status": "OL", "charge_percent": 100, "runtime_s": 2_400, "load_percent": 23, "away": False}
        super().__init__({**defaults, **(start or {})})

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: a server speaks only when asked."""

    async def talk(self, transport: Transport) -> None:
        """Answer lines."""
        decoder = LineDecoder()
        try:
            while True:
                for line in decoder.feed(await transport.read()):
                    await self.answering()
                    await transport.write(b"".join(reply.to_bytes() for reply in self._answer(line)))
        except DeviceLost:
            return

    def _answer(self, line: bytes) -> list[Reply]:  # noqa: PLR0911 - a table of requests
        try:
            words = request_from_line(line).words
        except ParsingError:
            return [Err("UNKNOWN-COMMAND")]
        match words:
            case ("VER",):
                return [Text(VERSION)]
            case ("USERNAME" | "PASSWORD", _):
                return [Ok()]
            case ("LOGOUT",):
                return [Ok("Goodbye")]
            case ("LIST", "UPS"):
                return [Begin(("UPS",)), Ups(NAME, "venue UPS"), End(("UPS",))]
            case ("LIST" | "GET", "VAR", ups, *_) if ups != NAME:
                return [Err("UNKNOWN-UPS")]
            case ("LIST" | "GET", "VAR", *_) if self.state["away"]:
                return [Err("DATA-STALE")]
            case ("LIST", "VAR", _):
                found = [Variable(NAME, name, value) for name, value in self._variables().items()]
                return [Begin(("VAR", NAME)), *found, End(("VAR", NAME))]
            case ("GET", "VAR", _, name):
                value = self._variables().get(name)
                return [Err("VAR-NOT-SUPPORTED") if value is None else Variable(NAME, name, value)]
            case _:
                return [Err("UNKNOWN-COMMAND")]

    def _variables(self) -> dict[str, str]:
        return {
            "battery.charge": str(self.state["charge_percent"]),
            "battery.runtime": str(self.state["runtime_s"]),
            "input.voltage": "0.0" if "OB" in str(self.state["status"]).split() else "228.0",
            "ups.load": str(self.state["load_percent"]),
            "ups.mfr": "SANTAK",
            "ups.model": 'C1K "SIM"',
            "ups.status": str(self.state["status"]),
        }
