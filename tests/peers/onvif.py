"""A real ONVIF camera for tests, ipycam: it tells what it is and where its video is, and plays it with ffmpeg."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.rtsp import PASSWORD, USER
from tests.waiting import free_port


@dataclass(frozen=True)
class OnvifCamera:
    """Where it is."""

    http_port: int
    udp_port: int

    def address(self, user: str = USER, password: str = PASSWORD) -> str:
        """Return the address of its device service."""
        return f"onvif://{user}:{password.replace('@', '%40')}@127.0.0.1:{self.http_port}"


@asynccontextmanager
async def onvif_camera(picture: Path) -> AsyncIterator[OnvifCamera]:
    """Yield a camera that shows the PNG file."""
    if shutil.which("ffmpeg") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("ffmpeg is not installed: scripts/setup dev")
        pytest.skip("ffmpeg is not installed: scripts/setup dev")
    found = OnvifCamera(free_port(), free_port())
    words = (str(found.http_port), str(found.udp_port), str(free_port()), USER, PASSWORD, str(picture))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.ipycam_camera", *words, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"up\n"
        yield found
    finally:
        process.kill()
        await process.wait()
