"""The hand on simulated devices: a JSON-lines socket.

`{"set": {"door": "unlocked"}}`, `{"get": true}` or `{"pause": true}` (plays dead until `{"pause": false}`), each with
an optional `"device": name`. The answer comes after the state is in effect: `{"ok": true, "devices": {name: state}}`
or `{"ok": false, "error": text}`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from devices.driver import Json
from devices.errors import DeviceRefused
from devices.simulators.device import Simulator
from devices.simulators.service import socket_server

#: One request sets a handful of values.
MAX_LINE_BYTES: Final = 8192

Devices = Mapping[str, Simulator]


@asynccontextmanager
async def controlling(devices: Devices, where: str) -> AsyncIterator[str]:
    """Serve the control socket at `tcp://host:port` or `unix:/path`; yields where it really is."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await _next_line(reader):
            writer.write(json.dumps(await answer(devices, line), ensure_ascii=False).encode() + b"\n")
            await writer.drain()

    async with socket_server(where, serve) as address:
        yield address


async def answer(devices: Devices, line: bytes) -> dict[str, Any]:
    """Carry out one request and return its answer."""
    try:
        await _carry_out(devices, json.loads(line))
    except (DeviceRefused, ValueError, RecursionError) as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "devices": {name: {**d.state, "paused": d.paused} for name, d in devices.items()}}


async def _carry_out(devices: Devices, request: Any) -> None:
    name = request.pop("device", None) if isinstance(request, dict) else None
    chosen = _chosen(devices, name)
    match request:
        case {"set": dict(values), **rest} if not rest:
            await _set(chosen, values)
        case {"pause": bool(on), **rest} if not rest:
            for device in chosen.values():
                device.pause(on=on)
        case {"get": True, **rest} if not rest:
            return
        case _:
            raise DeviceRefused('write {"set": {…}}, {"get": true} or {"pause": true|false}, and "device" if you like')


async def _set(devices: Devices, values: Json) -> None:
    """Give every value to the one device that has it; nothing is set when one value is refused."""
    per_device: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        owners = [key for key, device in devices.items() if name in device.fields]
        if len(owners) != 1:
            raise DeviceRefused(f'{name!r} belongs to {", ".join(owners) or "no device"}; name one in "device"')
        per_device.setdefault(owners[0], {})[name] = value
    for key, part in per_device.items():
        devices[key].check(part)
    for key, part in per_device.items():
        await devices[key].change(part)


def _chosen(devices: Devices, name: object) -> Devices:
    if name is None:
        return devices
    if not isinstance(name, str) or name not in devices:
        raise DeviceRefused(f"there is no device {name!r}; there are {', '.join(devices)}")
    return {name: devices[name]}


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readline()
    except (ValueError, ConnectionError):
        return b""  # a line above the limit, or a hand that left
    return line if len(line) <= MAX_LINE_BYTES else b""
