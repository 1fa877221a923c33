"""What the tables of this package have in common: their ids, and texts that are sealed for one row."""

from uuid import UUID

import uuid_utils

from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.keyring import place


def new_id() -> UUID:
    """Return a new UUIDv7: ids of later rows are greater."""
    return UUID(str(uuid_utils.uuid7()))


def read_id(text: str, noun: str) -> UUID:
    """Return the id in an address; NotFoundError says that there is no such `noun`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no such {noun}") from error


def seal_text(core: Core, name: str, row: UUID, text: str) -> str | None:
    """Return a text sealed for a row, None of nothing; `name` is a key of keyring.SEALED."""
    return core.keyring.seal(text, place(name, row)) if text else None


def open_text(core: Core, name: str, row: UUID, sealed: str | None) -> str:
    """Return what was sealed for a row; who shows it has recorded that."""
    return core.keyring.open(sealed, place(name, row)) if sealed else ""
