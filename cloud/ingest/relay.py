"""The leader's ear for the other processes: their rows are read, believed and deleted; acks they owe are published."""

import asyncio
import logging
from typing import Final

from cloud.ingest.acks import Acks
from cloud.ingest.models import Relayed
from cloud.ingest.notes import Overheard
from cloud.ingest.told import Told, read_told
from cloud.ingest.writer import Writer
from cloud.platform.core import Core
from cloud.platform.database import FAILURES
from cloud.platform.errors import CloudError

#: How often the leader looks while others store, and while it seems to be alone: what an ack of theirs waits for.
BUSY_S: Final = 0.03
QUIET_S: Final = 0.25
#: Looks without a row before it seems to be alone.
PATIENCE: Final = 100
#: Rows in one round; each is one commit of another process.
CHUNK: Final = 100
RETRY_S: Final = 0.5
#: News that come of stored events; states and live values are told with what was stored.
NEWS: Final = ("alarm", "command", "proof")

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


async def tell_news(core: Core) -> None:
    """Hand the leader what pages want to know at once, for ever; a page that misses it reads it at its next look."""
    with core.hub.subscribe(*NEWS) as subscription:
        async for message in subscription:
            try:
                await Told(news=[[message.topic, dict(message.data)]]).send()
            except _LATER as error:
                _LOG.debug("news is lost: %r", error)


async def listen(acks: Acks, writer: Writer) -> None:
    """Take what the others leave, for ever."""
    empty, failing = PATIENCE, False
    while True:
        try:
            found = await _take(acks, writer)
        except _LATER as error:
            _LOG.log(logging.DEBUG if failing else logging.WARNING, "the other processes are heard later: %r", error)
            failing = True
            await asyncio.sleep(RETRY_S)
            continue
        failing = False
        empty = 0 if found else empty + 1
        if found < CHUNK:
            await asyncio.sleep(BUSY_S if empty < PATIENCE else QUIET_S)


async def _take(acks: Acks, writer: Writer) -> int:
    """Take the oldest rows and return how many there were."""
    rows = await Relayed.all().order_by("id").limit(CHUNK)
    if not rows:
        return 0
    told = [read_told(row) for row in rows]
    # Acks first: when this process dies before the rows are gone, the next one reads them again.
    pairs = {(station, store) for one in told for station, store in one.acks}
    if pairs:
        await acks.refresh(pairs)
    taken = asyncio.Event()
    await writer.put(
        Overheard(tuple(row.id for row in rows), tuple(told)), sum(len(row.text) for row in rows), taken.set
    )
    await taken.wait()
    return len(rows)
