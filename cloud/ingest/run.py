"""The ingest role put together: link, writer, acks; what happens at a connect and when the tree changes.

Several processes may have this role: all of them store events, and the one that holds the lease `presence` leads, which
is everything else (W27).
"""

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from cloud.fleet import service as fleet
from cloud.ingest.acks import Acks
from cloud.ingest.client import Link, Received
from cloud.ingest.control import Control
from cloud.ingest.digests import Digests
from cloud.ingest.hearing import Leading, Roles
from cloud.ingest.notes import take_apart
from cloud.ingest.rebirths import SPREAD_S, Rebirths
from cloud.ingest.relay import listen, tell_news
from cloud.ingest.writer import Writer
from cloud.platform.core import Core
from cloud.platform.database import FAILURES
from cloud.platform.errors import CloudError, LinkDownError
from cloud.platform.lease import Lease
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit
from protocols.venue import topics
from protocols.venue.presence import Rebirth

#: Above this many stations at once their births are spread over the usual jitter.
AT_ONCE: Final = 20
SOON_S: Final = 1.0
#: New objects before the collector of cycles looks at them: above what one group of batches makes.
GC_YOUNG: Final = 50_000
GC_OLDER: Final = (20, 50)
SWITCH_INTERVAL_S: Final = 0.0001
RETRY_S: Final = 0.5

_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)

_LOG = logging.getLogger(__name__)


class Ingest:
    """Reads the broker and stores what comes; `after_connect` is done once messages can be published."""

    def __init__(
        self,
        core: Core,
        liveness: fleet.Liveness,
        link: Link,
        lease: Lease,
        after_connect: Callable[[], Awaitable[None]],
    ) -> None:
        self._core = core
        self._liveness = liveness
        self._link = link
        self._lease = lease
        self._after_connect = after_connect
        self._acks = Acks(core, link)
        self._roles = Roles(Leading(liveness, self._acks, lease))
        self._rebirths = Rebirths(self._ask_birth)
        self._writer = Writer(core, liveness, self._roles, self._rebirths)
        self._commands = fleet.Dispatcher(core, link.request)
        self._digests = Digests(core, self._publish)
        self._wishes = fleet.Wishes(core, self._publish_retained)
        self._turned = asyncio.Event()
        self._control = Control({"reply": self._commands.take_reply, "twin_desired": self._wishes.take_copy})

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start every task of this role."""
        _suit_interpreter()
        return [
            group.create_task(self._lease.run(), name="lease"),
            group.create_task(self._take_turns(), name="ingest-turns"),
            group.create_task(self._run_link(), name="broker-link"),
            group.create_task(self._writer.run(), name="event-writer"),
            group.create_task(self._writer.judge_again(), name="parked-batches"),
            group.create_task(self._rebirths.run(), name="rebirths"),
            group.create_task(self._control.run(), name="control"),
        ]

    async def _take_turns(self) -> None:
        """Lead while the lease is held, for ever."""
        while True:
            await self._follow()
            try:
                await self._load()
            except _LATER as error:
                _LOG.warning("cannot begin to lead yet: %r", error)
                await asyncio.sleep(RETRY_S)
                continue
            self._turn(leads=True)
            async with asyncio.TaskGroup() as group:
                tasks = self._start_leading(group)
                await self._lease.until(held=False)
                for task in tasks:
                    task.cancel()
            self._turn(leads=False)

    async def _follow(self) -> None:
        """Wait for the lease; meanwhile another process serves the pages that want news."""
        async with asyncio.TaskGroup() as group:
            news = group.create_task(tell_news(self._core), name="news")
            await self._lease.until(held=True)
            news.cancel()

    def _turn(self, *, leads: bool) -> None:
        self._roles.leads = leads
        self._link.lead(leads=leads)
        self._turned.set()

    def _start_leading(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start what only one process may do (W27)."""
        return [
            group.create_task(listen(self._acks, self._writer), name="relay"),
            group.create_task(self._writer.watch_silence(), name="silence-watch"),
            group.create_task(self._acks.publish_due(), name="acks"),
            group.create_task(self._acks.ask_for_gaps(), name="gap-watch"),
            group.create_task(self._commands.run(), name="command-timer"),
            group.create_task(self._wishes.run(), name="wish-copies"),
            group.create_task(self._digests.run(), name="digests"),
            group.create_task(
                self._core.outbox.consume("wishes", [fleet.WISHED], self._wishes.on_wished), name="wish-sender"
            ),
            group.create_task(
                self._core.outbox.consume("commands", [fleet.COMMAND_ASKED], self._commands.on_asked),
                name="command-sender",
            ),
            group.create_task(
                self._core.outbox.consume("ingest-tree", [fleet.APPLIED], self._on_tree), name="tree-watch"
            ),
        ]

    async def _load(self) -> None:
        """Read what the database knows, in place of what this process knew when it led before."""
        await fleet.load_liveness(self._liveness, anew=True)
        await self._acks.load()

    async def _run_link(self) -> None:
        """Connect once it is known in which role: a process that is alone connects once."""
        await self._lease.first_look()
        if self._lease.held:
            await self._turned.wait()
        await self._link.run(self._on_message, self._on_connected)

    async def _on_message(self, received: Received) -> None:
        if await self._control.put(received):
            return
        note = take_apart(received)
        if note is None:
            received.done()
        else:
            await self._writer.put(note, len(received.payload), received.done)

    async def _on_connected(self, epoch: int) -> None:
        if not self._link.leads:
            await self._after_connect()
            return
        self._liveness.core_connected()
        await self._acks.connected(epoch)
        self._rebirths.forget()
        await self._commands.send_waiting()
        await self._wishes.publish_all()
        await fleet.sweep_removed(self._publish_retained)
        await self._after_connect()

    async def _on_tree(self, events: Sequence[DomainEvent]) -> AfterCommit:
        del events

        async def reload() -> None:
            before = set(self._liveness.stations())
            await fleet.load_liveness(self._liveness)
            now = set(self._liveness.stations())
            added = now - before
            if before - now:
                self._acks.keep_only(now)
                await fleet.sweep_removed(self._publish_retained)
            for station in added:
                self._rebirths.ask(station, SOON_S if len(added) <= AT_ONCE else SPREAD_S)
            self._core.hub.publish("tree", {"added": sorted(added)})

        return reload

    async def _ask_birth(self, station: str, within_s: float) -> None:
        rebirth = Rebirth(at=self._core.now(), within_s=within_s)
        try:
            await self._link.publish(topics.station_topic(station, "rebirth"), rebirth.to_bytes())
        except LinkDownError as error:
            _LOG.debug("rebirth of %s is not asked: %s", station, error)

    async def _publish_retained(self, topic: str, payload: bytes) -> None:
        await self._link.publish(topic, payload, retain=True)

    async def _publish(self, topic: str, payload: bytes, retain: bool) -> None:  # noqa: FBT001 - MQTT's own flag
        await self._link.publish(topic, payload, retain=retain)


def _suit_interpreter() -> None:
    """Suit the interpreter to a process that makes hundreds of thousands of short-lived objects a second.

    They die by their reference counts. The collector of cycles, at its default, would look at each of them twice or
    more while it waits for its commit; and a thread that wants Python's lock would wait 5 ms for it at every statement.
    """
    gc.freeze()
    gc.set_threshold(GC_YOUNG, *GC_OLDER)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
