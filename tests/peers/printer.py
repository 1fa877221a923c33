"""CUPS' `ippeveprinter` as a process, with a message bus and an mDNS responder of its own: a real IPP printer.

It will not start without DNS-SD; both helpers listen on a private socket and on the loopback interface only.
"""

import asyncio
import contextlib
import os
import shutil
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.waiting import free_port, until

PROGRAMS = ("ippeveprinter", "avahi-daemon", "dbus-daemon")
#: Debian keeps the daemons where a user's PATH does not look.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
AVAHI = """[server]
host-name=venuebox
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
disallow-other-stacks=no
[publish]
publish-workstation=no
[reflector]
[rlimits]
"""
FORMATS = "application/pdf,image/pwg-raster,image/jpeg,text/plain"


@dataclass(frozen=True)
class OfficePeer:
    """A running printer: its address, where its pages are, where what it printed lies."""

    address: str
    url: str
    spool: Path

    def papers(self) -> list[Path]:
        """Return what was printed; beside it the printer keeps a folder of its own."""
        return sorted(self.spool.glob("*.pdf"))

    async def media(self, level: int) -> None:
        """Set the sheets in the main tray, on the printer's own page: 0, or 250 of 250."""
        wish = f"size1=iso_a4_210x297mm&type1=stationery&level1={level}&size3=&type3=&level3=-2"
        await self._page(f"/media?{wish}")

    async def toner(self, percent: int) -> None:
        """Set the black toner; the waste bin stays a quarter full."""
        await self._page(f"/supplies?supply0=25&supply1={percent}")

    async def _page(self, path: str) -> None:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as response:
            assert response.status == 200


@asynccontextmanager
async def office_printer(folder: Path, *, command: str = "/bin/true") -> AsyncIterator[OfficePeer]:
    """Yield a running printer; without its programs the test is skipped, in CI it fails."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if missing:
        text = f"{', '.join(missing)} not installed (packages cups-ipp-utils, avahi-daemon, dbus)"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    # A socket's path has a bound that pytest's folders exceed.
    bus, spool, port = Path(f"/tmp/yz-bus-{free_port()}"), folder / "spool", free_port()  # noqa: S108
    spool.mkdir()
    (folder / "avahi.conf").write_text(AVAHI)
    environment = {**os.environ, "PATH": PATH, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
    async with AsyncExitStack() as stack:
        stack.callback(bus.unlink, missing_ok=True)
        await _started(stack, folder, environment, "dbus-daemon", "--system", "--nofork", "--nopidfile",
                       f"--address=unix:path={bus}")  # fmt: skip
        await until(bus.exists, "the message bus listens")
        await _started(stack, folder, environment, "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits",
                       "--no-proc-title", "-f", str(folder / "avahi.conf"))  # fmt: skip
        printer = ("ippeveprinter", "-v", "-p", str(port), "-n", "localhost", "-f", FORMATS, "-d", str(spool), "-k",
                   "-c", command, "VenueA4")  # fmt: skip
        await _printing(stack, folder, environment, printer, port)
        yield OfficePeer(f"ipp://localhost:{port}/ipp/print", f"http://localhost:{port}", spool)


async def _printing(
    stack: AsyncExitStack, folder: Path, environment: Mapping[str, str], words: tuple[str, ...], port: int
) -> None:
    """Start the printer; it gives up while the responder is not ready yet, and is started again then."""
    for _ in range(20):
        process = await _started(stack, folder, environment, *words)
        for _ in range(20):
            if process.returncode is not None:
                break
            if await _connects(port):
                return
            await asyncio.sleep(0.05)
    log = (folder / "ippeveprinter.log").read_text(errors="replace")[-500:]
    raise AssertionError(f"ippeveprinter does not listen: {log}")


async def _started(stack: AsyncExitStack, folder: Path, environment: Mapping[str, str], *words: str) -> Process:
    with (folder / f"{words[0]}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *words, env=environment, stdin=DEVNULL, stdout=log, stderr=STDOUT
        )
    stack.push_async_callback(_ended, process)
    return process


async def _ended(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(3):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("localhost", port)
    except OSError:
        return False
    writer.close()
    return True
