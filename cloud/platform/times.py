"""The market's time zone: screens and rules speak it, everything inside is UTC."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

MARKET_TIME: Final = ZoneInfo("Asia/Shanghai")


def market_day(moment: datetime) -> date:
    """Return the market's date at a moment."""
    return moment.astimezone(MARKET_TIME).date()
