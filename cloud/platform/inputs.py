"""Kinds of fields that several domains take: texts without control characters, times of this century, links."""

from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from cloud.platform.errors import NotFoundError
from cloud.platform.shapes import Day
from protocols.errors import DocumentError
from protocols.venue.rfc3339 import parse_time

#: What is planned or kept lies between these: arithmetic with days stays far from the calendar's ends.
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2099, 12, 31, tzinfo=UTC)
#: Line ends and tabs are the only control characters of a text.
_NO_CONTROL: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_WEB: Final = ("https://", "http://")


def text(most: int, least: int = 0) -> StringConstraints:
    """Return the constraints of a text of `least` to `most` characters."""
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most, pattern=_NO_CONTROL)


def id_of(text: str, words: str) -> UUID:
    """Return an id from an address; NotFoundError says `words` when it is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(words) from error


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_time(value)
    except DocumentError as error:
        raise ValueError(str(error)) from error


def _of_our_time(value: datetime) -> datetime:
    if value.tzinfo is None or not _FIRST <= value <= _LAST:
        raise ValueError("请填写 2000 至 2099 年之间的时间")
    return value


def _of_our_days(value: date) -> date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError("请填写 2000 至 2099 年之间的日期")
    return value


def _on_the_web(value: str) -> str:
    if value and not value.startswith(_WEB):
        raise ValueError("请填写以 https:// 开头的网址")
    return value


#: A time with its offset.
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_of_our_time)]
#: A day that is planned or was.
CalendarDay = Annotated[Day, AfterValidator(_of_our_days)]
Link = Annotated[str, text(300), AfterValidator(_on_the_web)]
