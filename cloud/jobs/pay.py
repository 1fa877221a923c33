"""What a pay comes to by the hour and by the month, as far as the stated hours say it. Pure; money is integer fen.

Equivalents are rounded down, so that nobody is told more than the text promises. None: the text does not say.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cloud.jobs.hours import WEEKS_PER_MONTH, WorkTime, parse_hours

#: What was read of pays that is kept: the posts that are looked at again and again.
KEPT: Final = 4_096
#: `每小时40件`, `200件/天`.
_PIECES: Final = re.compile(
    r"(?:(?P<per>每小时|每天|每日|日均|一天)[约可做]{0,2}(?P<n>\d{1,6})件|(?P<m>\d{1,6})件/(?P<of>小时|时|天|日))"
)


@dataclass(frozen=True, slots=True)
class Equivalents:
    """A pay by the hour and by the month, in fen."""

    hour_fen: int | None
    month_fen: int | None


def equivalents(pay_fen: int, unit: str, work: WorkTime, pieces_per_hour: float | None = None) -> Equivalents:
    """Return what `pay_fen` per month, day, hour or piece comes to."""
    hours, days, month = work.hours_per_day, work.days_per_week, work.hours_per_month
    match unit:
        case "hour":
            hour: float | None = pay_fen
            whole: float | None = pay_fen * month if month else None
        case "day":
            hour = pay_fen / hours if hours else None
            whole = pay_fen * days * WEEKS_PER_MONTH if days else None
        case "month":
            hour, whole = pay_fen / month if month else None, pay_fen
        case _:
            hour = pay_fen * pieces_per_hour if pieces_per_hour else None
            whole = hour * month if hour and month else None
    return Equivalents(_down(hour), _down(whole))


def pieces_per_hour(text: str, work: WorkTime) -> float | None:
    """Return how many pieces an hour brings, where a text says it: `每小时40件`, or `日均300件` with stated hours."""
    found = _PIECES.search(text.replace(" ", ""))
    if found is None:
        return None
    count, per = float(found["n"] or found["m"]), found["per"] or found["of"]
    if "时" in per:
        return count
    return count / work.hours_per_day if work.hours_per_day else None


@lru_cache(KEPT)
def equivalents_of(pay_fen: int, unit: str, hours: str, method: str = "") -> Equivalents:
    """Return the equivalents of a post's pay by what it writes of hours and method."""
    work = parse_hours(hours)
    return equivalents(pay_fen, unit, work, pieces_per_hour(f"{hours} {method}", work) if unit == "piece" else None)


def _down(value: float | None) -> int | None:
    # A tenth of a fen is lost where a quotient of whole numbers is not quite whole.
    return None if value is None else int(value + 1e-6)
