"""A real NUT server for tests: `upsd` with `dummy-ups`, whose UPS is a file that the test writes."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.waiting import free_port, until

FOLDER: Final = Path("/lib/nut")
USER: Final = "mon"
PASSWORD: Final = "monpw"  # noqa: S105 - of the peer
#: What a venue's UPS says on a quiet day.
QUIET: Final[Mapping[str, str]] = {
    "ups.mfr": "SANTAK", "ups.model": "C1K", "battery.charge": "100", "battery.runtime": "2400",
    "input.voltage": "228.0", "output.voltage": "220.0", "ups.load": "23",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VenueUps:
    """The UPS `venueups` of a running server."""

    port: int
    device: Path

    @property
    def address(self) -> str:
        """Where a driver finds it."""
        return f"tcp://127.0.0.1:{self.port}?ups=venueups"

    def say(self, status: str, **more: str) -> None:
        """Have the UPS say a status and other variables (`battery_charge`)."""
        values = {**QUIET, **{name.replace("_", "."): value for name, value in more.items()}}
        # Last: dummy-ups hands over one variable after the other.
        values["ups.status"] = status
        fresh = self.device.with_suffix(".new")
        fresh.write_text("".join(f"{name}: {value}\n" for name, value in values.items()))
        fresh.replace(self.device)

    async def turns(self, status: str, **more: str) -> None:
        """Have the UPS say a status, and wait until the server says it too."""
        self.say(status, **more)
        await until(lambda: _says(self.port, status), f"upsd says {status}")


@asynccontextmanager
async def nut(folder: Path) -> AsyncIterator[VenueUps]:
    """Yield the UPS of a running server; without NUT the test is skipped, in CI it fails."""
    if not (FOLDER / "upsd").exists() or not (FOLDER / "dummy-ups").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("NUT is not installed: apt-get install nut-server")
        pytest.skip("NUT is not installed: apt-get install nut-server")
    ups = VenueUps(free_port(), folder / "venue.dev")
    _configure(folder, ups)
    ups.say("OL")
    paths = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH")
    places = dict(zip(paths, (folder, folder / "state", folder / "state", folder / "state"), strict=True))
    env = {**os.environ, **{name: str(place) for name, place in places.items()}}
    processes = []
    try:
        user = ("-u", "root") if os.getuid() == 0 else ()
        for program in (("dummy-ups", "-F", *user, "-a", "venueups"), ("upsd", "-F", *user)):
            processes.append(
                await asyncio.create_subprocess_exec(
                    str(FOLDER / program[0]), *program[1:], env=env, cwd=folder,
                    stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
                )
            )  # fmt: skip
            if program[0] == "dummy-ups":
                await until((folder / "state" / "dummy-ups-venueups").exists, "dummy-ups runs")
        await until(lambda: _says(ups.port, "OL"), "upsd serves the UPS")
        yield ups
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _configure(folder: Path, ups: VenueUps) -> None:
    (folder / "state").mkdir()
    (folder / "ups.conf").write_text(
        "maxretry = 3\npollinterval = 1\n[venueups]\n"
        f'  driver = dummy-ups\n  port = {ups.device}\n  mode = dummy-once\n  desc = "venue UPS"\n'
    )
    (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {ups.port}\nSTATEPATH {folder}/state\n")
    users = folder / "upsd.users"
    users.write_text(f"[{USER}]\n  password = {PASSWORD}\n  upsmon primary\n")
    for path in (folder / "upsd.conf", users):
        path.chmod(0o640)


async def _says(port: int, status: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET VAR venueups ups.status\n")
        return await reader.readline() == f'VAR venueups ups.status "{status}"\n'.encode()
    finally:
        writer.close()
