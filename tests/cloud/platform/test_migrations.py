"""Migrations go forwards and keep what is there: what they may say, what they make, what they do to data, and kills."""

import ast
import asyncio
import os
import random
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.operations import AddField, DeleteModel, RemoveField

from cloud.platform import schema
from cloud.platform.database import APP, Database, connection_of, open_database, orm_config
from cloud.platform.errors import DatabaseError
from cloud.platform.tables import Table
from tests.cloud.platform.schemas import Rows, empty_database, insert_samples, rows_of, tables_of

FOLDER = Path(schema.__file__).parent / "migrations"
FILES = sorted(FOLDER.glob("[0-9]*.py"))
NAMES = [path.stem for path in FILES]
#: The first schema that was ever handed to somebody; what was before it was made anew.
FIRST = "0003_opening_hours"
#: (migration, operation) that may delete what a person may have written, each with its reason in the migration.
DELETIONS: frozenset[tuple[str, str]] = frozenset()
#: A rename is generated as add + remove; nothing but these may lose data on purpose.
DELETING = (RemoveField, DeleteModel)


async def operations() -> list[tuple[str, Any]]:
    """Return every operation with the migration it is in."""
    async with TortoiseContext() as context:
        await context.init(config=orm_config(*connection_of("sqlite:///:memory:")))
        executor = schema._executor(context, APP)
        await executor.loader.build_graph()
        nodes: dict[Any, Any] = dict(executor.loader.graph.nodes)
        return [(key.name, one) for key, node in nodes.items() for one in node.operations]


async def test_no_migration_deletes_a_field_or_a_table() -> None:
    found = {(name, type(one).__name__) for name, one in await operations() if isinstance(one, DELETING)}
    assert found <= DELETIONS, "a rename is RenameField or RenameModel: write it so by hand"


