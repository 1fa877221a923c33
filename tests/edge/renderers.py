"""A station with a wall whose Chromium the agent runs itself, and hands that break it."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.renderer.devtools import attached
from edge.agent import Agent, AgentConfig, open_agent
from edge.supervisor import SlotStatus
from edge.uplink import parse_broker_url
from tests.edge.stations import STATION, WALL, data_of, manifest, signed, site
from tests.waiting import free_port

#: A page in front of everything, as a driver of a graphics card that has died would leave it.
BLACK = """document.body.insertAdjacentHTML("beforeend", '<div id="dark"></div>');
Object.assign(document.getElementById("dark").style,
  {position: "fixed", inset: 0, zIndex: 2147483647, background: "#000"});"""
#: The page goes on beating and paints nothing that is new.
DEAF = "window.paint = () => {}"


@dataclass
class Rendered:
    """A running agent with one wall."""

    agent: Agent
    folder: Path
    rev: int = 0

    @property
    def status(self) -> SlotStatus:
        """What the supervisor knows of the wall."""
        return self.agent.supervisor.slots["wall"].status

    @property
    def live(self) -> dict[str, object]:
        """The wall's live values."""
        return dict(self.agent.live.values("wall"))

    async def show(self) -> None:
        """Have the wall show something new."""
        self.rev += 1
        content = manifest(self.rev, *(f"岗位{self.rev}-{number}" for number in range(7)))
        await self.agent.contents.take("wall", signed(content), self.agent.recorder)

    async def evaluate(self, expression: str) -> None:
        """Run an expression in the page."""
        async with attached(self.port) as page:
            await page.evaluate(f"{{ {expression} }}")

    @property
    def port(self) -> int:
        """The port of the browser's DevTools."""
        return int((self.folder / "slots" / "wall" / "chromium" / "DevToolsActivePort").read_text().split()[0])

    def freeze(self) -> None:
        """Stop every process that paints (SIGSTOP)."""
        for process in painters(self.folder):
            os.kill(process, signal.SIGSTOP)

    async def proofs(self) -> list[tuple[object, object, object]]:
        """Return (level, by, revision) of what was stored."""
        rows = await self.agent.outbox.drain("evidence", 0, 5_000)
        found = [data_of(row.text) for row in rows]
        return [(one["level"], one["by"], one["rev"]) for one in found if "level" in one]

    async def changes(self) -> list[tuple[object, object, object]]:
        """Return (health, cause, fault) of every change of the wall's health."""
        rows = await self.agent.outbox.drain("ops", 0, 5_000)
        found = [data_of(row.text) for row in rows if "slot.changed" in row.text]
        return [(one["health"], one["cause"], one.get("fault", "")) for one in found]


def painters(folder: Path) -> list[int]:
    """Return the renderer processes of the browser whose profile lies in a state folder."""
    own = {int(entry.name): _words(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    browsers = [pid for pid, words in own.items() if f"--user-data-dir={folder}/slots/wall/chromium" in words]
    groups = {os.getpgid(pid) for pid in browsers}
    return [pid for pid, words in own.items() if "--type=renderer" in words and _group(pid) in groups]


def _words(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").split()
    except OSError:
        return []


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


@asynccontextmanager
async def rendered(folder: Path, options: str = "") -> AsyncIterator[Rendered]:
    """Yield an agent that runs a browser without a display."""
    if shutil.which("chromium") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("chromium is not installed")
    address = f"page:?renderer=chromium&headless=yes&size=1280x720{options}"
    slots = WALL.replace('address = "page:"', f'address = "{address}"')
    config = AgentConfig(site(slots), STATION, folder, parse_broker_url(f"mqtt://127.0.0.1:{free_port()}"))
    async with open_agent(config) as agent:
        running = asyncio.create_task(agent.run())
        wall = Rendered(agent, folder)
        await wall.show()
        try:
            yield wall
        finally:
            agent.stop()
            await running
