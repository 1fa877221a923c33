"""Identifiers of stations, slots, devices and channels, and the words no one may use as one."""

import re
from typing import Annotated

from pydantic import AfterValidator

from protocols.errors import DocumentError

ID_PATTERN = r"[a-z0-9][a-z0-9-]{0,31}"

#: Words that are levels of a topic; a station or slot of that name would be read as one.
RESERVED = frozenset(
    (
        *("core", "presence", "birth", "up", "ack", "resend", "rebirth", "twin"),
        *("reply", "content", "gallery", "cmd", "live", "agent"),
    )
)

#: The station itself, as the slot of its own events (D5).
AGENT = "agent"

_ID = re.compile(ID_PATTERN)


def check_id(value: str) -> str:
    """Return `value` if it is an identifier; upper case is refused, not folded."""
    if not _ID.fullmatch(value):
        msg = f"{value!r} is not an id: use 1-32 of a-z, 0-9 and '-', not starting with '-'"
        raise DocumentError(msg)
    if value in RESERVED:
        raise DocumentError(f"{value!r} is a reserved word; choose another id")
    return value


def check_slot(value: str) -> str:
    """Return `value` if it names a slot in a topic or source; `agent` is one (D5)."""
    return value if value == AGENT else check_id(value)


def _pydantic(value: str) -> str:
    try:
        return check_id(value)
    except DocumentError as error:
        raise ValueError(str(error)) from error


#: An id inside a pydantic model.
Id = Annotated[str, AfterValidator(_pydantic)]
