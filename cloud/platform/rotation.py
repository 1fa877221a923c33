"""A new data key, and every sealed column brought to it: row by row in bounded batches, beside a running core.

announced → (every process has learnt it) → current, the old one retiring → no row needs the old one → retired. Each
step is one transaction and the next run goes on where the last one stopped, however that one ended. A row is written
only if it is still what was read, so that whoever edits it meanwhile wins.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from cloud.platform.core import Core
from cloud.platform.database import APP, Database, lock_names, transaction
from cloud.platform.keymodels import DataKey, KeyWalk
from cloud.platform.keyring import PREFIX, SEALED, SealedColumn, SealError, place
from cloud.platform.keystore import KEEP_RETIRED, LOCK, LOOK_S, new_key, refresh
from cloud.platform.masks import MASKS
from cloud.platform.orm import Model

#: Rows that one transaction writes.
BATCH: Final = 200
#: How long a new key is announced before it seals: every process looks at least twice, s of wall time.
ANNOUNCE_S: Final = 2 * LOOK_S + 1.0
#: Walks over all columns before a rotation gives up finding an end: each finds what was written during the last.
MAX_PASSES: Final = 20

#: One line of what a rotation says.
Line = dict[str, Any]


async def rotate(core: Core, *, announce_s: float = ANNOUNCE_S) -> AsyncGenerator[Line, None]:
    """Bring every sealed text to a new key, or go on with a rotation that did not end; yield what was done."""
    key = await _announced(core)
    if key.state == "announced":
        yield {"step": "announced", "key": key.id, "wait_s": announce_s}
        await asyncio.sleep(announce_s)
        await _promote(core, key)
        yield {"step": "current", "key": key.id}
    await refresh(core.keyring, core.secret)
    for _ in range(MAX_PASSES):
        found = 0
        for name, column in SEALED.items():
            async for line in _walk(core, name, column):
                found += line.get("rows", 0)
                yield line
        if not found:
            break
    else:
        raise RuntimeError(f"after {MAX_PASSES} passes there are still texts of an older key: who writes them?")
    for old in await _retire(core):
        yield {"step": "retired", "key": old}
    for gone in await erase_retired(core):
        yield {"step": "erased", "key": gone}


async def seal_plain(core: Core) -> int:
    """Seal what older versions kept in plain text; return how many rows that were. It goes on where it was stopped."""
    total = 0
    for name, column in SEALED.items():
        if column.shown:
            total += await _seal_plain(core, name, column)
    if total and core.database.dialect == "sqlite":
        await core.database.connection().execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
    return total


async def list_keys(core: Core) -> list[Line]:
    """Return every key with its state and how many texts it seals, without the key itself."""
    lines = []
    for row in await DataKey.all().order_by("id"):
        used = await texts_of(core, row.id) if row.purpose == "seal" else None
        times = {"created_at": row.created_at, "current_at": row.current_at, "retired_at": row.retired_at}
        shown = {name: at.isoformat(timespec="seconds") for name, at in times.items() if at}
        lines.append({"key": row.id, "purpose": row.purpose, "state": row.state, "erased": not row.wrapped,
                      "texts": used, **shown})  # fmt: skip
    return lines


async def texts_of(core: Core, key: int) -> int:
    """Return how many texts are sealed with one key."""
    counts = [
        await _model(core, column).filter(**{f"{column.column}__startswith": f"{PREFIX}{key}."}).count()
        for column in SEALED.values()
    ]
    return sum(counts)


async def erase_retired(core: Core) -> list[int]:
    """Erase keys that were retired long ago and that nothing uses; return their ids."""
    gone = []
    for row in await DataKey.filter(state="retired", retired_at__lt=core.now() - KEEP_RETIRED).exclude(wrapped=""):
        if not await texts_of(core, row.id):
            await DataKey.filter(id=row.id).update(wrapped="")
            gone.append(row.id)
    return gone


async def _announced(core: Core) -> DataKey:
    """Return the key to bring everything to: that of an unfinished rotation, or a new one."""
    async with transaction():
        await lock_names([LOCK])
        unfinished = await DataKey.filter(purpose="seal", state="announced").order_by("id").first()
        if unfinished is None and await DataKey.filter(purpose="seal", state="retiring").exists():
            unfinished = await DataKey.get(purpose="seal", state="current")
        return unfinished or await new_key(core.secret, core.now(), purpose="seal", state="announced")


async def _promote(core: Core, key: DataKey) -> None:
    async with transaction():
        await lock_names([LOCK])
        if not await DataKey.filter(id=key.id, state="announced").exists():
            return
        await DataKey.filter(purpose="seal", state="current").update(state="retiring")
        await DataKey.filter(id=key.id).update(state="current", current_at=core.now())


async def _retire(core: Core) -> list[int]:
    async with transaction():
        await lock_names([LOCK])
        old = await DataKey.filter(purpose="seal", state="retiring").order_by("id")
        await DataKey.filter(purpose="seal", state="retiring").update(state="retired", retired_at=core.now())
        await KeyWalk.all().delete()
    return [row.id for row in old]


async def _walk(core: Core, name: str, column: SealedColumn) -> AsyncIterator[Line]:
    """Seal one column's rows again from where the last walk with this key stopped; at the end the walk starts anew."""
    model, current = _model(core, column), core.keyring.current
    walk = await KeyWalk.get_or_none(name=name, key=current)
    position = walk.position if walk else ""
    while True:
        rows = await _after(model, column, position)
        if not rows:
            break
        position = str(rows[-1].pk)
        async with transaction():
            written, broken = await _seal_again(core, name, column, rows)
            await KeyWalk.update_or_create({"key": current, "position": position}, name=name)
        if written:
            yield {"step": "sealed", "column": name, "rows": written, "position": position}
        for row in broken:
            yield {"step": "broken", "column": name, "row": row}
    await KeyWalk.filter(name=name).update(position="")


