"""Novastar M3 sending cards (MCTRL, MSD, VX, NovaPro): brightness, blackout, freeze, input, power, monitoring.

A screen is written on every card and read at its first one. What is written lasts until a power cut: saving it would
wear the cards' flash, and the settings are applied anew at each start anyway.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from devices.driver import Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.search import Search
from devices.transport import Transport
from devices.wall_cabinet import CabinetDriver, percent_of, raw_of
from devices.walls import WallState
from protocols.errors import ParsingError
from protocols.frames.novastar import (
    EVERY_CARD,
    FOUND,
    INPUT_BITS,
    MONITORING_BYTES,
    SEARCH_PORT,
    TCP_PORT,
    Ack,
    Decoder,
    DeviceType,
    Monitoring,
    Place,
    Read,
    Register,
    Reply,
    Request,
    Write,
)
from protocols.frames.novastar import (
    SEARCH as SEARCH_BYTES,
)

#: A sending card answers in milliseconds, and within a second where it waits for its receiving cards in vain.
ANSWER_TIMEOUT_S: Final = 2.0
_SERIALS: Final = 256
_ON: Final = b"\xff"
_OFF: Final = b"\x00"
_MANUAL: Final = b"\x5a"
_SENDING: Final = Place()
_FIRST_CARD: Final = Place(DeviceType.RECEIVING)
_FUNCTION_CARD: Final = Place(DeviceType.FUNCTION)
#: KILL, TEST_PATTERN and LOCK lie side by side.
_DISPLAY_BYTES: Final = 3
_BYTE: Final = 255


def _found(datagram: bytes) -> Json | None:
    """Return what a sending card says of itself in its answer to the search."""
    if not datagram.startswith(FOUND):
        return None
    return {"text": datagram.removeprefix(FOUND).decode("ascii", "replace").rstrip("\0")}


SEARCH: Final = Search(SEARCH_BYTES, SEARCH_PORT, "tcp", TCP_PORT, _found)


@dataclass(frozen=True, slots=True)
class InputMap:
    """How this model selects inputs: input -> (value to write, bit of INPUTS_VALID), and where to write it."""

    inputs: Mapping[str, tuple[int, int]]
    register: int
    manual_register: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the map of a profile's options."""
        try:
            inputs = {str(name): (int(value), int(bit)) for name, (value, bit) in options["inputs"].items()}
            found = cls(inputs, int(options["input_register"]), options.get("manual_register"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"options of a Novastar sending card: {error!r}") from error
        if not all(0 <= value <= _BYTE and bit in INPUT_BITS for value, bit in inputs.values()):
            raise ConfigurationError(f"options of a Novastar sending card out of bounds: {inputs}")
        return found


class NovastarDriver(CabinetDriver):
    """One sending card and the receiving cards behind it."""

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._map = InputMap.of(config.options)
        self._decoder = Decoder()
        self._serial = 0
        self._turn = asyncio.Lock()
        self._selected: str | None = None
        #: Relays are on a card of its own that few walls have; None: not asked yet.
        self._has_relays: bool | None = None

    async def read_state(self, host: Host) -> WallState:  # noqa: ARG002 - the contract
        """Ask the sending card for its input, then the first receiving card for the rest."""
        source, valid = await self._input()
        powered = await self._relay()
        brightness = await self._ask(Read(_FIRST_CARD, Register.BRIGHTNESS, 5))
        if brightness.ack is Ack.TIMEOUT:  # the sending card works, what it feeds does not
            return WallState(power=False, input=source, input_valid=valid)
        raw = self._data(brightness, 5)[0]
        display = await self._ask(Read(_FIRST_CARD, Register.KILL, _DISPLAY_BYTES))
        shown = display.data if display.ack is Ack.OK and len(display.data) == _DISPLAY_BYTES else None
        measured = await self._monitoring()
        return WallState(
            power=powered is not False,
            brightness=percent_of(raw),
            blackout=None if shown is None else shown[0] != 0,
            frozen=None if shown is None else shown[2] != 0,
            input=source,
            input_valid=valid,
            temperature_c=measured.temperature_c,
            smoke=measured.smoke,
            door_open=None if measured.doors is None else measured.doors != 0,
        )

    async def set_power(self, *, on: bool) -> None:
        """Switch the relay of the function card."""
        if await self._relay() is None:
            raise DeviceRefused("this wall has no function card whose relay could switch it")
        await self._write(_FUNCTION_CARD, Register.RELAY_1, b"\x00" if on else b"\x01")

    async def set_brightness(self, percent: int) -> None:
        """Set the global brightness of every card; colours stay as they were calibrated."""
        await self._write(EVERY_CARD, Register.BRIGHTNESS, bytes((raw_of(percent),)))

    async def set_blackout(self, *, on: bool) -> None:
        """Make every card black, or end that."""
        await self._write(EVERY_CARD, Register.KILL, _ON if on else _OFF)

    async def set_frozen(self, *, on: bool) -> None:
        """Have every card hold its picture, or end that."""
        await self._write(EVERY_CARD, Register.LOCK, _ON if on else _OFF)

    async def health(self) -> Json:
        """Return humidity, voltage and fans of the first card."""
        one = await self._monitoring()
        fans = None if one.fans_rpm is None else list(one.fans_rpm)
        return {"humidity_percent": one.humidity_percent, "voltage_v": one.voltage_v, "fans_rpm": fans}

    async def select_input(self, source: str) -> None:
        """Select an input by hand, so that the card does not go back by itself."""
        if source not in self._map.inputs:
            raise DeviceRefused(f"there is no input {source!r}; there are {', '.join(self._map.inputs)}")
        if self._map.manual_register is not None:
            await self._write(_SENDING, self._map.manual_register, _MANUAL)
        await self._write(_SENDING, self._map.register, bytes((self._map.inputs[source][0],)))
        self._selected = source

    async def _input(self) -> tuple[str | None, bool]:
        """Return (input, has it a signal); cards with nothing but DVI know one bit only."""
        reply = await self._ask(Read(_SENDING, Register.INPUTS_VALID, 1))
        if reply.ack is Ack.UNKNOWN_COMMAND:
            (dvi,) = self._data(await self._ask(Read(_SENDING, Register.DVI_VALID, 1)), 1)
            return self._selected or "DVI", dvi == 1
        (bits,) = self._data(reply, 1)
        signals = [name for name, (_, bit) in self._map.inputs.items() if bits >> bit & 1]
        if self._selected is None:  # the card does not tell what is selected; what has a signal is what it shows
            return (signals[0] if len(signals) == 1 else None), bits != 0
        return self._selected, self._selected in signals

    async def _relay(self) -> bool | None:
        """Return whether the relay is on, None without a function card."""
        if self._has_relays is False:
            return None
        reply = await self._ask(Read(_FUNCTION_CARD, Register.RELAY_1, 1))
        self._has_relays = reply.ack is Ack.OK
        return self._data(reply, 1)[0] == 0 if self._has_relays else None

    async def _monitoring(self) -> Monitoring:
        reply = await self._ask(Read(_FIRST_CARD, Register.MONITORING, MONITORING_BYTES))
        try:
            return Monitoring.from_bytes(reply.data) if reply.ack is Ack.OK else Monitoring()
        except ParsingError as error:
            raise self.transport.lost(str(error)) from error

    async def _write(self, place: Place, address: int, data: bytes) -> None:
        self._data(await self._ask(Write(place, address, data)), 0)

    def _data(self, reply: Reply, length: int) -> bytes:
        """Return what a good reply holds."""
        if reply.ack is not Ack.OK:
            raise DeviceRefused(f"register {reply.address:08X}: {reply.ack.name.lower().replace('_', ' ')}")
        if len(reply.data) < length:
            raise self.transport.lost(f"register {reply.address:08X}: {len(reply.data)} bytes instead of {length}")
        return reply.data

    async def _ask(self, request: Request) -> Reply:
        async with self._turn:
            self._serial = (self._serial + 1) % _SERIALS
            frame = replace(request, serial=self._serial)
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    await self.transport.write(frame.to_bytes())
                    return await self._reply()
            except TimeoutError as error:
                raise self.transport.lost(f"no answer within {ANSWER_TIMEOUT_S} s") from error

    async def _reply(self) -> Reply:
        while True:
            for frame in self._decoder.feed(await self.transport.read()):
                if isinstance(frame, Reply) and frame.serial == self._serial:  # else: late, or an echo of the line
                    return frame
