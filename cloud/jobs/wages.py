"""Whether a pay is below the minimum wage of its place and day: pure.

A month is compared with the monthly sum, an hour with the hourly sum, which is made for work of up to four hours a day
(劳动合同法第六十八条). A day is divided by its stated hours, or by 8 when none are stated, and compared with the hourly
sum when it is that short, else with the hour that the monthly sum comes to (21.75 days of 8 hours). A piece rate says
nothing without the number of pieces and is left to the settlement.
"""

import math
import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from cloud.jobs.lookup import MinimumWage

#: Hours of a working day when the post states none (劳动法第三十六条).
USUAL_HOURS: Final = 8.0
LAW: Final = "最低工资规定第十二条；苏人社规〔2025〕3号"
#: Up to this many hours a day work is part-time in the law's sense.
SHORT_DAY_HOURS: Final = 4.0
#: Paid hours of a month (劳社部发〔2008〕3号).
MONTH_HOURS: Final = 21.75 * USUAL_HOURS
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
            stated = hours_per_day(hours)
            least_fen = wage.hourly_fen if stated <= SHORT_DAY_HOURS else wage.monthly_fen / MONTH_HOURS
            return max(0, math.ceil(least_fen - pay_min_fen / stated))
        case _:
            return 0


def _minutes(match: re.Match[str]) -> int:
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    return (end - start) % _DAY_MINUTES
