"""docs/devices/add-a-driver.md cannot rot: its blocks become files and lines of a copy of the project, which works."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "devices" / "add-a-driver.md"
#: What the drivers and their suite need of the project.
COPIED = ("devices", "firmware_profiles", "protocols", "provisioning", "tests", "pyproject.toml", "yizhan.py")
BLOCK = re.compile(r"^```\w+\n# (file|line): ([^\n]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NEW = ("protocols/frames/colorlight.py", "devices/drivers/colorlight.py", "devices/simulators/colorlight.py",
       "tests/protocols/frames/test_colorlight.py")  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the project with what the page adds."""
    for name in COPIED:
        copy: Callable[[Path, Path], object] = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    for kind, where, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if kind == "file":
            target = tmp_path / where
            assert not target.exists(), f"{where} is shipped: the page needs another example"
            target.write_text(text, "utf-8")
        else:
            name, _, table = where.partition(": ")
            add_line(tmp_path, name, table, text)
    return tmp_path


def add_line(project: Path, name: str, table: str, text: str) -> None:
    """Write lines at the head of a table of a file."""
    before = (project / name).read_text("utf-8")
    after, count = re.subn(rf"^{table}: .*\{{$", lambda head: f"{head[0]}\n{text.rstrip()}", before, flags=re.MULTILINE)
    assert count == 1, f"{name} has no table {table}"
    (project / name).write_text(after, "utf-8")


async def run(project: Path, *words: str) -> str:
    """Run a Python module in the copy; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=project, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out = (await asyncio.wait_for(process.communicate(), 55))[0].decode()
    assert process.returncode == 0, out
    return out


async def test_the_worked_driver_passes_the_suite_over_every_driver(project: Path) -> None:
    words = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    suites = ("tests/protocols/frames/test_colorlight.py", "tests/devices/test_every_driver.py",
              "tests/devices/test_walls.py")  # fmt: skip
    covered = ("--cov=protocols.frames.colorlight", "--cov-branch", "--cov-fail-under=100")
    out = await run(project, *words, *suites, *covered, "-k", "colorlight or every_profile_has_its_deed")
    passed = re.search(r"(\d+) passed", out)
    assert passed is not None
    assert int(passed[1]) >= 25, out


async def test_the_worked_code_is_as_clean_as_the_rest(project: Path) -> None:
    await run(project, "ruff", "check", *NEW)
    await run(project, "ruff", "format", "--check", *NEW)


@pytest.mark.deep
async def test_the_worked_code_is_typed(project: Path) -> None:
    await run(project, "mypy", *NEW)
