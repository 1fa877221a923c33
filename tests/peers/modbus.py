"""pymodbus' simulator as a process: a Modbus server that somebody else wrote, on TCP or on a serial line."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.waiting import free_port, until

_IDENTITY = dict.fromkeys(
    ("VendorName", "ProductCode", "VendorUrl", "ProductName", "ModelName", "MajorMinorRevision"), "venue"
)
#: Registers 0-9 hold numbers and may be written; register 10 holds bits (coil and input 160 is its lowest).
REGISTERS = {0: 7, 1: 0b100, 2: 0, 3: 1}
FIRST_BIT = 160


@asynccontextmanager
async def modbus_server(folder: Path, comm: Mapping[str, Any]) -> AsyncIterator[None]:
    """Run the simulator with one server of these `comm` settings."""
    setup = folder / "modbus.json"
    server = {**comm, "ignore_missing_devices": False, "identity": _IDENTITY}
    write_setup(setup, {"server_list": {"venue": server}, "device_list": {"room": _room()}})
    simulator = Path(sys.executable).parent / "pymodbus.simulator"
    process = await asyncio.create_subprocess_exec(
        str(simulator), "--modbus_server", "venue", "--modbus_device", "room", "--http_host", "127.0.0.1",
        "--http_port", str(free_port()), "--json_file", str(setup), "--log_file", str(folder / "modbus.log"),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def modbus_tcp(folder: Path) -> AsyncIterator[str]:
    """Yield the address of a Modbus TCP server."""
    port = free_port()
    async with modbus_server(folder, {"comm": "tcp", "host": "127.0.0.1", "port": port, "framer": "socket"}):
        await until(lambda: _connects(port), "pymodbus.simulator listens")
        yield f"tcp://127.0.0.1:{port}"


@asynccontextmanager
async def serial_cable(folder: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Yield the two ends of a serial line made by socat."""
    ends = folder / "one", folder / "other"
    process = await asyncio.create_subprocess_exec("socat", *(f"pty,raw,echo=0,link={end}" for end in ends))
    try:
        await until(lambda: all(end.exists() for end in ends), "socat made the line")
        yield ends
    finally:
        process.terminate()
        await process.wait()


def write_setup(path: Path, setup: Mapping[str, Any]) -> None:
    """Write the simulator's configuration."""
    path.write_text(json.dumps(setup))


def serial_settings(port: Path) -> dict[str, Any]:
    """Return the settings of an RTU server on a serial line."""
    line = {"stopbits": 1, "bytesize": 8, "parity": "N", "baudrate": 9600, "timeout": 3}
    return {"comm": "serial", "port": str(port), "framer": "rtu", **line}


def _room() -> dict[str, Any]:
    kinds = ("bits", "uint16", "uint32", "float32", "string")
    return {
        "setup": {
            **dict.fromkeys(("co size", "di size", "hr size", "ir size"), 100),
            "shared blocks": True,
            "type exception": False,
            "defaults": {
                "value": {**dict.fromkeys(kinds[:3], 0), "float32": 0.0, "string": " "},
                "action": dict.fromkeys(kinds),
            },
        },
        "invalid": [],
        "write": [[0, 9], 10],
        "bits": [{"addr": 10, "value": 1}],
        "uint16": [*({"addr": address, "value": value} for address, value in REGISTERS.items()), [4, 9]],
        **{key: [] for key in ("uint32", "float32", "string", "repeat")},
    }


async def _connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
