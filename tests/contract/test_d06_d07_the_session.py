"""D6, D7: who the agent says it is and what it asks of the broker, read from its CONNECT packet byte by byte."""

import asyncio
import struct
from pathlib import Path

import pytest

from edge.agent import AgentConfig, open_agent
from edge.uplink import parse_broker_url
from tests.edge.stations import STATION, site

pytestmark = pytest.mark.broker

CLEAN_START, WILL, WILL_QOS_1, WILL_RETAIN = 0x02, 0x04, 0x08, 0x20
SESSION_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_PACKET, WILL_DELAY = 0x11, 0x21, 0x27, 0x18
WIDTH = {SESSION_EXPIRY: 4, RECEIVE_MAXIMUM: 2, MAXIMUM_PACKET: 4, WILL_DELAY: 4}


def properties(block: bytes) -> dict[int, int]:
    """Return the properties of a block that holds numbers only."""
    found = {}
    while block:
        width = WIDTH[block[0]]
        found[block[0]] = int.from_bytes(block[1 : 1 + width], "big")
        block = block[1 + width :]
    return found


async def read_connect(reader: asyncio.StreamReader) -> bytes:
    """Return the CONNECT packet behind its fixed header."""
    assert await reader.readexactly(1) == b"\x10"
    length = shift = 0
    while True:
        (byte,) = await reader.readexactly(1)
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return await reader.readexactly(length)


async def test_d07_a_session_is_kept_for_a_day_and_a_death_is_known_in_time(tmp_path: Path) -> None:
    came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await read_connect(reader)
        if not came.done():
            came.set_result(packet)
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        config = AgentConfig(site(), STATION, tmp_path, parse_broker_url(f"mqtt://127.0.0.1:{port}"))
        async with open_agent(config) as agent:
            task = asyncio.create_task(agent.run(), name="agent")
            packet = await asyncio.wait_for(came, 10)
            agent.stop()
            await task
    assert packet[:7] == b"\x00\x04MQTT\x05"
    flags, keep_alive_s = struct.unpack_from(">BH", packet, 7)
    assert flags == WILL | WILL_QOS_1 | WILL_RETAIN, "clean start 0, a retained will of QoS 1"
    assert keep_alive_s == 7
    size = packet[10]
    asked = properties(packet[11 : 11 + size])
    assert asked == {SESSION_EXPIRY: 86_400, RECEIVE_MAXIMUM: 100, MAXIMUM_PACKET: 1024 * 1024}
    rest = packet[11 + size :]
    length = int.from_bytes(rest[:2], "big")
    assert rest[2 : 2 + length].decode() == f"yz-{STATION}", "D6"
    will = rest[2 + length :]
    assert properties(will[1 : 1 + will[0]]) == {WILL_DELAY: 3}
    assert not flags & CLEAN_START
    assert 1.5 * keep_alive_s + 3 <= 15, "W14"