async def _seal_again(core: Core, name: str, column: SealedColumn, rows: Sequence[Model]) -> tuple[int, list[str]]:
    """Return (rows written, those that open with no key: they are left as they are)."""
    ring, model, written, broken = core.keyring, _model(core, column), 0, []
    for row in rows:
        old = getattr(row, column.column)
        if not old or ring.is_current(old):
            continue
        where = place(name, row.pk)
        try:
            fresh = ring.seal(ring.open(old, where), where)
        except SealError:
            broken.append(str(row.pk))
            continue
        written += await model.filter(**{"pk": row.pk, column.column: old}).update(**{column.column: fresh})
    return written, broken


async def _after(model: type[Model], column: SealedColumn, position: str) -> list[Any]:
    key = model._meta.pk_attr  # noqa: SLF001 - the ORM's own way to the name of a model's key
    found = model.filter(**{f"{key}__gt": position}) if position else model.all()
    rows: list[Any] = await found.order_by(key).limit(BATCH).only(key, column.column)
    return rows


async def _seal_plain(core: Core, name: str, column: SealedColumn) -> int:
    model, total = _model(core, column), 0
    while rows := await model.filter(**{f"{column.column}__isnull": True}).limit(BATCH):
        async with _overwriting(core.database), transaction():
            for row in rows:
                total += await _seal_row(core, name, column, row)
    return total


async def _seal_row(core: Core, name: str, column: SealedColumn, row: Any) -> int:
    text = getattr(row, column.shown)
    values = {column.shown: MASKS[column.mask](text), column.column: core.keyring.seal(text, place(name, row.pk))}
    if column.blind:
        values[column.blind] = core.keyring.blind(column.kind, text)
    unchanged = {"pk": row.pk, column.shown: text, f"{column.column}__isnull": True}
    return await _model(core, column).filter(**unchanged).update(**values)


@asynccontextmanager
async def _overwriting(database: Database) -> AsyncIterator[None]:
    """Have SQLite overwrite with zeros what the body replaces; PostgreSQL does so when it vacuums."""
    if database.dialect != "sqlite":
        yield
        return
    await database.connection().execute_query("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        await database.connection().execute_query("PRAGMA secure_delete = OFF")


def _model(core: Core, column: SealedColumn) -> type[Model]:
    apps = core.database.context.apps
    if apps is None:
        raise RuntimeError("the models were not loaded")
    return apps.get_model(APP, column.model)
