"""A real MQTT broker per test: mosquitto on a free loopback port, known by its process id."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import free_port, until

_PATHS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 100
max_queued_messages 100000
max_packet_size 1048576
set_tcp_nodelay true
log_dest stderr
log_type error
"""


@dataclass
class Broker:
    """One mosquitto; it can be killed and started again on the same port."""

    folder: Path
    program: str
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its MQTT URL."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it accepts connections."""
        config = self.folder / "mosquitto.conf"
        config.write_text(_CONFIG.format(port=self.port))
        self.process = await asyncio.create_subprocess_exec(self.program, "-c", str(config))
        await until(self._accepts, "mosquitto accepts connections")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


@asynccontextmanager
async def mosquitto(folder: Path, port: int = 0) -> AsyncIterator[Broker]:
    """Yield a running broker, port 0: any; without the program the test is skipped, in CI it fails."""
    program = shutil.which("mosquitto", path=_PATHS)
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is not installed: apt-get install mosquitto")
        pytest.skip("mosquitto is not installed")
    broker = Broker(folder, program, port or free_port())
    await broker.start()
    try:
        yield broker
    finally:
        await broker.kill()
