"""The database is brought to the schema by whoever opens it first, and refused when it is newer than the program."""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper as PostgresTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError

from cloud.platform.database import (
    POOL_SIZE,
    WriteTransaction,
    after_commit,
    connection_of,
    open_database,
    transaction,
)
from cloud.platform.errors import DatabaseError, DatabaseUnreachableError, LinkDownError, SettingsError
from cloud.platform.make_migration import pending_changes
from cloud.platform.models import Reader
from tests.waiting import free_port

pytestmark = pytest.mark.db


async def test_the_migrations_make_what_the_models_say() -> None:
    assert await pending_changes() == []


async def test_an_open_database_answers(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.ping()


async def test_programs_that_open_an_empty_database_together_all_find_the_schema(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "YIZHAN_DATABASE_URL": f"sqlite:///{tmp_path}/new.db",
        "YIZHAN_DATA_DIR": str(tmp_path),
    }
    programs = [
        await asyncio.create_subprocess_exec(sys.executable, "yizhan.py", "cloud", "migrate", env=environment)
        for _ in range(3)
    ]
    assert await asyncio.gather(*(program.wait() for program in programs)) == [0, 0, 0]


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/newer.db"
    async with open_database(url) as database:
        await database.connection().execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('yizhan', '9999_future', '2030-01-01')"
        )
    with pytest.raises(DatabaseError, match="9999_future"):
        async with open_database(url):
            pass


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(DatabaseUnreachableError, match="does not answer"):
        async with open_database(f"postgres://nobody@127.0.0.1:{free_port()}/none"):
            pass


@pytest.mark.parametrize("url", ["postgres://host", "postgres:///name", "mysql://host/name"])
def test_a_url_that_names_no_database_says_what_to_write(url: str) -> None:
    with pytest.raises(SettingsError, match="postgres://user@host:5432/name"):
        connection_of(url)


async def test_a_transaction_that_fails_leaves_nothing(database_url: str) -> None:
    async with open_database(database_url):
        with pytest.raises(ValueError, match="on purpose"):
            await _fail_inside()
        assert not await Reader.exists(name="half")


async def test_a_transaction_inside_an_exception_handler_commits(database_url: str) -> None:
    async with open_database(database_url):
        try:
            await _fail_inside()
        except ValueError:
            async with transaction():
                await Reader.create(name="whole")
        assert await Reader.exists(name="whole")


async def test_a_transaction_whose_begin_fails_leaves_the_database_usable(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: object) -> None:
        raise OSError(f"{type(self).__name__}: on purpose")

    async with open_database(database_url):
        for client in (WriteTransaction, PostgresTransactionWrapper):
            monkeypatch.setattr(client, "begin", refuse)
        for _ in range(POOL_SIZE + 1):
            with pytest.raises(OSError, match="on purpose"):
                async with transaction():
                    pytest.fail("it began all the same")
        monkeypatch.undo()
        async with transaction():
            await Reader.create(name="whole")
        assert await Reader.exists(name="whole")


async def test_a_transaction_that_cannot_be_left_is_not_the_current_one_any_more(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: object, *_: object, **__: object) -> None:
        raise OSError(f"{type(self).__name__}: on purpose")

    async with open_database(database_url) as database:
        outside = get_connections().get("default")
        monkeypatch.setattr(asyncpg.Pool, "release", refuse)
        if database.dialect == "postgres":
            with pytest.raises(OSError, match="on purpose"):
                async with transaction():
                    pass
        monkeypatch.undo()
        assert get_connections().get("default") is outside
        async with transaction():
            await Reader.create(name="whole")


async def test_what_follows_a_commit_waits_for_the_outermost_transaction(database_url: str) -> None:
    done: list[str] = []
    async with open_database(database_url):
        async with transaction():
            after_commit(lambda: done.append("outer"))
            async with transaction():
                await Reader.create(name="inner")
                after_commit(partial(_note, done))
            assert done == []
        assert done == ["outer", "inner is there: True"]


async def test_an_inner_transaction_that_fails_is_undone_alone(database_url: str) -> None:
    done: list[str] = []
    async with open_database(database_url):
        async with transaction():
            await Reader.create(name="inner")
            with pytest.raises(ValueError, match="on purpose"):
                await _undo(done)
            # Also a statement that the database refuses leaves the outer one usable.
            with pytest.raises(IntegrityError):
                await _create("inner")
            await _create("outer")
        assert done == []
        assert await Reader.filter(name__in=["inner", "outer"]).count() == 2


async def test_nothing_follows_a_transaction_that_fails(database_url: str) -> None:
    done: list[str] = []
    async with open_database(database_url):
        with pytest.raises(ValueError, match="on purpose"):
            await _fail_around(done)
        assert (done, await Reader.exists(name="inner")) == ([], False)
        with pytest.raises(RuntimeError):
            after_commit(lambda: done.append("never"))


async def test_a_step_after_the_commit_that_fails_does_not_keep_back_the_next(database_url: str) -> None:
    done: list[str] = []

    async def fail() -> None:
        raise LinkDownError("on purpose")

    async with open_database(database_url):
        async with transaction():
            after_commit(fail)
            after_commit(lambda: done.append("next"))
        assert done == ["next"]


async def _note(done: list[str]) -> None:
    done.append(f"inner is there: {await Reader.exists(name='inner')}")


async def _create(name: str) -> None:
    async with transaction():
        await Reader.create(name=name)


async def _undo(done: list[str]) -> None:
    async with transaction():
        after_commit(lambda: done.append("never"))
        await Reader.filter(name="inner").delete()
        raise ValueError("on purpose")


async def _fail_around(done: list[str]) -> None:
    async with transaction():
        async with transaction():
            await Reader.create(name="inner")
            after_commit(lambda: done.append("never"))
        raise ValueError("on purpose")


async def _fail_inside() -> None:
    async with transaction():
        await Reader.create(name="half")
        raise ValueError("on purpose")
