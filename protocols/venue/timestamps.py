"""Times on the wire (D1): RFC 3339; written in UTC with 3 decimals, read with any offset and 0-9 decimals."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from protocols.errors import DocumentError
from protocols.venue.rfc3339 import format_time, parse_time

__all__ = ["Timestamp", "format_time", "parse_time"]


def _pydantic(value: object) -> datetime:
    if not isinstance(value, str):
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        raise ValueError("a time is a text such as 2026-03-02T01:00:00.000Z")
    try:
        return parse_time(value)
    except DocumentError as error:
        raise ValueError(str(error)) from error


#: A time inside a pydantic model.
Timestamp = Annotated[
    datetime,
    BeforeValidator(_pydantic),
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
