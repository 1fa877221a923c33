"""Lists in parts, newest first: a cursor says after which row the next part begins, so that no row is skipped.

`LIMIT … OFFSET` would skip rows when others are added meanwhile, and grows slower with every part.
"""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import StringConstraints
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cloud.platform.errors import InvalidInputError
from cloud.platform.orm import Model

Row = TypeVar("Row", bound=Model)

#: A cursor in a query; what is in it is nobody's business but ours.
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")]

_MAX_ID: Final = 2**63
#: Rows of a long walk that are in memory at once.
BATCH: Final = 1_000


async def newest_first(
    found: QuerySet[Row], at: str, cursor: str | None, limit: int
) -> tuple[Sequence[Row], str | None]:
    """Return (rows by the time in column `at`, then by a whole-numbered `id`; cursor of what follows)."""
    if cursor is not None:
        moment, row_id = read_cursor(cursor)
        older: dict[str, Any] = {f"{at}__lt": moment}
        as_old: dict[str, Any] = {at: moment, "id__lt": row_id}
        found = found.filter(Q(**older) | Q(**as_old))
    rows = await found.order_by(f"-{at}", "-id").limit(limit + 1)
    last: Any = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], None if last is None else write_cursor(getattr(last, at), last.id)


async def each(found: QuerySet[Row], key: str = "id") -> AsyncIterator[Row]:
    """Yield every row in the order of a unique column, BATCH at a time: a ledger of years fits into memory."""
    after: Any = None
    while True:
        rest = found if after is None else found.filter(**{f"{key}__gt": after})
        rows = await rest.order_by(key).limit(BATCH)
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        after = getattr(rows[-1], key)


def write_cursor(moment: datetime, row_id: int) -> str:
    """Return the cursor that begins after a row."""
    text = json.dumps([moment.isoformat(), row_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, int]:
    """Return (time, id) of the row that a cursor begins after; InvalidInputError when it is none of ours."""
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise _foreign() from error
    if type(row_id) is not int or not 0 <= row_id < _MAX_ID or parsed.tzinfo is None:
        raise _foreign()
    return parsed, row_id


def _foreign() -> InvalidInputError:
    return InvalidInputError("cursor: send the `next` of the part before", {"cursor": "not one of ours"})
