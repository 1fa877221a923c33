"""The command line as a stranger meets it: every name leads somewhere, every mistake is answered with a hint."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import yizhan

ROOT = Path(__file__).parents[1]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "yizhan.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("name", sorted(yizhan.PROGRAMS))
def test_every_program_of_the_table_exists(name: str) -> None:
    module, _, function = yizhan.PROGRAMS[name][0].partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.fixture
def umask() -> Iterator[None]:
    """Put back what a program sets for its files."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("name", sorted(yizhan.PROGRAMS))
def test_every_program_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        yizhan.main([*name.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: yizhan " + name in capsys.readouterr().out


def test_a_program_explains_itself_from_the_shell() -> None:
    shown = run("cloud", "check", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "usage: yizhan cloud check" in shown.stdout


def test_help_lists_every_program() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in yizhan.PROGRAMS)


def test_no_words_show_the_usage_and_fail() -> None:
    assert run().returncode == 2


@pytest.mark.parametrize(("words", "hint"), [(["kpi"], "kpi opening"), (["sing"], "yizhan --help")])
def test_an_unknown_command_is_answered_with_a_hint(words: list[str], hint: str) -> None:
    answered = run(*words)
    assert answered.returncode == 2
    assert hint in answered.stderr
    assert answered.stdout == ""


def test_the_version_is_the_packages_own() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{yizhan.VERSION}"' in text
    assert run("--version").stdout == f"yizhan {yizhan.VERSION}\n"


@pytest.mark.parametrize(
    ("name", "heavy"),
    [
        ("kpi opening", ("aiohttp", "tortoise", "aiomqtt")),
        ("edge run", ("tortoise", "jinja2", "cv2", "playwright", "cryptography")),
        ("cloud run", ("cv2", "serial", "playwright")),
    ],
)
def test_a_program_does_not_load_what_it_does_not_use(name: str, heavy: tuple[str, ...]) -> None:
    module = yizhan.PROGRAMS[name][0].partition(":")[0]
    code = f"import sys, {module}; print(*[m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_nothing_imports_the_command_table() -> None:
    for folder in ("protocols", "firmware_profiles", "devices", "provisioning", "edge", "cloud"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "import yizhan" not in path.read_text(encoding="utf-8"), path


def test_what_a_program_writes_is_for_its_own_account(tmp_path: Path) -> None:
    environment = {**os.environ, "YIZHAN_DATA_DIR": str(tmp_path / "core")}
    subprocess.run([sys.executable, "yizhan.py", "cloud", "migrate"], cwd=ROOT, env=environment, check=True, timeout=30)
    made = [path for path in (tmp_path / "core").rglob("*") if path.is_file()]
    assert made
    assert [path for path in made if path.stat().st_mode & 0o077] == []
