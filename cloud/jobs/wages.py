"""Whether a pay is below the minimum wage of its place and day: pure.

A month is compared with the monthly sum. Everything else is paid by the hour in the end, so it is compared with the
hourly sum; a day is divided by the stated hours, or by 8 when none are stated. A piece rate says nothing without the
number of pieces and is left to the settlement.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from cloud.jobs.lookup import MinimumWage

#: Hours of a working day when the post states none (劳动法第三十六条).
USUAL_HOURS: Final = 8.0
LAW: Final = "最低工资规定第十二条；苏人社规〔2025〕3号"
_SPAN: Final = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-—–~至到]+\s*(\d{1,2})[:：](\d{2})")
_STATED: Final = re.compile(r"(\d{1,2}(?:\.\d)?)\s*(?:个)?(?:小时|h)")
_DAY_MINUTES: Final = 24 * 60


def hours_per_day(text: str) -> float:
    """Return the hours that a post states, by their number or by from-to."""
    stated = _STATED.search(text)
    if stated and 0 < float(stated[1]) <= USUAL_HOURS * 3:
        return float(stated[1])
    minutes = sum(_minutes(match) for match in _SPAN.finditer(text))
    return minutes / 60 if minutes else USUAL_HOURS


def wage_on(day: date, table: Iterable[MinimumWage]) -> MinimumWage | None:
    """Return the minimum wage in force on a day."""
    return next((row for row in table if row.start <= day and (row.end is None or day <= row.end)), None)


def missing_fen(pay_min_fen: int, unit: str, hours: str, wage: MinimumWage) -> int:
    """Return how much a month or an hour lacks, in fen; 0 when the pay is lawful or cannot be judged."""
    match unit:
        case "month":
            return max(0, wage.monthly_fen - pay_min_fen)
        case "hour":
            return max(0, wage.hourly_fen - pay_min_fen)
        case "day":
            return max(0, wage.hourly_fen - round(pay_min_fen / hours_per_day(hours)))
        case _:
            return 0


def _minutes(match: re.Match[str]) -> int:
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    return (end - start) % _DAY_MINUTES
