"""The core's connection to the broker when the network is unkind to it."""

import asyncio
from pathlib import Path

import pytest

from cloud.ingest.client import CONNECT_TIMEOUT_S, Link, Received
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError
from cloud.platform.settings import Settings
from tests.cloud.running import running_core
from tests.faults.proxy import fault_proxy
from tests.peers.mosquitto import Broker
from tests.waiting import free_port, until

pytestmark = pytest.mark.broker


async def test_a_connection_that_ends_before_it_is_accepted_is_tried_again_within_seconds(
    broker: Broker, tmp_path: Path
) -> None:
    port = free_port()
    async with fault_proxy(port, broker.port) as cable:
        cable.cut(10)  # within the CONNECT packet
        settings = Settings(data_dir=tmp_path / "cloud", mqtt_url=f"mqtt://127.0.0.1:{port}", http_port=0)
        async with running_core(settings, others=0) as running:
            await until(lambda: cable.accepted, "the first connection is made")
            await until(lambda: cable.accepted == 2, "the second is tried", CONNECT_TIMEOUT_S + 6)

            async def ready() -> bool:
                return (await running.call("GET", "/readyz")).status == 200

            await until(ready, "the core is connected", 30)


async def test_what_waits_for_the_broker_ends_with_the_connection(broker: Broker, core: Core) -> None:
    connected = asyncio.Event()

    async def ignore(_received: Received) -> None:
        pass

    async def note(_epoch: int) -> None:
        connected.set()

    port = free_port()
    async with fault_proxy(port, broker.port) as cable:
        link = Link(core, f"mqtt://127.0.0.1:{port}")
        running = asyncio.create_task(link.run(ignore, note))
        try:
            await asyncio.wait_for(connected.wait(), 10)
            cable.fall_silent(60)
            publishing = asyncio.create_task(link.publish("yz/1/st-01/ack", b"{}"))
            await asyncio.sleep(0.1)
            assert not publishing.done()
            cable.refuse(60)
            with pytest.raises(LinkDownError):
                await asyncio.wait_for(publishing, 2)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
