"""More processes that store events, beside the one that serves: `yizhan cloud run --workers N` (W27).

They end with the process that started them, however that one ends: their standard input is a pipe from it.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import cloud
from cloud.platform.logs import set_up_logging
from cloud.platform.settings import PREFIX, Settings, load_settings
from cloud.serve import serve

#: Processes that store events, the first one among them; beyond it the database is what is slow.
MAX_WORKERS: Final = 16
#: One that ended is started again after this, then twice as long each time, up to the maximum.
RESTART_MIN_S: Final = 0.5
RESTART_MAX_S: Final = 30.0
STEADY_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def more_workers(count: int, settings: Settings, mqtt_url: str) -> AsyncIterator[None]:
    """Keep `count` more processes alive for the body; they use the broker at `mqtt_url`."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_keep_alive(number, _environment(settings, mqtt_url)), name=f"worker-{number}")
            for number in range(2, count + 2)
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _keep_alive(number: int, environment: dict[str, str]) -> None:
    pause_s, loop = RESTART_MIN_S, asyncio.get_running_loop()
    while True:
        started = loop.time()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cloud.workers", stdin=asyncio.subprocess.PIPE, env=environment,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = await process.wait()
        finally:
            await _end(process)
        if loop.time() - started > STEADY_S:
            pause_s = RESTART_MIN_S
        _LOG.warning("process %d of those that store events ended with %d and is started again", number, code)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, RESTART_MAX_S)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let a process end by itself, or else end it."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is not None:
        return
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment(settings: Settings, mqtt_url: str) -> dict[str, str]:
    """Return the environment that gives another process the same settings, wherever they came from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    values = {name: value for name, value in settings.model_dump(mode="json").items() if value is not None}
    own = {f"{PREFIX}{name.upper()}": str(value) for name, value in {**values, "mqtt_url": mqtt_url}.items()}
    path = os.pathsep.join((str(Path(cloud.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])))
    return {**kept, **own, "PYTHONPATH": path}


async def _work(settings: Settings) -> None:
    """Store events until the process that started this one closes the pipe or ends."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def read() -> None:
        if not os.read(0, 1):
            loop.remove_reader(0)
            ended.set()

    loop.add_reader(0, read)
    await serve(settings, ["ingest"], ended)


def main() -> int:
    """Be one of the processes that `more_workers` starts."""
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format)
    asyncio.run(_work(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
