"""The programs as people run them: what they print, their exit codes, and a stop that takes seconds."""

import asyncio
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from cloud.platform.database import open_database
from cloud.platform.models import JobRow, PoisonEvent
from cloud.platform.settings import Settings
from tests.cloud.running import SITE
from tests.schema import put_schema
from tests.waiting import free_port, until


class Programs:
    """Runs `yizhan …` with its own data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")}
        mine = {"YIZHAN_DATA_DIR": str(folder), "YIZHAN_HTTP_PORT": "0", "YIZHAN_EMBEDDED_MQTT_PORT": "0"}
        self.environment = kept | mine

    async def start(self, *words: str, **settings: str) -> asyncio.subprocess.Process:
        """Start a program."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "yizhan.py", *words, stdin=pipe, stdout=pipe, stderr=pipe, env=self.environment | settings
        )

    async def run(self, *words: str, stdin: str = "", **settings: str) -> tuple[int, str, str]:
        """Run a program to its end and return its code, stdout and stderr."""
        process = await self.start(*words, **settings)
        out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
def fresh(tmp_path: Path) -> Programs:
    """Return programs whose data folder is not there yet."""
    return Programs(tmp_path / "data")


@pytest.fixture
def programs(fresh: Programs) -> Programs:
    put_schema(fresh.folder / "yizhan.db")
    return fresh


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(SITE, encoding="utf-8")
    return file


@pytest.mark.broker
async def test_the_core_runs_on_an_empty_folder_sees_an_applied_site_and_stops_in_time(
    fresh: Programs, site: Path
) -> None:
    token = (await fresh.run("cloud", "token", "create", "--role", "auditor"))[1]
    assert token.count("\n") == 1
    core = await fresh.start("cloud", "run")
    told = fresh.folder / "http.json"
    await until(told.exists, "the core listens")
    url = json.loads(told.read_text())["url"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token.strip()}"}) as http:

        async def status(path: str) -> int:
            async with http.get(url + path) as answer:
                return answer.status

        async def ready() -> bool:
            return await status("/readyz") == 200

        await until(ready, "the core is ready")
        code, out, _ = await fresh.run("site", "apply", str(site))
        assert code == 0
        assert [json.loads(line)["change"] for line in out.splitlines()] == ["added"] * 4
        assert await status("/api/v1/stations/st-01") == 200
    started = time.monotonic()
    core.send_signal(signal.SIGTERM)
    assert await core.wait() == 0
    assert time.monotonic() - started < 5
    await core.communicate()


async def test_site_apply_says_nothing_when_nothing_is_different(programs: Programs, site: Path) -> None:
    await programs.run("site", "apply", str(site))
    assert (await programs.run("site", "apply", str(site)))[:2] == (0, "")


@pytest.mark.parametrize(
    ("words", "settings", "code", "hint"),
    [
        (["cloud", "run"], {"YIZHAN_HTTP_PROT": "1"}, 2, "YIZHAN_HTTP_PORT"),
        (["cloud", "run", "--roles", "boss"], {}, 2, "web,ingest,worker"),
        (
            ["cloud", "migrate"],
            {"YIZHAN_DATABASE_URL": f"postgres://x@127.0.0.1:{free_port()}/x"},
            3,
            "does not answer",
        ),
        (["site", "check", "none.toml"], {}, 2, "none.toml"),
        (["cloud", "token", "create", "--role", "boss"], {}, 2, "admin"),
        (["cloud", "account", "add", "li", "--role", "boss"], {}, 2, "admin"),
        (["cloud", "account", "reset", "nobody"], {}, 1, "nobody"),
        (["cloud", "check"], {"YIZHAN_SECOND_FACTOR_ROLES": "admin,boss"}, 2, "boss"),
    ],
)
async def test_wrong_use_says_what_to_write(
    programs: Programs, words: list[str], settings: dict[str, str], code: int, hint: str
) -> None:
    returned, out, err = await programs.run(*words, **settings)
    assert (returned, out) == (code, "")
    assert hint in err
    assert "Traceback" not in err


async def test_a_broken_site_file_is_refused_with_its_line(programs: Programs, site: Path) -> None:
    site.write_text(SITE + 'colour = "mauve"\n', encoding="utf-8")
    code, _, err = await programs.run("site", "apply", str(site))
    assert code == 2
    assert f"line {len((SITE + 'x').splitlines())}" in err


