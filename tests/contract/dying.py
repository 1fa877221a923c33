"""An agent that kills itself (-9) at a step of the ledger: `python -m tests.contract.dying STEP MOMENT DIR URL`."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from edge.agent import AgentConfig, open_agent
from edge.ledger import Ledger
from edge.uplink import parse_broker_url
from tests.contract.agents import SILENT
from tests.edge.stations import STATION, site


def die_at(step: str, moment: str) -> None:
    """Have this process killed `before` or `after` the ledger has taken a step."""
    take: Callable[..., Awaitable[Any]] = getattr(Ledger, step)

    async def last_step(ledger: Ledger, *args: Any) -> Any:
        if moment == "after":
            await take(ledger, *args)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Ledger, step, last_step)


async def main(folder: Path, url: str) -> None:
    """Run the agent until it dies."""
    async with open_agent(AgentConfig(site(SILENT), STATION, folder, parse_broker_url(url))) as agent:
        await agent.run()


if __name__ == "__main__":
    die_at(sys.argv[1], sys.argv[2])
    asyncio.run(main(Path(sys.argv[3]), sys.argv[4]))
