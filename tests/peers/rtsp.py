"""A real RTSP camera for tests: GStreamer's server, which nobody here wrote, behind digest authentication."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.waiting import free_port

USER: Final = "admin"
PASSWORD: Final = "Hik@12345"  # noqa: S105 - of the peer
#: The system's Python: the bindings of GStreamer come as packages of the distribution.
PYTHON: Final = "/usr/bin/python3"
PROGRAM: Final = Path(__file__).with_name("rtsp_gst.py")
_CHECK: Final = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


def _is_there() -> bool:
    return (
        Path(PYTHON).exists()
        and not subprocess.run([PYTHON, "-c", _CHECK], check=False, capture_output=True).returncode
    )


@asynccontextmanager
async def camera(picture: Path) -> AsyncIterator[str]:
    """Yield `127.0.0.1:port/wall` of a camera that shows the PNG file."""
    if not _is_there():
        if os.environ.get("CI") == "true":
            pytest.fail("GStreamer's RTSP server is not installed: scripts/setup dev")
        pytest.skip("GStreamer's RTSP server is not installed: scripts/setup dev")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        PYTHON, str(PROGRAM), str(port), USER, PASSWORD, str(picture), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(15):
            assert await process.stdout.readline() == b"up\n"
        yield f"127.0.0.1:{port}/wall"
    finally:
        process.kill()
        await process.wait()
