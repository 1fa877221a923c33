"""The core as a process: listens, waits for a signal, stops cleanly within seconds."""

import asyncio
import gc
import json
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from aiohttp import web

from cloud.app import build_app
from cloud.platform.keys import BROKER_URL
from cloud.platform.settings import Role, Settings
from cloud.web.guests import KEEPALIVE_S, Guests

#: Open pages are given this long to end when the process stops.
SHUTDOWN_S: Final = 0.5

#: Given the address of the broker.
Beside = Callable[[str], AbstractAsyncContextManager[None]]

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def _nobody(mqtt_url: str) -> AsyncIterator[None]:
    """Run nothing beside."""
    del mqtt_url
    yield


async def serve(settings: Settings, roles: Sequence[Role], stop: asyncio.Event, beside: Beside = _nobody) -> None:
    """Run until SIGTERM, SIGINT or `stop`; where it listens is in `data_dir`/http.json.

    `beside` runs what needs the broker's address, as long as this runs.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = build_app(settings, roles)
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_S, access_log=None, keepalive_timeout=KEEPALIVE_S)
    await runner.setup()
    settle_heap()
    try:
        if "web" in roles:
            await _listen(runner, settings)
        async with beside(app[BROKER_URL]), _watched(runner):
            await stop.wait()
            _LOG.info("stopping")
    finally:
        await runner.cleanup()


def settle_heap() -> None:
    """Have the collector of cycles leave alone what is loaded by now: it stays, and is most of what there is."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _watched(runner: web.AppRunner) -> AsyncIterator[None]:
    """Close connections that send nothing, as long as the body runs."""
    if runner.server is None:
        raise RuntimeError("the runner is set up before it is watched")
    watch = asyncio.create_task(Guests().watch(runner.server), name="guests")
    try:
        yield
    finally:
        watch.cancel()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.http_host, settings.http_port)
    await site.start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "http.json").write_text(json.dumps({"url": url, "port": port}) + "\n", "utf-8")
    _LOG.info("listening on %s", url)
