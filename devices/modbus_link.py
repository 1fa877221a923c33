"""A Modbus client on any transport: TCP framing on TCP, RTU framing on a serial line."""

import asyncio
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.modbus import (
    ILLEGAL_VALUE,
    BitsRead,
    Read,
    Refusal,
    Request,
    Response,
    WriteOne,
    response_from_bytes,
)
from protocols.frames.modbus_framing import RtuDecoder, RtuFrame, TcpDecoder, TcpFrame

#: A gateway that relays to a slow bus answers within a second; three mean it is gone.
ANSWER_TIMEOUT_S: Final = 3.0
_TRANSACTIONS: Final = 1 << 16


class ModbusLink:
    """One request at a time; a lost, late or broken answer is the loss of the device."""

    def __init__(self, transport: Transport, unit: int) -> None:
        self._transport, self._unit = transport, unit
        self._turn = asyncio.Lock()
        self._transaction = 0
        self._serial = transport.address.startswith("serial:")
        self._tcp = TcpDecoder()

    async def read(self, request: Read) -> tuple[int, ...]:
        """Return the bits (0 or 1) or registers that were asked for."""
        response = await self._ask(request)
        values = response.bits if isinstance(response, BitsRead) else getattr(response, "values", ())
        if len(values) < request.count:
            raise self._transport.lost(f"{len(values)} values came, {request.count} were asked for", "protocol")
        return tuple(values[: request.count])

    async def write_one(self, request: WriteOne) -> None:
        """Write one coil or register; the echo proves it."""
        if await self._ask(request) != request:
            raise self._transport.lost("the echo of a write differs", "protocol")

    async def _ask(self, request: Request) -> Response:
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    response = response_from_bytes(await self._exchange(request.to_bytes()))
            except TimeoutError as error:
                raise self._transport.lost(f"no answer within {ANSWER_TIMEOUT_S} s") from error
            except ParsingError as error:
                raise self._transport.lost(f"the answer is no Modbus: {error}") from error
        if response.function != request.function:
            raise self._transport.lost(f"function {response.function} answers function {request.function}", "protocol")
        if isinstance(response, Refusal):
            raise self._refused(request, response)
        return response

    async def _exchange(self, pdu: bytes) -> bytes:
        self._transaction = (self._transaction + 1) % _TRANSACTIONS
        return await (self._over_rtu(pdu) if self._serial else self._over_tcp(pdu))

    async def _over_tcp(self, pdu: bytes) -> bytes:
        await self._transport.write(TcpFrame(self._transaction, self._unit, pdu).to_bytes())
        while True:
            for frame in self._tcp.feed(await self._transport.read()):
                if frame.transaction == self._transaction:  # else: a late answer of a request given up
                    return frame.pdu

    async def _over_rtu(self, pdu: bytes) -> bytes:
        decoder = RtuDecoder("responses")
        await self._transport.write(RtuFrame(self._unit, pdu).to_bytes())
        while True:
            for frame in decoder.feed(await self._transport.read()):
                if frame.unit == self._unit:
                    return frame.pdu

    def _refused(self, request: Request, refusal: Refusal) -> Exception:
        text = f"function {request.function} at address {request.address}: refused with code {refusal.code}"
        if refusal.code <= ILLEGAL_VALUE:
            return ConfigurationError(f"{self._transport.address}: {text}; the map does not fit this device")
        return self._transport.lost(text)
