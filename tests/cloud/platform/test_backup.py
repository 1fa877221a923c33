"""A backup is one moment, whole or not at all; a restore gives it back in either dialect or leaves nothing."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloud.platform import archive, stores
from cloud.platform.backup import back_up, restore
from cloud.platform.database import Database, open_database
from cloud.platform.errors import DatabaseError, InvalidInputError
from cloud.platform.tables import read_tables
from tests.cloud.platform.schemas import empty_database, insert_samples, rows_of, tables_of

pytestmark = pytest.mark.db
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a secret file."""
    path = tmp_path / "secret"
    path.write_bytes(b"s" * 32)
    return path


@pytest.fixture
async def full_url(tmp_path: Path) -> AsyncIterator[str]:
    """Yield the URL of a database with two rows in every table."""
    async with empty_database(tmp_path) as url:
        async with open_database(url) as database:
            tables = await tables_of(database)
            await insert_samples(database, tables, 1)
            await insert_samples(database, tables, 2)
        yield url


async def everything(database: Database) -> dict[str, list[dict[str, object]]]:
    tables = await tables_of(database)
    return {name: await rows_of(database, f'SELECT * FROM "{name}" ORDER BY 1') for name in tables}  # noqa: S608


def sums(path: Path) -> dict[str, tuple[int, str]]:
    with archive.reading(path) as file:
        return {table.name: (table.rows, table.sha256) for table in file.manifest.tables}


async def test_what_was_saved_comes_back_row_by_row(full_url: str, tmp_path: Path, secret: Path) -> None:
    saved = await back_up(full_url, tmp_path / "b.zip", secret, NOW)
    async with open_database(full_url) as database:
        before = await everything(database)
    async with empty_database(tmp_path) as url:
        report = await restore(url, tmp_path / "b.zip", secret)
        async with open_database(url) as database:
            assert await everything(database) == before
    assert saved.rows == report.rows == sum(map(len, before.values())) == 2 * saved.tables
    assert report.secret == saved.secret == "same"  # noqa: S105 - a word about it


async def test_tables_longer_than_what_is_in_memory_at_once_come_back(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "CHUNK", 7)
    add = "INSERT INTO domain_event (topic, key, data, at) VALUES ('t', 'k', '{}', '2026-03-02 00:00:00+00:00')"
    async with empty_database(tmp_path) as first:
        async with open_database(first) as database:
            for _ in range(30):
                await database.connection().execute_query(add)
        await back_up(first, tmp_path / "b.zip", secret, NOW)
    async with empty_database(tmp_path) as url:
        assert (await restore(url, tmp_path / "b.zip", secret)).rows == 30


async def test_the_sums_of_a_restored_database_are_those_of_the_first(
    full_url: str, tmp_path: Path, secret: Path
) -> None:
    await back_up(full_url, tmp_path / "b.zip", secret, NOW)
    async with empty_database(tmp_path) as url:
        await restore(url, tmp_path / "b.zip", secret)
        await back_up(url, tmp_path / "again.zip", secret, NOW)
    assert sums(tmp_path / "again.zip") == sums(tmp_path / "b.zip")


@pytest.mark.skipif("YIZHAN_TEST_POSTGRES_URL" not in os.environ, reason="needs both dialects")
async def test_a_backup_moves_from_one_dialect_to_the_other_and_back(tmp_path: Path, secret: Path) -> None:
    """The programs run in processes of their own: one dialect per process. SQLite has numbers for yes and no."""
    file = f"sqlite:///{tmp_path}/first.db"
    await run_python(_FILL, file)
    await run_python(_BACK_UP, file, str(tmp_path / "one.zip"), str(secret))
    async with empty_database(tmp_path) as url:
        await run_python(_RESTORE, url, str(tmp_path / "one.zip"), str(secret))
        await run_python(_BACK_UP, url, str(tmp_path / "two.zip"), str(secret))
    await run_python(_RESTORE, f"sqlite:///{tmp_path}/last.db", str(tmp_path / "two.zip"), str(secret))
    await run_python(_BACK_UP, f"sqlite:///{tmp_path}/last.db", str(tmp_path / "three.zip"), str(secret))
    assert sums(tmp_path / "one.zip") == sums(tmp_path / "two.zip") == sums(tmp_path / "three.zip")
    assert all(rows == 2 for rows, _ in sums(tmp_path / "one.zip").values())


