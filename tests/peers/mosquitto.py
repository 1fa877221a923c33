"""A real mosquitto for one test: its own folder and port, stopped, killed and started again at will."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.broker import find_mosquitto
from tests.waiting import free_port, until

_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_inflight_messages 100
max_queued_messages 10000
max_packet_size 1048576
set_tcp_nodelay true
log_type error
"""


@dataclass
class Mosquitto:
    """One broker; `url` stays the same over restarts."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it listens."""
        program = find_mosquitto()
        if program is None:
            raise FileNotFoundError("mosquitto is not installed: apt-get install mosquitto")
        config = self.folder / "mosquitto.conf"
        config.write_text(_CONFIG.format(port=self.port, folder=self.folder), encoding="utf-8")
        self.process = subprocess.Popen(  # noqa: ASYNC220 - it must outlive the loop's child watcher
            [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await until(self.listens, "mosquitto listens")

    async def listens(self) -> bool:
        """Return whether it accepts connections."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@asynccontextmanager
async def running_mosquitto(folder: Path) -> AsyncIterator[Mosquitto]:
    """Yield a broker that ends with the body."""
    folder.mkdir(parents=True, exist_ok=True)
    broker = Mosquitto(folder)
    try:
        await broker.start()
        yield broker
    finally:
        broker.kill()
