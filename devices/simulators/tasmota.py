"""A simulated socket with Tasmota firmware: one relay, an energy meter, its discovery message."""

import asyncio
from typing import Final

from devices.driver import Json
from devices.errors import ConfigurationError
from devices.simulators.device import Field, Simulator, State
from devices.together import together
from devices.transport import Transport
from devices.transports.mqtt import MqttMessage, MqttTransport
from protocols.frames.tasmota import (
    OFF,
    ON,
    Device,
    command_of,
    energy_bytes,
    result_bytes,
    state_bytes,
)

#: Real ones report every five minutes.
TELEMETRY_S: Final = 30.0
VOLTAGE_V: Final = 228.0


class TasmotaPlug(Simulator):
    """`on`: the relay; `stuck`: it says nothing of commands and does not switch."""

    scheme = "mqtt"
    fields = {  # noqa: RUF012 - constant
        "on": Field(bool),
        "power_w": Field(int, high=3_680),
        "stuck": Field(bool),
    }

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"on": True, "power_w": 62, "stuck": False, **(start or {})})
        self._links: list[MqttTransport] = []

    def device(self, topic: str) -> Device:
        """Return what the device says of itself."""
        return Device("DC4F22B0A1C2", topic, "venue plug", "Sonoff S26R2", "14.2.0", "10.0.0.31", "plug-31")

    def will(self, device: str) -> MqttMessage:
        """Return what the broker says when it vanishes."""
        return MqttMessage(f"tele/{device}/LWT", b"Offline")

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Say that the relay switched: somebody pressed its button."""
        if before["on"] != self.state["on"] and not self.paused:
            for link in self._links:
                await self._tell(link)

    async def talk(self, transport: Transport) -> None:
        """Serve one connection to the broker."""
        if not isinstance(transport, MqttTransport):
            raise ConfigurationError("a socket connects to a broker: mqtt://user:password@host:port/TOPIC")
        await transport.subscribe(f"cmnd/{transport.device}/#")
        self._links.append(transport)
        try:
            await together(report=self._report(transport), obey=self._obey(transport))
        finally:
            self._links.remove(transport)

    async def _report(self, link: MqttTransport) -> None:
        device = self.device(link.device)
        await link.publish(f"tele/{link.device}/LWT", b"Online")
        await link.publish(device.where, device.to_bytes())
        while True:
            await self.answering()
            await link.publish(f"tele/{link.device}/STATE", state_bytes({1: bool(self.state["on"])}, 3_600, 76))
            await link.publish(f"tele/{link.device}/SENSOR", self._energy())
            await asyncio.sleep(TELEMETRY_S)

    async def _obey(self, link: MqttTransport) -> None:
        async for message in link.messages():
            await self.answering()
            command = command_of(message.topic, link.device)
            word = message.payload.decode("ascii", "replace").upper()
            if command in {"POWER", "POWER1"}:
                await self._power(link, word)
            elif (command, word) == ("STATUS", "8"):
                await link.publish(f"stat/{link.device}/STATUS8", b'{"StatusSNS":' + self._energy() + b"}")

    async def _power(self, link: MqttTransport, word: str) -> None:
        if word in {ON, OFF}:
            if self.state["stuck"]:
                return
            self.state["on"] = word == ON
        await self._tell(link)

    async def _tell(self, link: MqttTransport) -> None:
        on = bool(self.state["on"])
        await link.publish(f"stat/{link.device}/RESULT", result_bytes(1, on=on))
        await link.publish(f"stat/{link.device}/POWER", (ON if on else OFF).encode())

    def _energy(self) -> bytes:
        return energy_bytes(int(self.state["power_w"] or 0) if self.state["on"] else 0, 12.5, VOLTAGE_V)