async def test_an_account_takes_its_password_from_a_pipe_or_gets_one(programs: Programs) -> None:
    code, out, _ = await programs.run("cloud", "account", "add", "li", "--role", "manager", stdin="correct horse 1\n")
    assert (code, json.loads(out)) == (0, {"name": "li", "role": "manager"})
    _, out, _ = await programs.run("cloud", "account", "add", "wang", "--role", "counter")
    assert len(json.loads(out)["password"]) >= 12
    code, _, err = await programs.run("cloud", "account", "add", "li", "--role", "manager")
    assert code == 1
    assert "li" in err


async def test_a_backup_of_one_folder_is_restored_into_another_and_speaks_of_the_secret(
    programs: Programs, site: Path, tmp_path: Path
) -> None:
    await programs.run("site", "apply", str(site))
    file = str(tmp_path / "backup.zip")
    code, out, err = await programs.run("cloud", "backup", file)
    assert (code, json.loads(out)["secret"]) == (0, "same")
    assert str(programs.folder / "secret") in err
    other = Programs(tmp_path / "other")
    code, out, err = await other.run("cloud", "restore", file)
    assert (code, json.loads(out)["secret"]) == (0, "missing")
    assert str(other.folder / "secret") in err
    (other.folder / "secret").write_bytes((programs.folder / "secret").read_bytes())
    assert (await other.run("site", "apply", str(site)))[:2] == (0, "")
    assert (await other.run("cloud", "restore", file))[0] == 1
    assert (await programs.run("cloud", "backup", file))[0] == 2


async def test_accounts_and_tokens_are_listed_reset_and_ended_from_the_command_line(programs: Programs) -> None:
    _, out, _ = await programs.run("cloud", "account", "add", "li", "--role", "counter", "--station", "st-01")
    first = json.loads(out)["password"]
    _, out, _ = await programs.run("cloud", "account", "reset", "li")
    assert json.loads(out)["password"] != first
    await programs.run("cloud", "account", "disable", "li")
    _, out, _ = await programs.run("cloud", "account", "list")
    (account,) = map(json.loads, out.splitlines())
    assert (account["stations"], account["active"], account["must_change_password"]) == (["st-01"], False, True)
    _, token, _ = await programs.run("cloud", "token", "create", "--role", "auditor", "--permission", "station.read")
    _, out, _ = await programs.run("cloud", "token", "list")
    (row,) = map(json.loads, out.splitlines())
    assert (row["permissions"], row["state"]) == (["station.read"], "active")
    assert token.strip() not in out
    _, out, _ = await programs.run("cloud", "token", "revoke", row["id"])
    assert json.loads(out)["state"] == "revoked"


async def test_check_reports_each_part_and_the_worst_code(fresh: Programs) -> None:
    code, out, _ = await fresh.run("cloud", "check", YIZHAN_MQTT_URL=f"mqtt://127.0.0.1:{free_port()}")
    found = {line["check"]: line["ok"] for line in map(json.loads, out.splitlines())}
    assert found == {"settings": True, "secret": True, "disk": True, "database": True, "schema": True, "broker": False,
                     "messages": True, "clock": True}  # fmt: skip
    assert code == 3


async def test_check_changes_no_schema_and_names_what_is_wrong(fresh: Programs) -> None:
    url = f"sqlite:///{fresh.folder / 'yizhan.db'}"
    async with open_database(url, "0011_thinned_ranges"):
        pass
    said = await _said(fresh)
    assert "behind, next is 0012" in said["schema"]
    now = datetime.now(UTC)
    async with open_database(url):
        await JobRow.create(name="sessions", due_at=now, result="failed")
        await PoisonEvent.create(consumer="walls", event_id=1, topic="t", key="k", data="{}", happened_at=now, tries=8,
                                 error="x", at=now)  # fmt: skip
    (fresh.folder / "secret").chmod(0o644)
    said = await _said(fresh)
    assert "current" in said["schema"]
    assert "failed: sessions" in said["jobs"]
    assert "1 set aside" in said["events"]
    assert "chmod 600" in said["secret"]


async def _said(programs: Programs) -> dict[str, str]:
    code, out, err = await programs.run("cloud", "check")
    assert (code, "Traceback" in err) == (1, False)
    return {line["check"]: line["text"] for line in map(json.loads, out.splitlines())}


async def test_commands_leave_a_database_that_the_core_can_open(fresh: Programs) -> None:
    assert (await fresh.run("cloud", "migrate"))[0] == 0
    async with open_database(Settings(data_dir=fresh.folder).database) as database:
        await database.ping()
