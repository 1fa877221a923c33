"""The real agent inside the test's process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge.agent import Agent, AgentConfig, open_agent
from edge.twin import ROLL_BACK_S
from edge.uplink import parse_broker_url
from protocols.venue.events import Event
from provisioning.site import SiteFile
from tests.edge.cloud import Cloud
from tests.edge.stations import PROBE, STATION, site
from tests.peers.mosquitto import Broker
from tests.waiting import until

#: A probe that makes no events by itself.
SILENT: str = PROBE.format(rate=0.0)


@asynccontextmanager
async def running_agent(
    folder: Path,
    broker: Broker,
    *slots: str,
    described: SiteFile | None = None,
    roll_back_s: float = ROLL_BACK_S,
    clock_url: str = "",
) -> AsyncIterator[Agent]:
    """Yield a running agent of the test station; it is stopped with a goodbye."""
    folder.mkdir(exist_ok=True)
    address = parse_broker_url(broker.url)
    config = AgentConfig(
        described or site(*slots), STATION, folder, address, clock_url=clock_url, roll_back_s=roll_back_s
    )
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run(), name="agent")
        try:
            yield agent
        finally:
            agent.stop()
            await task


async def works(agent: Agent, slot: str = "probe-1") -> None:
    """Wait until the agent is connected and its slot works."""
    await until(
        lambda: agent.uplink.connected and agent.supervisor.slots[slot].status.health == "good", f"{slot} works"
    )


def of_type(core: Cloud, stream: str, name: str) -> list[Event]:
    """Return the events of a type (`agent.clock.stepped`) that the cloud has, by seq."""
    return [one for _, one in sorted(core.stored[stream].items()) if one.type == f"cn.yizhan.{name}.v1"]
