"""One application with roles: web, ingest, worker; everything it opens it closes, in reverse order.

Start it with `aiohttp.web.AppRunner` (see cloud/cli.py) or a test server; setup and cleanup happen in one task.
"""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import web

from cloud.emergency import service as emergency
from cloud.fairs import service as fairs
from cloud.fleet import service as fleet
from cloud.identity.guard import identify
from cloud.ingest.client import Link, Received
from cloud.ingest.run import Ingest
from cloud.jobs import service as jobs
from cloud.kpi import service as kpi
from cloud.ledgers import service as ledgers
from cloud.legal import service as legal
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.database import FAILURES, open_database
from cloud.platform.errors import CloudError, LinkDownError
from cloud.platform.http import MAX_BODY_BYTES, answer_problems, observe
from cloud.platform.keys import BROKER_ANSWERS, BROKER_URL, CORE, LIVENESS
from cloud.platform.keystore import keep_keys, open_keyring
from cloud.platform.lease import Lease
from cloud.platform.metrics import Metrics
from cloud.platform.news import News
from cloud.platform.notify.hub import Hub
from cloud.platform.notify.providers import open_channels
from cloud.platform.notify.worker import Worker
from cloud.platform.outbox import Outbox
from cloud.platform.rotation import seal_plain
from cloud.platform.scheduler import Scheduler
from cloud.platform.settings import ROLES, Role, Settings, load_secret
from cloud.policies import service as policies
from cloud.schedule import JOBS
from cloud.service import queue
from cloud.web.errors import answer_pages
from cloud.web.limits import Limits, limited, read_in_time
from cloud.web.routes import add_routes
from cloud.web.shell import set_up_shell
from provisioning.broker import embedded_broker
from provisioning.clock import open_clock

#: A page may come back to another process than the one that gave it the number of its last news.
_IDS_PER_MS: Final = 100_000
#: How long the goodbye may take when the process ends.
GOODBYE_TIMEOUT_S: Final = 2.0

#: What a regular job may meet without ending the process.
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)

_LOG = logging.getLogger(__name__)


