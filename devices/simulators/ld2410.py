"""A simulated LD2410: ten reports a second, one more at once when something changes, and its configuration mode."""

import asyncio
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.together import together
from devices.transport import Transport
from protocols.frames.ld2410 import Acknowledgement, Command, CommandFrame, Decoder, Report, TargetState

REPORT_S: Final = 0.1
_STATES: Final = {state.name.lower(): state for state in TargetState}
_MAX_DISTANCE_CM: Final = 600
#: Energy of a target that is there.
_ENERGY: Final = 60
_FIRMWARE: Final = bytes.fromhex("00 01 07 01 16 24 06 22")
_PROTOCOL: Final = bytes.fromhex("01 00 40 00")
_FAILED: Final = 1


class Ld2410Radar(Simulator):
    """Sees `target` at `distance_cm`."""

    fields = {  # noqa: RUF012 - constant
        "target": Field(str, tuple(_STATES)),
        "distance_cm": Field(int, high=_MAX_DISTANCE_CM),
    }

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"target": "none", "distance_cm": 150, **(start or {})})
        self._reporting: list[Transport] = []

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Report at once."""
        if not self.paused:
            for transport in tuple(self._reporting):
                try:
                    await transport.write(self.report().to_bytes())
                except DeviceLost:
                    continue  # its talk() ends by itself

    def report(self) -> Report:
        """Return what is seen now."""
        state = _STATES[str(self.state["target"])]
        cm = int(self.state["distance_cm"] or 0) if state.somebody else 0
        moving = state in (TargetState.MOVING, TargetState.BOTH)
        static = state in (TargetState.STATIC, TargetState.BOTH)
        return Report(state, cm * moving, _ENERGY * moving, cm * static, _ENERGY * static, cm)

    async def talk(self, transport: Transport) -> None:
        """Report and obey until the line is lost."""
        self._reporting.append(transport)
        try:
            await together(report=self._report(transport), obey=self._obey(transport))
        except DeviceLost:
            return
        finally:
            if transport in self._reporting:
                self._reporting.remove(transport)

    async def _report(self, transport: Transport) -> None:
        while True:
            await self.answering()
            if transport in self._reporting:
                await transport.write(self.report().to_bytes())
            await asyncio.sleep(REPORT_S)

    async def _obey(self, transport: Transport) -> None:
        decoder = Decoder()
        while True:
            for frame in decoder.feed(await transport.read()):
                if isinstance(frame, CommandFrame):
                    await self.answering()
                    await transport.write(self._acknowledge(frame.command, transport).to_bytes())

    def _acknowledge(self, command: int, transport: Transport) -> Acknowledgement:
        """Return the answer; while being configured the radar reports nothing, else it takes no other command."""
        configuring = transport not in self._reporting
        if command == Command.CONFIGURE:
            if not configuring:
                self._reporting.remove(transport)
            return Acknowledgement(command, 0, _PROTOCOL)
        if not configuring:
            return Acknowledgement(command, _FAILED)
        if command == Command.END_CONFIGURE:
            self._reporting.append(transport)
            return Acknowledgement(command, 0)
        if command == Command.FIRMWARE:
            return Acknowledgement(command, 0, _FIRMWARE)
        return Acknowledgement(command, _FAILED)
