"""The text of a time on the wire (D1), without pydantic: commands that must start at once read times too."""

import re
from datetime import UTC, datetime, timedelta, timezone

from protocols.errors import DocumentError

_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
#: Marks of the form that we write, 2026-03-02T01:00:00.000Z: its length, and every third character from the fifth.
_WRITTEN_LENGTH = 24
_WRITTEN_MARKS = "--T::."
_LAST_MINUTE = 59
_LAST_HOUR = 23


def parse_time(text: str) -> datetime:
    """Return the aware UTC time of an RFC 3339 text; digits below the microsecond are cut off."""
    if len(text) == _WRITTEN_LENGTH and text[4:22:3] == _WRITTEN_MARKS and text[-1] == "Z":
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise DocumentError(f"{text!r} names no existing time: {error}") from error
    match = _RFC3339.fullmatch(text)
    if match is None:
        msg = f"{text!r} is not an RFC 3339 time with an offset, such as 2026-03-02T01:00:00.000Z"
        raise DocumentError(msg)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micros = int((fraction or "0").ljust(9, "0")[:6])
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), micros, tzinfo=_zone(offset)
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError(f"{text!r} names no existing time: {error}") from error


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > _LAST_HOUR or minutes > _LAST_MINUTE:
        raise ValueError(f"offset {offset} is out of range")
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if offset[0] == "-" else delta)


def format_time(moment: datetime) -> str:
    """Return `moment` as the contract writes it: UTC, `Z`, milliseconds (rounded down)."""
    if moment.tzinfo is None:
        raise DocumentError(f"{moment!r} has no offset; pass an aware datetime")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
