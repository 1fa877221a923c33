"""The agent's outbox under the same orders as the rivals: `put|count FOLDER`."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from edge.outbox import Outbox, open_outbox
from provisioning.site import OutboxLimits
from tests.bench.flood import event_text

PUT_PAUSE_S = 0.001


async def main(words: list[str]) -> None:
    """Do one thing."""
    what, folder = words
    declare = lambda name, _data, _stream: name  # noqa: E731 - nothing is declared here
    async with open_outbox(Path(folder), OutboxLimits(), declare, lambda: datetime.now(UTC)) as outbox:
        if what == "put":
            await put_until_killed(outbox)
        print(outbox.head("evidence").last)


async def put_until_killed(outbox: Outbox) -> None:
    """Say the number of every event whose put has returned."""
    number = 0
    while True:
        number += 1
        await outbox.put("evidence", event_text("st-01", number))
        os.write(1, b"%d\n" % number)
        time.sleep(PUT_PAUSE_S)  # noqa: ASYNC251 - nothing else runs here


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