def build_app(settings: Settings, roles: Sequence[Role] = ROLES) -> web.Application:
    """Return the application; its resources are opened at startup."""
    app = web.Application(middlewares=[observe, answer_problems, identify], client_max_size=MAX_BODY_BYTES)
    app[LIVENESS] = fleet.Liveness()

    async def resources(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            core, link = await _open(settings, stack, ingest="ingest" in roles)
            app[CORE] = core
            app[BROKER_ANSWERS], app[BROKER_URL] = link.connected, link.url
            messages = await _messages(core, stack) if "worker" in roles else None
            async with asyncio.TaskGroup() as group:
                leads = Lease(core, "scheduler") if "worker" in roles else None
                tasks = await _start(app, core, link, group, roles)
                if leads is not None:
                    tasks.append(group.create_task(leads.run(), name="scheduler-lease"))
                    tasks.append(group.create_task(Scheduler(core, JOBS, leads).run(), name="scheduler"))
                if messages is not None:
                    tasks.append(group.create_task(messages.run(), name="messages"))
                yield
                await _say_goodbye(link)
                for task in tasks:
                    task.cancel()
            for lease in filter(None, (link.lease, leads)):
                await _give_back(lease)

    app.cleanup_ctx.append(resources)
    if "web" in roles:
        # Before the caller is looked up: that needs the database, which may be away.
        app.middlewares[2:2] = [answer_pages, limited(Limits(settings))]
        app.middlewares.append(read_in_time)
        set_up_shell(app)
        add_routes(app)
    return app


async def _open(settings: Settings, stack: AsyncExitStack, *, ingest: bool) -> tuple[Core, Link]:
    clock = await stack.enter_async_context(open_clock(settings.clock))
    url, label = settings.mqtt_url, settings.mqtt_url
    if url == "embedded":
        folder = settings.data_dir / "broker"
        port = settings.embedded_mqtt_port or _free_port()
        broker = await stack.enter_async_context(embedded_broker(folder, port))
        url, label = broker.url, broker.label
    database = await stack.enter_async_context(open_database(settings.database))
    secret = load_secret(settings.secret_path)
    core = Core(
        settings=settings,
        secret=secret,
        clock=clock,
        database=database,
        outbox=Outbox(),
        hub=Hub(first_id=int(clock.now().timestamp() * 1000) * _IDS_PER_MS),
        metrics=Metrics(),
        keyring=await open_keyring(secret, clock.now()),
        broker_label=label,
    )
    await seal_plain(core)
    lease = Lease(core, "presence") if ingest else None
    return core, Link(core, url, lease)


async def _messages(core: Core, stack: AsyncExitStack) -> Worker:
    """Return what delivers messages; it asks `people` where they are reached."""
    channels = await stack.enter_async_context(open_channels(core))
    return Worker(core, people.PersonContacts(core), {**channels, "call": fleet.CallChannel(core)})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _start(
    app: web.Application, core: Core, link: Link, group: asyncio.TaskGroup, roles: Sequence[Role]
) -> list[asyncio.Task[None]]:
    """Start the tasks of the roles and return them."""

    async def publish(topic: str, payload: bytes) -> None:
        await link.publish(topic, payload, retain=True)

    walls = jobs.Walls(core, publish, [fairs.wall_source(core), policies.wall_source(core), ledgers.wall_source(core)])
    boards = queue.Boards(core, publish)
    notices = emergency.Boards(core, publish)
    faces = people.Galleries(core, publish)

    async def publish_all() -> None:
        await notices.publish_all()  # first: somebody may be waiting for it
        await walls.publish_all()
        await boards.publish_all()
        await faces.publish_all()

    after_connect = publish_all if "worker" in roles else _nothing
    if "web" in roles:
        await legal.remember_texts(core)
    tasks = [group.create_task(keep_keys(core.keyring, core.secret), name="keys")]
    if core.database.dialect == "postgres":
        news = News(core)
        tasks.append(group.create_task(news.send(), name="news-sender"))
        tasks.append(group.create_task(news.listen(), name="news-listener"))
    if "worker" in roles:
        topics = [jobs.PUBLISHED, jobs.CLOSED, fleet.APPLIED, fairs.CHANGED, policies.CHANGED, ledgers.CHANGED]
        tasks.append(group.create_task(core.outbox.consume("walls", topics, walls.on_posts_changed), name="walls"))
        raised = core.outbox.consume("emergency", [emergency.CHANGED], notices.on_changed)
        tasks.append(group.create_task(raised, name="emergency"))
        tasks.append(group.create_task(_every(core, emergency.REFRESH_S, notices.refresh), name="emergency-refresh"))
        tasks.append(
            group.create_task(core.outbox.consume("boards", [queue.CHANGED], boards.on_changed), name="boards")
        )
        tasks.append(group.create_task(_every(core, queue.REFRESH_S, boards.refresh), name="board-refresh"))
        tasks.append(
            group.create_task(core.outbox.consume("faces", [people.FACES_CHANGED], faces.on_changed), name="faces")
        )
        follow = functools.partial(people.follow, core)
        tasks.append(group.create_task(core.outbox.consume("erasures", [people.ERASED], follow), name="erasures"))
        tasks.append(group.create_task(_every(core, jobs.REFRESH_S, walls.refresh), name="wall-refresh"))
        tasks.append(group.create_task(kpi.keep_verdicts(core), name="opening-verdicts"))
    if link.lease is not None:
        tasks += Ingest(core, app[LIVENESS], link, link.lease, after_connect).start(group)
    else:
        tasks.append(group.create_task(link.run(_ignore, lambda _: after_connect()), name="broker-link"))
    return tasks


async def _nothing() -> None:
    """Do nothing after a connect: this process has no walls."""


async def _ignore(received: Received) -> None:
    """Drop what comes: this process subscribes to nothing."""
    del received


async def _every(core: Core, interval_s: float, job: Callable[[], Awaitable[None]]) -> None:
    """Do a job at once and then every `interval_s` of wall time; the next time makes a failure good."""
    async with contextlib.aclosing(core.clock.ticks(interval_s)) as ticks:
        async for _ in ticks:
            try:
                await job()
            except _LATER as error:
                _LOG.warning("a regular job failed and is tried again: %r", error)


async def _say_goodbye(link: Link) -> None:
    try:
        async with asyncio.timeout(GOODBYE_TIMEOUT_S):
            await link.say_goodbye()
    except (LinkDownError, TimeoutError) as error:
        _LOG.warning("the stations were not told that the core stops: %r", error)


async def _give_back(lease: Lease) -> None:
    """Let another process lead at once; without it, it finds out by itself."""
    try:
        await lease.release()
    except _LATER as error:
        _LOG.warning("the lease is not given back: %r", error)
