"""Simulated code scanners: what the control socket sets as `scan` (`typed`) is read at once, as if held before them."""

from abc import abstractmethod
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.frames.evdev import keys_of
from protocols.frames.gm65 import DONE, Answer, CommandDecoder, CommandType, Zone
from protocols.frames.scans import MAX_PAYLOAD_BYTES

_VERSION: Final = {Zone.HARDWARE: b"\x64", Zone.SOFTWARE: b"\x65", Zone.BAUD: b"\x39\x01"}
#: One letter more than a driver takes, to try that.
_PAYLOAD: Final = Field(str, high=MAX_PAYLOAD_BYTES + 1)


class Scanner(Simulator):
    """Sends what it reads to whoever is connected."""

    #: The one field, whose name is the scanner's own: a hall has two of them.
    name: str

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({self.name: "", **(start or {})})
        self._connected: list[Transport] = []

    @abstractmethod
    def payload(self, text: str) -> bytes:
        """Return what a scan looks like on the line."""

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Send what was scanned."""
        if self.name in given and not self.paused:
            for transport in tuple(self._connected):
                try:
                    await transport.write(self.payload(str(given[self.name])))
                except DeviceLost:
                    continue  # its talk() ends by itself

    async def talk(self, transport: Transport) -> None:
        """Serve until the line is lost."""
        self._connected.append(transport)
        try:
            while True:
                await self.hear(transport, await transport.read())
        except DeviceLost:
            return
        finally:
            self._connected.remove(transport)

    async def hear(self, transport: Transport, data: bytes) -> None:  # noqa: ARG002 - a keyboard hears nothing
        """React to bytes of the host."""
        return


class Gm65Scanner(Scanner):
    """Knows the serial commands, and answers in the middle of whatever it sends."""

    name = "scan"
    fields = {"scan": _PAYLOAD}  # noqa: RUF012 - constant

    def __init__(self, start: Json | None = None) -> None:
        super().__init__(start)
        self._commands = CommandDecoder()

    def payload(self, text: str) -> bytes:
        """Return the text with CR."""
        return text.encode() + b"\r"

    async def hear(self, transport: Transport, data: bytes) -> None:
        """Carry out commands: a trigger reads what is held before the window."""
        for command in self._commands.feed(data):
            await self.answering()
            if command.type == CommandType.READ:
                await transport.write(Answer(_VERSION.get(Zone(command.address), b"\x00")).to_bytes())
                continue
            await transport.write(DONE.to_bytes())
            if command.address == Zone.TRIGGER and self.state["scan"]:
                await transport.write(self.payload(str(self.state["scan"])))


class WedgeScanner(Scanner):
    """Types the text and Enter, as packed input events."""

    name = "typed"
    fields = {"typed": _PAYLOAD}  # noqa: RUF012 - constant

    def payload(self, text: str) -> bytes:
        """Return the events of the keys; a text that no keyboard can type is a mistake of the hand."""
        return keys_of(text)