async def test_keys_go_on_after_the_last_that_was_given_also_when_its_row_is_gone(tmp_path: Path, secret: Path) -> None:
    """Else a new domain event would stand before the position of those that have read further."""
    add = "INSERT INTO domain_event (topic, key, data, at) VALUES ('t', 'k', '{}', '2026-03-02 00:00:00+00:00')"
    async with empty_database(tmp_path) as first:
        async with open_database(first) as database:
            for _ in range(5):
                await database.connection().execute_query(add)
            await database.connection().execute_query("DELETE FROM domain_event WHERE id > 2")
        await back_up(first, tmp_path / "b.zip", secret, NOW)
    async with empty_database(tmp_path) as url:
        await restore(url, tmp_path / "b.zip", secret)
        async with open_database(url) as database:
            await database.connection().execute_query(add)
            assert [row["id"] for row in await rows_of(database, "SELECT id FROM domain_event ORDER BY id")] == [
                1,
                2,
                6,
            ]


async def test_a_backup_is_one_moment_while_others_write(full_url: str, tmp_path: Path, secret: Path) -> None:
    """Two tables get a row each in one transaction, all the time: the backup has as many of the one as of the other."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITE_PAIRS, full_url, stdout=asyncio.subprocess.PIPE, env=_environment()
    )
    try:
        assert writer.stdout is not None
        for number in range(3):
            await asyncio.wait_for(writer.stdout.readline(), 30)
            await back_up(full_url, tmp_path / f"{number}.zip", secret, NOW)
            found = sums(tmp_path / f"{number}.zip")
            assert found["domain_event"][0] == found["domain_event_reader"][0] > 2
    finally:
        writer.kill()
        await writer.wait()


async def test_only_an_empty_database_is_filled(full_url: str, tmp_path: Path, secret: Path) -> None:
    await back_up(full_url, tmp_path / "b.zip", secret, NOW)
    with pytest.raises(DatabaseError, match="not empty"):
        await restore(full_url, tmp_path / "b.zip", secret)


async def test_a_database_with_a_schema_and_no_rows_is_empty(full_url: str, tmp_path: Path, secret: Path) -> None:
    await back_up(full_url, tmp_path / "b.zip", secret, NOW)
    async with empty_database(tmp_path) as url:
        async with open_database(url):
            pass
        assert (await restore(url, tmp_path / "b.zip", secret)).rows


@pytest.mark.parametrize("what", ["a changed value", "a missing row", "a cut file", "another sum"])
async def test_of_a_damaged_backup_nothing_is_left(what: str, full_url: str, tmp_path: Path, secret: Path) -> None:
    whole, broken = tmp_path / "b.zip", tmp_path / "broken.zip"
    await back_up(full_url, whole, secret, NOW)
    _damage(whole, broken, what)
    async with empty_database(tmp_path) as url:
        with pytest.raises((InvalidInputError, DatabaseError)):
            await restore(url, broken, secret)
        async with open_database(url) as database:
            assert not any((await everything(database)).values())
        assert (await restore(url, whole, secret)).rows


def _damage(whole: Path, broken: Path, what: str) -> None:
    if what == "a cut file":
        broken.write_bytes(whole.read_bytes()[:-200])
        return
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "tables/station.jsonl" and what == "a changed value":
                text = text.replace(b"site1", b"site9")
            if name == "tables/station.jsonl" and what == "a missing row":
                text = text.partition(b"\n")[2]
            if name == archive.MANIFEST and what == "another sum":
                manifest = json.loads(text)
                manifest["tables"][-1]["sha256"] = "0" * 64
                text = json.dumps(manifest).encode()
            new.writestr(name, text)


async def test_what_is_no_backup_is_refused(tmp_path: Path, secret: Path, full_url: str) -> None:
    (tmp_path / "text").write_text("no")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        file.writestr("x", "y")
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as file:
        file.writestr(archive.MANIFEST, '{"format": 99}')
    for name, why in (("text", "no backup"), ("z.zip", "no backup"), ("new.zip", "form 99"), ("none", "cannot read")):
        with pytest.raises(InvalidInputError, match=why):
            await restore(full_url, tmp_path / name, secret)


async def test_an_older_backup_is_brought_to_the_newest_schema(tmp_path: Path, secret: Path) -> None:
    async with empty_database(tmp_path) as url:
        async with open_database(url, "0011_thinned_ranges") as database:
            await insert_samples(database, await tables_of(database), 1)
        await back_up(url, tmp_path / "old.zip", secret, NOW)
    async with empty_database(tmp_path) as url:
        await restore(url, tmp_path / "old.zip", secret)
        async with open_database(url) as database:
            assert (await rows_of(database, "SELECT id FROM station"))[0]["id"]
            assert "job" in await tables_of(database)


async def test_a_file_that_is_there_is_not_overwritten(full_url: str, tmp_path: Path, secret: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(InvalidInputError, match="there already"):
        await back_up(full_url, tmp_path / "b.zip", secret, NOW)
    assert (tmp_path / "b.zip").read_text() == "mine"


async def test_the_secret_is_not_in_the_backup_and_another_one_is_noticed(
    full_url: str, tmp_path: Path, secret: Path
) -> None:
    path = tmp_path / "b.zip"
    await back_up(full_url, path, secret, NOW)
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as file:
        assert not any(b"s" * 32 in file.read(name) for name in file.namelist())
    other = tmp_path / "other"
    other.write_bytes(b"o" * 32)
    for found, said in ((other, "different"), (tmp_path / "none", "missing")):
        async with empty_database(tmp_path) as url:
            assert (await restore(url, path, found)).secret == said


async def test_every_column_that_there_is_has_a_kind_that_backups_know(database: Database) -> None:
    async def query(statement: str, *values: object) -> list[dict[str, object]]:
        return await rows_of(database, statement, *values)

    assert await read_tables(query, database.dialect)


@pytest.mark.parametrize("work", ["backup", "restore"])
async def test_a_kill_leaves_a_usable_database_and_no_half_file(
    work: str, full_url: str, tmp_path: Path, secret: Path
) -> None:
    await _kill(work, 3, full_url, tmp_path, secret)


@pytest.mark.deep
@pytest.mark.timeout(300)
@pytest.mark.parametrize("work", ["backup", "restore"])
async def test_twenty_kills(work: str, full_url: str, tmp_path: Path, secret: Path) -> None:
    await _kill(work, 20, full_url, tmp_path, secret)


async def _kill(work: str, tries: int, full_url: str, folder: Path, secret: Path) -> None:
    """Kill a program that says a word for each table, after a random one; a second try ends well each time."""
    rng = random.Random(11)
    whole = folder / "whole.zip"
    await back_up(full_url, whole, secret, NOW)
    killed = 0
    for number in range(4 * tries):
        target = folder / f"{number}.zip"
        async with empty_database(folder) as url:
            words = (full_url, str(target)) if work == "backup" else (url, str(whole))
            if await _killed_after(_NOISY[work], (*words, str(secret)), rng.randint(1, 40)) != -signal.SIGKILL:
                continue  # it was done before the kill came
            killed += 1
            if target.exists():  # the kill came after the last step
                assert sums(target) == sums(whole)
                target.unlink()
            if work == "backup":
                await back_up(full_url, target, secret, NOW)
                assert sums(target) == sums(whole)
            else:
                await restore(url, whole, secret)
                _check_file(url)
        if killed == tries:
            return
    pytest.fail(f"only {killed} kills came in time")


def _check_file(url: str) -> None:
    if url.startswith("sqlite:///"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


async def _killed_after(program: str, words: tuple[str, ...], lines: int) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, stdout=asyncio.subprocess.PIPE, env=_environment()
    )
    assert process.stdout is not None
    for _ in range(lines):
        if not await process.stdout.readline():
            break
    if process.returncode is None:
        process.kill()
    return await process.wait()


async def run_python(program: str, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, *words, env=_environment())
    assert await process.wait() == 0


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "."}


_HEAD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from cloud.platform import backup, stores
from cloud.platform.database import open_database, transaction
"""
_BACK_UP = _HEAD + "asyncio.run(backup.back_up(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), datetime.now(UTC)))\n"
_RESTORE = _HEAD + "asyncio.run(backup.restore(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))\n"
_FILL = (
    _HEAD
    + """
from tests.cloud.platform.schemas import insert_samples, tables_of
async def main():
    async with open_database(sys.argv[1]) as database:
        for number in range(2):
            await insert_samples(database, await tables_of(database), number)
asyncio.run(main())
"""
)
_SAY = """
for store in (stores._Sqlite, stores._Postgres):
    for name in ("query", "fill", "last_id", "set_last_id"):
        def noisy(self, *values, _do=getattr(store, name)):
            print("statement", flush=True)
            return _do(self, *values)
        setattr(store, name, noisy)
"""
_NOISY = {
    "backup": _BACK_UP.replace("asyncio.run", _SAY + "asyncio.run"),
    "restore": _RESTORE.replace("asyncio.run", _SAY + "asyncio.run"),
}
_WRITE_PAIRS = (
    _HEAD
    + """
from cloud.platform.models import DomainEvent, Reader
async def main():
    async with open_database(sys.argv[1]) as database:
        number = 0
        while True:
            async with transaction():
                await DomainEvent.create(id=1000 + number, topic="t", key="k", data="{}", at=datetime.now(UTC))
                await asyncio.sleep(0)
                await Reader.create(name=f"r{number}")
            number += 1
            if number % 20 == 0:
                print("more", flush=True)
asyncio.run(main())
"""
)
