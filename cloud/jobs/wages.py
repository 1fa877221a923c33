"""Whether a pay is below the minimum wage of its place and day: pure.

A month is compared with the monthly sum; of work of up to four hours a day, by the hour with the hourly sum, which is
made for that (劳动合同法第六十八条). An hour is compared with the hourly sum. A day is divided by its stated hours, or
by 8 when none are stated, and compared with the hourly sum when it is that short, else with the hour that the monthly
sum comes to (21.75 days of 8 hours). A piece rate is judged where the post says how many pieces an hour or a day
brings; else it says nothing and is left to the settlement.
"""

import math
from collections.abc import Iterable
from datetime import date
from typing import Final

from cloud.jobs.hours import WorkTime, parse_hours
from cloud.jobs.lookup import MinimumWage
from cloud.jobs.pay import equivalents, pieces_per_hour

#: Hours of a working day when the post states none (劳动法第三十六条).
USUAL_HOURS: Final = 8.0
#: Days of a week when the post states none: those that 21.75 paid days of a month come from.
USUAL_DAYS: Final = 5.0
LAW: Final = "最低工资规定第十二条；苏人社规〔2025〕3号"
#: Up to this many hours a day work is part-time in the law's sense.
SHORT_DAY_HOURS: Final = 4.0
#: Paid hours of a month (人社部发〔2025〕2号).
MONTH_HOURS: Final = 21.75 * USUAL_HOURS


def hours_per_day(text: str) -> float:
    """Return the hours that a post states, by their number or by from-to; the usual ones when it states none."""
    return parse_hours(text).hours_per_day or USUAL_HOURS


def wage_on(day: date, table: Iterable[MinimumWage]) -> MinimumWage | None:
    """Return the minimum wage in force on a day."""
    return next((row for row in table if row.start <= day and (row.end is None or day <= row.end)), None)


def missing_fen(pay_min_fen: int, unit: str, hours: str, wage: MinimumWage, method: str = "") -> int:
    """Return how much a month or an hour lacks, in fen; 0 when the pay is lawful or cannot be judged."""
    work = parse_hours(hours)
    short = work.hours_per_day is not None and work.hours_per_day <= SHORT_DAY_HOURS
    least_fen = wage.hourly_fen if short else wage.monthly_fen / MONTH_HOURS
    usual = WorkTime(work.hours_per_day or USUAL_HOURS, work.days_per_week or USUAL_DAYS)
    match unit:
        case "month" if not short:
            return max(0, wage.monthly_fen - pay_min_fen)
        case "month" | "day":
            paid = _exact_hour(pay_min_fen, unit, usual)
        case "hour":
            return max(0, wage.hourly_fen - pay_min_fen)
        case _:
            pieces = pieces_per_hour(f"{hours} {method}", usual)
            found = equivalents(pay_min_fen, "piece", usual, pieces).hour_fen
            if found is None:
                return 0
            paid = found
    return max(0, math.ceil(least_fen - paid))


def _exact_hour(pay_fen: int, unit: str, work: WorkTime) -> float:
    hours = work.hours_per_month if unit == "month" else work.hours_per_day
    return pay_fen / (hours or USUAL_HOURS)
