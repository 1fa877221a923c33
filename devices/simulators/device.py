"""What every simulated device has: a state that a hand can read and change, and a service on transports."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devices.driver import Json, Scalar
from devices.errors import DeviceRefused
from devices.transport import Transport

if TYPE_CHECKING:
    from devices.transports.mqtt import MqttMessage

#: Connections to one simulated device at a time; real ones allow one to four.
MAX_SESSIONS: Final = 4

State = dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a state: its type, and the choices or bounds of its value (of its length for text)."""

    type: type[bool] | type[int] | type[str]
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 1_000_000

    def refuse(self, value: object) -> str | None:
        """Return why `value` cannot stand here, or None."""
        if type(value) is not self.type:
            return f"must be {self.type.__name__}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        size = len(value) if isinstance(value, str) else int(value)
        if not self.low <= size <= self.high:
            return f"must be {self.low} to {self.high}"
        return None

    def parse(self, text: str) -> Scalar:
        """Return a value written as text; what is no value of this type stays text, to be refused."""
        if self.type is int and text.isascii() and text.isdecimal():
            return int(text)
        if self.type is bool and text in ("true", "false"):
            return text == "true"
        return text


def parse_state(fields: Mapping[str, Field], texts: Mapping[str, str]) -> State:
    """Return the parts of a state that are given as texts; the device judges them."""
    return {name: fields[name].parse(text) if name in fields else text for name, text in texts.items()}


class Simulator(ABC):
    """One device that does not exist."""

    #: What can be set, by name.
    fields: Mapping[str, Field]
    #: How the address begins that a driver reaches it by, when it is not on a serial line.
    scheme = "tcp"
    #: (TCP port, UDP port) where real ones listen; None: this device answers no searches.
    ports: tuple[int, int] | None = None

    def __init__(self, start: Json) -> None:
        self.state: State = {}
        self._answering = asyncio.Event()
        self._answering.set()
        self._sessions = 0
        self.check(start)
        self.state.update(start)  # type: ignore[arg-type]

    @property
    def paused(self) -> bool:
        """Whether the device plays dead: connections stay, nothing is answered or sent."""
        return not self._answering.is_set()

    def pause(self, *, on: bool) -> None:
        """Play dead, or come back."""
        if on:
            self._answering.clear()
        else:
            self._answering.set()

    async def change(self, values: Json) -> None:
        """Set some of `fields`, all or nothing; on return the new state is in effect and on its way to drivers."""
        self.check(values)
        before = dict(self.state)
        self.state.update(values)  # type: ignore[arg-type]
        await self.changed(before, values)

    @abstractmethod
    async def changed(self, before: State, given: Json) -> None:
        """React to a change: send what the device sends by itself."""

    async def serve(self, transport: Transport) -> None:
        """Serve one open connection until it is lost."""
        if self._sessions >= MAX_SESSIONS:
            return
        self._sessions += 1
        try:
            await self.talk(transport)
        finally:
            self._sessions -= 1

    @abstractmethod
    async def talk(self, transport: Transport) -> None:
        """Speak the device's language until the connection is lost (which is no error here)."""

    def will(self, device: str) -> "MqttMessage | None":  # noqa: ARG002 - for those that leave one
        """Return what the broker says when this device, whose topics name it so, vanishes; None: nothing."""
        return None

    async def wanted(self) -> None:
        """Return when the device wants a connection: those that connect by themselves may be off."""
        return

    def datagram(self, data: bytes) -> bytes | None:  # noqa: ARG002 - for those that answer
        """Return the answer to a datagram, None for none."""
        return None

    async def answering(self) -> None:
        """Wait while the device plays dead."""
        await self._answering.wait()

    def check(self, values: Json) -> None:
        """Refuse values that the device cannot have."""
        for name, value in values.items():
            if name not in self.fields:
                raise DeviceRefused(f"{name!r} is no part of this device; it has {', '.join(sorted(self.fields))}")
            why = self.fields[name].refuse(value)
            if why is not None:
                raise DeviceRefused(f"{name}: {why}")
