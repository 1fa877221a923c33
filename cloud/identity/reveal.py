"""Showing what is masked: an act of its own, with a reason, that the audit chain keeps."""

import re
from typing import Final

from cloud.identity import audit
from cloud.platform.core import Core
from cloud.platform.database import APP, transaction
from cloud.platform.errors import InvalidInputError, NotFoundError
from cloud.platform.keyring import SEALED, SealedColumn, place
from cloud.platform.orm import Model

MIN_REASON: Final = 2
MAX_REASON: Final = 200
#: Numbers of persons do not belong into a reason: it is kept for years and shown to auditors.
_NUMBER: Final = re.compile(r"\d{7,}")


async def reveal(core: Core, actor: str, name: str, row: str, reason: str) -> str:
    """Return what is sealed in one row, a key of SEALED says in which column; the act is recorded with its reason."""
    reason = check_reason(reason)
    column = SEALED[name]
    if core.database.context.apps is None:
        raise RuntimeError("the models were not loaded")
    model = core.database.context.apps.get_model(APP, column.model)
    try:
        key = model._meta.pk.to_python_value(row)  # noqa: SLF001 - the ORM's own way to a model's description
    except ValueError as error:
        raise NotFoundError(f"there is no {column.model.lower()} {row!r}") from error
    noun = name.partition(".")[0]
    async with transaction():
        found = await model.get_or_none(pk=key)
        if found is None:
            raise NotFoundError(f"there is no {column.model.lower()} {row!r}")
        sealed = getattr(found, column.column)
        text = core.keyring.open(sealed, place(name, key)) if sealed else _unsealed(found, column)
        await audit.record(core, actor, f"{noun}.reveal", f"{noun}:{key}", details={"field": name}, reason=reason)
    return text


def _unsealed(row: Model, column: SealedColumn) -> str:
    """Return what an older version kept in plain text and nobody has sealed yet."""
    return str(getattr(row, column.shown)) if column.shown else ""


def check_reason(reason: str) -> str:
    """Return a reason that may be kept: not empty, not endless, without anybody's number."""
    text = reason.strip()
    if not MIN_REASON <= len(text) <= MAX_REASON:
        words = f"请写明查看原因（{MIN_REASON}–{MAX_REASON} 个字）"
        raise InvalidInputError(words, {"reason": words})
    if _NUMBER.search(text):
        words = "查看原因里不要写号码"
        raise InvalidInputError(words, {"reason": words})
    return text
