"""A station with a kiosk and its readers: real agent and broker, the simulators on serial lines made by socat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import aiomqtt

from devices.simulators.device import Simulator
from devices.simulators.samv import SamvReader
from devices.simulators.scanner import Gm65Scanner
from devices.simulators.service import listening
from edge.agent import Agent, AgentConfig, open_agent
from edge.uplink import parse_broker_url
from tests.edge.cloud import Cloud, cloud
from tests.edge.stations import STATION, signed, site
from tests.edge.test_queue import board, manifest
from tests.peers.mosquitto import Broker
from tests.waiting import until

KIOSK = """
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
device = { id = "dev-k", serial = "K", profile = "sim-kiosk", address = "sim:?kiosk=usable" }
"""
READER = """
[[stations.slots]]
id = "{slot}"
kind = "kiosk"
[stations.slots.device]
id = "dev-{slot}"
serial = "{slot}"
profile = "{profile}"
address = "serial:{line}?baud=115200&kiosk=kiosk-1"
"""


@dataclass
class Line:
    """A serial line from the agent to a simulated reader, made by socat; it can be pulled and put back."""

    device: Simulator
    path: Path
    target: str
    process: asyncio.subprocess.Process | None = None

    async def plug(self) -> None:
        """Put the cable in."""
        self.process = await asyncio.create_subprocess_exec(
            "socat", f"pty,raw,echo=0,link={self.path}", self.target.replace("tcp://", "tcp:")
        )
        await until(self.path.exists, "socat made the line")

    async def unplug(self) -> None:
        """Pull the cable: the port goes away."""
        if self.process is not None:
            self.process.terminate()
            await self.process.wait()
            self.process = None


@asynccontextmanager
async def line_to(device: Simulator, path: Path) -> AsyncIterator[Line]:
    """Yield a plugged line to a device."""
    async with listening(device, "tcp://127.0.0.1:0") as address:
        line = Line(device, path, address)
        await line.plug()
        try:
            yield line
        finally:
            await line.unplug()


@dataclass
class Kiosk:
    """Everything at work."""

    agent: Agent
    core: Cloud
    reader: SamvReader
    scanner: Gm65Scanner
    lines: dict[str, Line]
    state: Path
    heard: list[bytes]

    async def lay(self, **card: object) -> None:
        """Take away what lies on the reader, then lay a card down."""
        await self.reader.change({"card": "none"})
        await asyncio.sleep(0.9)  # two looks of the reader
        await self.reader.change({"card": "resident", **card})

    async def told(self, count: int) -> list[dict[str, object]]:
        """Return the data of the readers' events once there are so many at the cloud."""

        def of_readers() -> list[dict[str, object]]:
            wanted = ("card.read.v1", "code.scanned.v1")
            return [dict(event.data) for event in self.core.stored["ops"].values() if event.type.endswith(wanted)]

        await until(lambda: len(of_readers()) >= count, f"{count} reads are at the cloud")
        return of_readers()


@asynccontextmanager
async def kiosk(folder: Path, broker: Broker, **board_changes: object) -> AsyncIterator[Kiosk]:
    """Yield a kiosk whose page works and whose readers are well."""
    reader, scanner = SamvReader(), Gm65Scanner()
    async with AsyncExitStack() as stack:
        lines = {
            slot: await stack.enter_async_context(line_to(device, folder / f"tty-{slot}"))
            for slot, device in (("reader-1", reader), ("scanner-1", scanner))
        }
        slots = [
            READER.format(slot=slot, profile=name, line=lines[slot].path)
            for slot, name in (("reader-1", "samv-reader"), ("scanner-1", "gm65-scanner"))
        ]
        heard = await stack.enter_async_context(overhearing(broker.port))
        core = await stack.enter_async_context(cloud(broker.port))
        state = folder / "state"
        state.mkdir()
        config = AgentConfig(site(KIOSK, *slots), STATION, state, parse_broker_url(broker.url))
        agent = await stack.enter_async_context(open_agent(config))
        task = asyncio.create_task(agent.run(), name="agent")
        try:
            day = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
            await core.publish("content/queue", signed(manifest(1, board(day, **board_changes))), retain=True)
            await until(lambda: agent.queue.board is not None, "the board has come")
            await until(lambda: all(one.works for one in agent.supervisor.slots.values()), "the readers are well")
            yield Kiosk(agent, core, reader, scanner, lines, state, heard)
        finally:
            agent.stop()
            await task


@asynccontextmanager
async def overhearing(port: int) -> AsyncIterator[list[bytes]]:
    """Yield everything that goes through the broker, topics and payloads."""
    heard: list[bytes] = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = bytes(message.payload or b"")
            heard.append(str(message.topic).encode() + b" " + payload)

    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("#", 1)
        task = asyncio.create_task(listen(client), name="overhearing")
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def pages_of(agent: Agent) -> bytes:
    """Return what the agent's own pages say of it."""
    async with aiohttp.ClientSession() as http:
        parts = []
        for path in ("/status", "/metrics"):
            async with http.get(f"{agent.url}{path}") as answer:
                parts.append(await answer.read())
    return b"".join(parts)
