"""The embedded broker: both kinds serve MQTT 5, come back after a kill, and end with their parent."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import aiomqtt
import psutil
import pytest

from provisioning.broker import Broker, Kind, embedded_broker
from provisioning.errors import BrokerError
from tests.waiting import free_port, until


async def round_trip(broker: Broker) -> bytes:
    port = int(broker.url.rpartition(":")[2])
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, timeout=5) as client:
        await client.subscribe("yz/1/st-01/ack", qos=1)
        await client.publish("yz/1/st-01/ack", b"hello", qos=1)
        async with asyncio.timeout(5):
            message = await anext(client.messages)
    assert isinstance(message.payload, bytes)
    return message.payload


@pytest.mark.broker
@pytest.mark.parametrize("kind", ["mosquitto", "rumqttd"])
async def test_each_kind_carries_a_message_over_mqtt_5(kind: Kind, tmp_path: Path) -> None:
    async with embedded_broker(tmp_path, free_port(), kind) as broker:
        assert broker.kind == kind
        assert await round_trip(broker) == b"hello"


@pytest.mark.broker
async def test_a_killed_broker_is_started_again(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path, free_port(), "mosquitto") as broker:
        first = _children("mosquitto")
        os.kill(first[0], signal.SIGKILL)
        await until(lambda: _children("mosquitto") not in ([], first), "another mosquitto runs")
        await until(lambda: _works(broker), "it serves")
        assert await round_trip(broker) == b"hello"
    assert not _children("mosquitto")


@pytest.mark.broker
async def test_a_taken_port_is_said_and_not_fought_over(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BrokerError, match="is taken; stop what uses it"):
            async with embedded_broker(tmp_path, taken.getsockname()[1]):
                pytest.fail("a broker was started on a taken port")


async def _works(broker: Broker) -> bool:
    try:
        return await round_trip(broker) == b"hello"
    except (aiomqtt.MqttError, TimeoutError):
        return False


def _children(name: str) -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True) if child.name() == name]
