"""Brings a database to a schema, forwards only: a migration and the note that it was applied are one transaction.

Whoever is killed meanwhile leaves the schema before or the one after, both of which this takes further.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from weakref import WeakSet

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.operations import AddField, AddIndex, AlterModelOptions, CreateModel
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.transactions import in_transaction

from cloud.platform.errors import DatabaseError
from cloud.platform.orm import Model

MIGRATIONS: Final = "cloud.platform.migrations"
LATEST: Final = "__latest__"

#: PostgreSQL advisory lock held while the schema changes.
_SCHEMA_LOCK: Final = 7_907_001
_CONNECT_TIMEOUT_S: Final = 5.0


#: What does not look at the schema before it; a copy of that takes longer than the change, the more tables there are.
_ADDS: Final = (CreateModel, AddField, AlterModelOptions, AddIndex)


#: The ORM's own step after a change of models; it has no door for it.
_FINISH: Final = "_build_initial_querysets"


class _Executor(MigrationExecutor):
    """The ORM's executor; its own `migrate` notes a migration after the transaction that applied it."""

    async def forward(self, app: str, upto: str) -> None:
        """Apply what is missing up to the migration `upto`."""
        await self.loader.build_graph()
        await self.recorder.ensure_schema(self._schema_editor(atomic=False))
        applied = set(await self.recorder.applied_migrations())
        state = await self._project_state(applied)
        for step in await self.plan([MigrationTarget(app, upto)]):
            if step.backward:
                raise DatabaseError(f"the database is newer than {upto}: migrations go forwards only")
            async with in_transaction(self.connection.connection_name) as client:
                editor = self._schema_editor(atomic=True)
                editor.client = client
                for operation in step.migration.operations:
                    before = state if isinstance(operation, _ADDS) else state.clone()
                    operation.state_forward(app, state)
                    await operation.database_forward(app, before, state, editor)
                state.validate_relations_initialized()
                await _check_references(client)
                await MigrationRecorder(client).record_applied(app, step.migration.name)


@contextmanager
def _models_finished_once() -> Iterator[None]:
    """Finish each model of the steps once: the ORM does it for all of them after every step, a hundred models by now.

    A step that changes a model, or what refers to it, makes a new one.
    """
    finish, done = getattr(StateApps, _FINISH), WeakSet[type[Model]]()

    def finish_new(apps: StateApps) -> None:
        everything = apps.apps
        new = {
            app: {name: model for name, model in models.items() if model not in done}
            for app, models in everything.items()
        }
        apps.apps = new
        try:
            finish(apps)
        finally:
            apps.apps = everything
        done.update(model for models in new.values() for model in models.values() if model._meta._inited)  # noqa: SLF001

    setattr(StateApps, _FINISH, finish_new)
    try:
        yield
    finally:
        setattr(StateApps, _FINISH, finish)


async def names_of(context: TortoiseContext, app: str) -> tuple[list[str], set[str]]:
    """Return the migrations of this program in their order, and those that the database has."""
    executor = _executor(context, app)
    await executor.loader.build_graph()
    known = sorted(key.name for key in executor.loader.graph.nodes if key.app_label == app)
    applied = {key.name for key in await executor.recorder.applied_migrations() if key.app_label == app}
    return known, applied


async def bring_to(
    context: TortoiseContext, app: str, dialect: str, credentials: dict[str, Any], upto: str = LATEST
) -> None:
    """Bring the database to the schema of the migration `upto`; DatabaseError when it is newer than this program."""
    known, applied = await names_of(context, app)
    if applied - set(known):
        newer = ", ".join(sorted(applied - set(known)))
        raise DatabaseError(f"this database was made by a newer version (it knows {newer}): run that version")
    if upto == LATEST and applied == set(known):
        return
    async with _alone(dialect, credentials), _references_unchecked(context, dialect):
        with _models_finished_once():
            await _executor(context, app).forward(app, upto)


@asynccontextmanager
async def _references_unchecked(context: TortoiseContext, dialect: str) -> AsyncIterator[None]:
    """SQLite: a table that is made anew is dropped in between, which would delete every row that refers to its rows."""
    if dialect != "sqlite":
        yield
        return
    await context.db().execute_query("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        await context.db().execute_query("PRAGMA foreign_keys = ON")


async def _check_references(client: Any) -> None:
    if client.capabilities.dialect == "sqlite":
        _, broken = await client.execute_query("PRAGMA foreign_key_check")
        if broken:
            raise DatabaseError(f"a migration would leave {len(broken)} rows of {broken[0]['table']} without their own")


def _executor(context: TortoiseContext, app: str) -> _Executor:
    return _Executor(context.db(), {app: {"default_connection": "default", "migrations": MIGRATIONS}})


@asynccontextmanager
async def _alone(dialect: str, credentials: dict[str, Any]) -> AsyncIterator[None]:
    """Keep other processes from changing the schema at the same time."""
    if dialect == "sqlite":
        descriptor = os.open(f"{credentials['file_path']}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
        return
    names = ("host", "port", "user", "password", "database")
    connection = await asyncpg.connect(timeout=_CONNECT_TIMEOUT_S, **{name: credentials[name] for name in names})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _SCHEMA_LOCK)
        yield
    finally:
        await connection.close()
