"""Programs of npm packages that somebody else wrote, run by Node; `scripts/setup dev` installs them."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"
BOUND_S = 20.0


async def run_node(script: str, *words: str, given: str = "") -> list[Any]:
    """Run a script of this folder; returns its output, one JSON value a line. Without Node: skipped, in CI failed."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        why = "Node or its packages are not installed: scripts/setup dev"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    process = await asyncio.create_subprocess_exec(
        node, str(FOLDER / script), *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(given.encode()), BOUND_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()]