async def test_a_field_that_is_added_can_be_added_to_rows_that_are_there() -> None:
    added: list[tuple[str, str, Any]] = [
        (name, one.name, one.field) for name, one in await operations() if isinstance(one, AddField)
    ]
    assert added
    assert [(name, of) for name, of, field in added if not field.null and not field.has_db_default()] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_migration_imports_the_orm_and_the_standard_library_only(path: Path) -> None:
    allowed = {"tortoise", *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert {name.partition(".")[0] for name in names} <= allowed, f"{names}: a model of today is not that of then"


def test_each_migration_follows_the_one_before_it() -> None:
    assert len({name[:4] for name in NAMES}) == len(NAMES), "two have one number"
    for before, path in zip(["", *NAMES], FILES, strict=False):
        named = re.findall(r'dependencies = \[\("yizhan", "(\w+)"\)\]', path.read_text("utf-8"))
        assert named == ([before] if before else []), f"{path.name} does not follow {before or 'nothing'}"


@pytest.mark.db
async def test_the_schema_is_what_the_models_say_in_either_dialect(database: Database) -> None:
    tables = await tables_of(database)
    apps: Any = database.context.apps
    models = {model._meta.db_table: model._meta for model in apps[APP].values()}
    assert sorted(tables) == sorted(models)
    for name, meta in models.items():
        # SQLite lets a key be empty; no row has one.
        found = {(column.name, column.required or column.pk) for column in tables[name].columns}
        wanted = {(column, not meta.fields_map[field].null) for field, column in meta.fields_db_projection.items()}
        assert found == wanted, name
        assert tables[name].key.name == meta.db_pk_column, name
        assert tables[name].unique == _unique_groups(meta), name


def _unique_groups(meta: Any) -> frozenset[frozenset[str]]:
    columns = meta.fields_db_projection
    single = {
        frozenset({columns[name]})
        for name, field in meta.fields_map.items()
        if name in columns and field.unique and not field.pk
    }
    groups = meta.unique_together
    return frozenset(single | {frozenset(columns.get(name, f"{name}_id") for name in group) for group in groups})


@pytest.mark.db
@pytest.mark.timeout(300)
async def test_every_schema_is_brought_to_the_newest_with_its_data(tmp_path: Path) -> None:
    """Each step gets rows that were written at every schema before it."""
    async with empty_database(tmp_path) as url:
        before: dict[str, Rows] = {}
        for number, name in enumerate(NAMES[NAMES.index(FIRST) :], 1):
            async with open_database(url, name) as database:
                tables = await tables_of(database)
                _assert_kept(before, {one: await _all_rows(database, tables[one]) for one in before}, name)
                await insert_samples(database, tables, number)
                before = {one: await _all_rows(database, tables[one]) for one in tables}
        async with open_database(url) as database:
            tables = await tables_of(database)
            after = {one: await _all_rows(database, tables[one]) for one in before}
    assert after == before
    assert all(before.values())


def _assert_kept(before: dict[str, Rows], after: dict[str, Rows], name: str) -> None:
    for table, rows in before.items():
        kept = [{column: row.get(column) for column in old} for old, row in zip(rows, after[table], strict=True)]
        assert kept == rows, f"{name} changed {table}"


async def _all_rows(database: Database, table: Table) -> Rows:
    return await rows_of(database, f'SELECT * FROM "{table.name}" ORDER BY "{table.key.name}"')  # noqa: S608 - names of the schema


@pytest.mark.db
async def test_a_schema_is_not_taken_back(tmp_path: Path) -> None:
    async with empty_database(tmp_path) as url:
        async with open_database(url):
            pass
        with pytest.raises(DatabaseError, match="forwards only"):
            async with open_database(url, FIRST):
                pass


@pytest.mark.db
async def test_a_kill_during_migration_leaves_a_database_that_the_next_start_completes(tmp_path: Path) -> None:
    await _kill_migrations(tmp_path, 3)


@pytest.mark.db
@pytest.mark.deep
@pytest.mark.timeout(300)
async def test_twenty_kills_during_migration(tmp_path: Path) -> None:
    await _kill_migrations(tmp_path, 20)


async def _kill_migrations(folder: Path, kills: int) -> None:
    """Kill programs that go from the first schema to the newest; the rows of the first are there at the end."""
    rng = random.Random(7)
    stopped = 0
    while stopped < kills:
        async with empty_database(folder) as url:
            async with open_database(url, FIRST) as database:
                tables = await tables_of(database)
                await insert_samples(database, tables, 1)
                before = {name: await _all_rows(database, table) for name, table in tables.items()}
            while stopped < kills and await _is_killed_after(url, rng.randint(1, 40)):
                stopped += 1
                async with open_database(url, None) as database:
                    applied = (await schema.names_of(database.context, APP))[1]
                    assert sorted(applied) == NAMES[: len(applied)]
            async with open_database(url) as database:
                tables = await tables_of(database)
                _assert_kept(before, {name: await _all_rows(database, tables[name]) for name in before}, "a kill")


#: Says a line for every statement, so that the kill falls between two of them.
_PROGRAM = """
import asyncio, sys
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.backends.asyncpg.client import TransactionWrapper
for client in (SqliteTransactionWrapper, TransactionWrapper):
    for name in ("execute_query", "execute_script", "execute_insert"):
        def noisy(self, query, *values, _do=getattr(client, name)):
            print("statement", flush=True)
            return _do(self, query, *values)
        setattr(client, name, noisy)
from cloud.platform.database import open_database
async def main():
    async with open_database(sys.argv[1]):
        pass
asyncio.run(main())
"""


async def _is_killed_after(url: str, statements: int) -> bool:
    """Kill a migrating program after so many statements; return whether that came before its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, url, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert process.stdout is not None
    for _ in range(statements):
        if not await process.stdout.readline():
            break
    if process.returncode is None:
        process.kill()
    return await process.wait() == -signal.SIGKILL
