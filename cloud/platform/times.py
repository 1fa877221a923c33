"""The market's time zone: screens and rules speak it, everything inside is UTC."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

MARKET_TIME: Final = ZoneInfo("Asia/Shanghai")


def market_day(moment: datetime) -> date:
    """Return the market's date at a moment."""
    return moment.astimezone(MARKET_TIME).date()


def day_start(day: date) -> datetime:
    """Return when a day of the market begins, in UTC: SQLite compares times as texts, so all are of one zone."""
    return datetime.combine(day, time.min, MARKET_TIME).astimezone(UTC)
