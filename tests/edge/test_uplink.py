"""The connection's client: what of it no scenario reaches by chance."""

import asyncio
from typing import Any

import aiomqtt
import pytest

from edge.uplink import _Link
from tests.edge.stations import STATION
from tests.peers.mosquitto import Broker

pytestmark = pytest.mark.broker


async def test_a_delivery_that_is_cancelled_while_its_confirmation_comes_is_cancelled(broker: Broker) -> None:
    """Else a task that sends for ever outlives its cancellation, and the agent never stops."""
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        link = _Link(client, STATION, lambda *_one: None)
        sending = asyncio.create_task(link.publish(f"yz/1/{STATION}/birth", b"{}"))
        confirm: Any = client._client.on_publish

        def confirm_and_cancel(*words: Any) -> None:
            confirm(*words)
            sending.cancel()

        client._client.on_publish = confirm_and_cancel
        with pytest.raises(asyncio.CancelledError):
            await sending
