"""A Chromium in kiosk mode as a child of the agent: started for one page, ended with everything that it started."""

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from devices.renderer.errors import NotThere

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
#: The first start on a slow machine, with its profile being made.
START_TIMEOUT_S: Final = 30.0
#: How long it may take to go before it is killed; it holds nothing of ours.
STOP_TIMEOUT_S: Final = 2.0
_POLL_S: Final = 0.1
#: Where Chromium writes the port that it chose for its DevTools, below its profile.
_PORT_FILE: Final = "DevToolsActivePort"

_FLAGS: Final = (
    "--kiosk", "--noerrdialogs", "--disable-session-crashed-bubble", "--autoplay-policy=no-user-gesture-required",
    "--disable-pinch", "--overscroll-history-navigation=0", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
    "--disable-features=Translate", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
    "--hide-scrollbars", "--password-store=basic", "--disk-cache-size=16777216",
    # 0: a free one, on the loopback address only; nobody else's page can speak to it without knowing it.
    "--remote-debugging-port=0",
)  # fmt: skip


def command_line(program: str, url: str, profile: Path, options: Sequence[str] = (), *, root: bool) -> list[str]:
    """Return what to run; Chromium does not start as root with its sandbox."""
    return [program, *_FLAGS, *(["--no-sandbox"] if root else []), *options, f"--user-data-dir={profile}", url]


@asynccontextmanager
async def running(url: str, profile: Path, options: Sequence[str] = ()) -> AsyncIterator[tuple[Process, int]]:
    """Yield a browser that shows a page, and the port of its DevTools; NotThere if it does not start.

    It is killed at the end, stopped or not, with all its processes.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise NotThere(f"none of {', '.join(PROGRAMS)} is installed")
    port_file = _cleared(profile)
    words = command_line(program, url, profile, options, root=os.geteuid() == 0)
    process = await asyncio.create_subprocess_exec(
        *words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
    )
    try:
        yield process, await _port(process, port_file)
    finally:
        await asyncio.shield(_end(process))


def _cleared(profile: Path) -> Path:
    """Make a profile fit for a start; returns where the port will stand."""
    profile.mkdir(parents=True, exist_ok=True)
    port_file = profile / _PORT_FILE
    port_file.unlink(missing_ok=True)
    # A lock of a run that was killed would have the new browser hand its page to nobody.
    for lock in profile.glob("Singleton*"):
        lock.unlink(missing_ok=True)
    return port_file


def _port_in(file: Path) -> int | None:
    words = file.read_text().split() if file.exists() else []
    return int(words[0]) if words else None


async def _port(process: Process, file: Path) -> int:
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                if process.returncode is not None:
                    raise NotThere(f"the browser ended at once with {process.returncode}")
                port = _port_in(file)
                if port is not None:
                    return port
                await asyncio.sleep(_POLL_S)
    except (TimeoutError, ValueError) as error:
        raise NotThere(f"the browser did not start within {START_TIMEOUT_S:g} s") from error


async def _end(process: Process) -> None:
    """End the browser's whole process group; one that was stopped cannot heed anything but the kill."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
