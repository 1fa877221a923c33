"""The broker that comes with the core: a supervised mosquitto when it is installed, else rumqttd from PyPI `iotcore`.

It listens on the loopback address only. Nothing depends on its memory: watermarks, epochs and databases carry the
truth, so a broker that was killed is simply started again.
"""

import asyncio
import contextlib
import getpass
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from provisioning.errors import BrokerError

Kind = Literal["mosquitto", "rumqttd"]

_LOG = logging.getLogger(__name__)

#: Where Debian puts daemons that are not on a user's PATH.
_SBIN: Final = "/usr/sbin:/usr/local/sbin"
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 3.0
#: Pause before a broker that died is started again; doubled up to the maximum while it keeps dying.
RESTART_MIN_S: Final = 0.2
RESTART_MAX_S: Final = 10.0

_MOSQUITTO: Final = """\
user {user}
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 60
max_inflight_messages 100
max_queued_messages 10000
max_packet_size 1048576
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
"""

_RUMQTTD: Final = """\
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
    [v5.1.connections]
    connection_timeout_ms = 5000
    max_payload_size = 1048576
    max_inflight_count = 500
    dynamic_filters = true
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running embedded broker; `label` is what the console says about it."""

    url: str
    kind: Kind

    @property
    def label(self) -> str:
        """Return the broker's name for people."""
        return "内置 mosquitto" if self.kind == "mosquitto" else "内置 rumqttd（仅供演示：无访问控制，重载时较慢）"


def find_mosquitto() -> str | None:
    """Return the path of an installed mosquitto."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_SBIN)


@asynccontextmanager
async def embedded_broker(folder: Path, port: int, kind: Kind | None = None) -> AsyncIterator[Broker]:
    """Run a broker on 127.0.0.1:`port` for the body; restarted whenever it dies; its files are in `folder`."""
    chosen = kind or ("mosquitto" if find_mosquitto() else "rumqttd")
    if await answers(port):
        raise BrokerError(f"port {port} on 127.0.0.1 is taken; stop what uses it or choose another port")
    command = _prepare(chosen, folder, port)
    ready = asyncio.Event()
    keeper = asyncio.create_task(_keep(command, port, ready.set), name="embedded-broker")
    try:
        await _until_ready(ready, keeper)
        yield Broker(f"mqtt://127.0.0.1:{port}", chosen)
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


def _prepare(kind: Kind, folder: Path, port: int) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "mosquitto":
        program = find_mosquitto()
        if program is None:
            raise BrokerError("mosquitto is not installed: apt-get install mosquitto, or use another broker URL")
        config = folder / "mosquitto.conf"
        config.write_text(
            _MOSQUITTO.format(port=port, folder=folder.absolute(), user=getpass.getuser()), encoding="utf-8"
        )
        return [*die_with_parent(), program, "-c", str(config)]
    config = folder / "rumqttd.toml"
    config.write_text(_RUMQTTD.format(port=port), encoding="utf-8")
    return [*die_with_parent(), sys.executable, "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL"]


def die_with_parent() -> list[str]:
    """Return the prefix that ends the broker with this process, even when it is killed (util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


async def _until_ready(ready: asyncio.Event, keeper: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(ready.wait(), name="embedded-broker-ready")
    try:
        await asyncio.wait({waiting, keeper}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if not ready.is_set():
        raise BrokerError(f"the embedded broker did not answer within {START_TIMEOUT_S:g} s; its log is above")


async def _keep(command: Sequence[str], port: int, on_ready: Callable[[], None]) -> None:
    pause_s = RESTART_MIN_S
    while True:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            if await wait_for_port(process, port):
                on_ready()
                pause_s = RESTART_MIN_S
            code = await process.wait()
            _LOG.warning("the embedded broker ended with code %s; starting it again in %.1f s", code, pause_s)
        finally:
            await stop_process(process)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, RESTART_MAX_S)


async def wait_for_port(process: asyncio.subprocess.Process, port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a process that has just been started listens in time; False also when it ended."""
    deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        if await answers(port, host):
            return True
        await asyncio.sleep(0.02)
    return False


async def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def stop_process(process: asyncio.subprocess.Process) -> None:
    """End a process: asked first, then killed."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
