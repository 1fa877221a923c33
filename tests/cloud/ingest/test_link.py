"""The core's connection to the broker when the network is unkind to it."""

import time
from pathlib import Path

import pytest

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
        started = time.monotonic()
        async with running_core(settings) as running:

            async def ready() -> bool:
                return (await running.call("GET", "/readyz")).status == 200

            await until(ready, "the core is connected", 30)
        assert cable.accepted == 2, "the first connection was not cut"
        assert time.monotonic() - started < 8
