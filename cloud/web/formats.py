"""How values look on a screen: Shanghai time, yuan, minutes. Pure; used as Jinja filters."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

#: Asia/Shanghai has kept this offset since 1991.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
WEEKDAYS: Final = "一二三四五六日"
PAY_UNITS: Final = {"month": "月", "day": "天", "hour": "小时", "piece": "件"}
_FEN_PER_YUAN: Final = 100
_MINUTES_PER_HOUR: Final = 60
_SECONDS_PER_MINUTE: Final = 60
#: Shown where there is nothing to show.
NOTHING: Final = "—"


def local(moment: datetime) -> datetime:
    """Return a moment in Shanghai time; one without offset is UTC, as databases keep it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(SHANGHAI)


def clock(moment: datetime | None) -> str:
    """Return `14:32`."""
    return local(moment).strftime("%H:%M") if moment else NOTHING


def clock_s(moment: datetime | None) -> str:
    """Return `14:32:05`."""
    return local(moment).strftime("%H:%M:%S") if moment else NOTHING


def stamp(moment: datetime | None) -> str:
    """Return `03-02 14:32`."""
    return local(moment).strftime("%m-%d %H:%M") if moment else NOTHING


def stamp_s(moment: datetime | None) -> str:
    """Return `03-02 14:32:05`."""
    return local(moment).strftime("%m-%d %H:%M:%S") if moment else NOTHING


def day_name(day: date) -> str:
    """Return `3月2日 星期一`."""
    return f"{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def minutes(count: int) -> str:
    """Return `7 小时 58 分`."""
    hours, rest = divmod(count, _MINUTES_PER_HOUR)
    if not hours:
        return f"{rest} 分"
    return f"{hours} 小时 {rest} 分" if rest else f"{hours} 小时"


def yuan(fen: int) -> str:
    """Return fen as yuan with thousands commas; decimals only when there are some."""
    whole, rest = divmod(fen, _FEN_PER_YUAN)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def pay_range(low_fen: int, high_fen: int) -> str:
    """Return `200–260`, or one number when both ends are equal."""
    return yuan(low_fen) if low_fen == high_fen else f"{yuan(low_fen)}–{yuan(high_fen)}"


def pay_unit(unit: str) -> str:
    """Return what the pay is for, as `元/天`."""
    return f"元/{PAY_UNITS[unit]}"


def span(milliseconds: int | None) -> str:
    """Return `0.8 秒`, or `3 分 20 秒`."""
    if milliseconds is None:
        return NOTHING
    whole, rest = divmod(milliseconds / 1000, _SECONDS_PER_MINUTE)
    return f"{int(whole)} 分 {int(rest)} 秒" if whole else f"{rest:.1f} 秒"


def moment(text: str | None) -> datetime | None:
    """Return the time that a document wrote."""
    return datetime.fromisoformat(text) if text else None


def local_day(moment: datetime) -> date:
    """Return the market's day of a moment."""
    return local(moment).date()


FILTERS: Final = {
    "local_day": local_day,
    "moment": moment,
    "span": span,
    "clock": clock,
    "clock_s": clock_s,
    "stamp": stamp,
    "stamp_s": stamp_s,
    "day_name": day_name,
    "minutes": minutes,
    "yuan": yuan,
    "pay_unit": pay_unit,
}
