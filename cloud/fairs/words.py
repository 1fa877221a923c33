"""How times of fairs and shows are written for people. Pure."""

from datetime import date, datetime
from typing import Final

from cloud.platform.times import MARKET_TIME

WEEKDAYS: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def day_words(day: date) -> str:
    """Return a day as `3月21日 周六`."""
    return f"{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def span_words(start: datetime, end: datetime) -> str:
    """Return a span of time as `3月21日 周六 09:00–12:00`, with the second day where it is another one."""
    first, last = start.astimezone(MARKET_TIME), end.astimezone(MARKET_TIME)
    tail = f"{last:%H:%M}" if first.date() == last.date() else f"{day_words(last.date())} {last:%H:%M}"
    return f"{day_words(first.date())} {first:%H:%M}–{tail}"
