"""Other products in environments of their own, so that a table can show them beside ours in the same run.

Each is installed once, at a pinned version, below `artefacts/peers/`; one that cannot be is a row that says why.
"""

import asyncio
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PLACE: Final = ROOT / "artefacts" / "peers"
RIVALS: Final = Path(__file__).parent / "rivals"
INSTALL_TIMEOUT_S: Final = 600.0
RUN_TIMEOUT_S: Final = 180.0
#: A child is killed after a random time of this range, counted from its first event.
KILL_AFTER_S: Final = (0.4, 1.2)


class NotRun(Exception):  # noqa: N818 - it is a row, not an error
    """A peer cannot be shown; the text says why."""


@dataclass(frozen=True)
class Peer:
    """One product: what to install, and the script that drives it."""

    name: str
    requirements: tuple[str, ...]
    script: str

    async def command(self) -> list[str]:
        """Return the words that run its script, installing it if need be."""
        return [str(await _interpreter(self)), str(RIVALS / self.script)]


THINGSBOARD: Final = Peer("ThingsBoard gateway 3.8.5", ("thingsboard-gateway==3.8.5",), "thingsboard.py")
#: The last release that runs on Python 3.11, with the requirements of its recorder.
HOME_ASSISTANT: Final = Peer(
    "Home Assistant 2024.3.3",
    ("homeassistant==2024.3.3", "SQLAlchemy==2.0.27", "fnv-hash-fast==0.5.0", "psutil-home-assistant==0.0.1"),
    "home_assistant.py",
)
OURS: Final = (sys.executable, "-m", "tests.bench.rivals.own")


async def _interpreter(peer: Peer) -> Path:
    folder = PLACE / peer.requirements[0].replace("==", "-")
    python = folder / "bin" / "python"
    if (folder / "installed").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    sys.stderr.write(f"installing {peer.name} into {folder.relative_to(ROOT)}\n")
    await _run([sys.executable, "-m", "venv", str(folder)], INSTALL_TIMEOUT_S)
    await _run([str(python), "-m", "pip", "install", "--quiet", *peer.requirements], INSTALL_TIMEOUT_S)
    (folder / "installed").touch()
    return python


async def ask(command: Sequence[str], *words: str) -> Any:
    """Return the JSON that a script prints; NotRun if it fails."""
    return json.loads(await _run([*command, *words], RUN_TIMEOUT_S))


async def _run(words: Sequence[str], timeout_s: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT
        )
    except OSError as error:
        raise NotRun(str(error)) from error
    try:
        said, problem = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise NotRun(f"no end after {timeout_s:g} s") from error
    if process.returncode:
        lines = problem.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise NotRun(lines[-1][:120])
    return said.decode().strip().splitlines()[-1] if said.strip() else ""


@dataclass
class Losses:
    """What came of the events of several runs that were killed."""

    kills: int = 0
    taken: int = 0
    lost: int = 0

    def words(self) -> str:
        """Return it as a cell of a table."""
        return f"{self.lost:,} of {self.taken:,} ({self.kills} kills)"


async def kill_and_count(command: Sequence[str], kills: int) -> Losses:
    """Kill -9 a script that puts events, and count what of the taken ones is there afterwards (F1)."""
    losses = Losses()
    for _ in range(kills):
        with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
            taken = await _put_and_kill([*command, "put", folder])
            found = int(await _run([*command, "count", folder], RUN_TIMEOUT_S))
        losses.kills += 1
        losses.taken += taken
        losses.lost += max(0, taken - found)
    return losses


async def _put_and_kill(words: Sequence[str]) -> int:
    """Return how many events the script said it had taken."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT, env=dict(os.environ)
    )
    assert process.stdout is not None
    try:
        first = await asyncio.wait_for(process.stdout.readline(), RUN_TIMEOUT_S)
        reading = asyncio.create_task(process.stdout.read())
        await asyncio.sleep(random.uniform(*KILL_AFTER_S))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    lines = (first + await reading).rpartition(b"\n")[0].split(b"\n")
    await process.wait()
    if not lines[-1].isdigit():
        raise NotRun("it took no event")
    return int(lines[-1])
