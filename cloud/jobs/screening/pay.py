"""Pay that a text states, against the minimum wage of its place and day. Pure.

A sum is judged by what it is for: an hour against the hourly minimum; a day by its stated hours (for a person to
judge without them); a month against
the monthly minimum, or by its hours where they are four a day at most; a piece by the pieces of an hour that the text
states. Allowances, bonuses and costs are no pay (最低工资规定第十二条).
"""

import math
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from cloud.jobs.lookup import MinimumWage
from cloud.jobs.screening.hits import Hit
from cloud.jobs.screening.lazy import Lazy
from cloud.jobs.screening.numbers import number
from cloud.jobs.screening.paywords import (
    BASE,
    BEFORE_UNIT,
    BEHIND_WORD,
    CLOCK,
    DAY_RATE,
    EXTRA,
    NO_PAY,
    NO_PAY_AFTER,
    PART_TIME,
    POINTS,
    RATE,
    STATED_HOURS,
    Unit,
)
from cloud.jobs.wages import LAW, MONTH_HOURS, SHORT_DAY_HOURS, USUAL_HOURS

RULE: Final = "minimum_wage"
#: Paid days of a month (人社部发〔2025〕2号).
MONTH_DAYS: Final = 21.75
#: Sums per month below this are no pay of a month: a fee, an allowance, a number of pieces.
MIN_MONTH_YUAN: Final = 300
MAX_DAY_HOURS: Final = 24
#: Characters before and behind a sum that say what it is.
_BEFORE: Final = 8
_BEHIND: Final = 8
#: A text without these states no hours by their number, none from-to; they are found sooner than what they are part of.
_LONG: Final = Lazy("时|钟头|h")
_DAYTIME: Final = Lazy("点|[早上清][午晨0-9零一二两三四五六七八九十百千万]")


class _Sum(NamedTuple):
    """What one place of the text says that work pays: `yuan` per unit."""

    unit: Unit
    yuan: float
    start: int
    end: int
    what: str
    number: tuple[int, int]


def find_pay(text: str, wage: MinimumWage) -> Iterator[Hit]:
    """Return sums of a text that are below the minimum wage, with the least lawful sum as the mending."""
    sums = list(_sums(text))
    doubtful = [one for one in sums if not _surely_lawful(one, wage)]
    if not doubtful:
        return
    hours = stated_hours(text)
    months = [one.yuan for one in sums if one.unit == "month"]
    for one in doubtful:
        least = _least_yuan(one, text, hours, wage)
        if one.yuan >= least or (_is_base(one, text) and max(months) >= least):
            continue
        unsure = (_is_base(one, text) and EXTRA.regex.search(text)) or (one.unit == "day" and hours is None)
        severity: Literal["block", "review"] = "review" if unsure else "block"
        first, last = one.number
        small = "元" if text[last - 1] in "分毛角钱" else ""
        mend = f"{text[one.start : first]}{_written(least)}{small}{text[last : one.end]}"
        yield Hit(RULE, severity, one.start, one.end, LAW, mend=mend)


def _surely_lawful(one: _Sum, wage: MinimumWage) -> bool:
    """Return whether a sum is enough however many hours are worked for it."""
    match one.unit:
        case "hour":
            return one.yuan * 100 >= wage.hourly_fen
        case "day":
            return one.yuan * 100 >= wage.monthly_fen / MONTH_HOURS * MAX_DAY_HOURS
        case "month":
            return one.yuan * 100 >= wage.monthly_fen
        case "piece":
            return False


def stated_hours(text: str) -> float | None:
    """Return the hours of a day that a text states by their number, by the clock or from-to; None without."""
    if _LONG.regex.search(text) and (found := STATED_HOURS.regex.search(text)):
        hours = number(found["hours"] or found["bare"] or found["alone"])
        if 1 < hours <= MAX_DAY_HOURS:
            return hours
    minutes = sum(_clock_minutes(match) for match in CLOCK.regex.finditer(text)) if ":" in text else 0
    if minutes:
        return minutes / 60
    for match in POINTS.regex.finditer(text) if _DAYTIME.regex.search(text) else ():
        if (match["half"] and match["late"]) or (match[0].count("点") > 1):
            return _points_hours(match)
    return None


def _sums(text: str) -> Iterator[_Sum]:
    """Yield the sums of a text unit by unit; a number is a sum of the first unit that claims it."""
    taken: set[int] = set()
    before = list(BEFORE_UNIT.regex.finditer(text))
    for unit, mark, behind in BEHIND_WORD:
        matches = [match for match in before if match.lastgroup == unit]
        if mark.regex.search(text):
            matches.extend(behind.regex.finditer(text))
        for match in matches:
            if match.start("sum") not in taken and (found := _sum(unit, match)):
                taken.add(match.start("sum"))
                yield found


def _sum(unit: Unit, match: re.Match[str]) -> _Sum | None:
    """Return what a match says that work pays; None when it is no pay, or no pay of a month."""
    text, (start, end) = match.string, match.span()
    if NO_PAY.regex.search(text, max(0, start - _BEFORE), start) or NO_PAY_AFTER.regex.match(text, end, end + _BEHIND):
        return None
    groups = match.groupdict()
    thousands, small = groups.get("k"), groups.get("small")
    yuan = number(match["sum"]) * (1_000 if thousands else 1) * _small(small)
    if not yuan or (unit == "month" and yuan < MIN_MONTH_YUAN):
        return None
    last = match.end("small" if small else "k" if thousands else "sum")
    return _Sum(unit, yuan, start, end, groups.get("what") or "", (match.start("sum"), last))


def _small(word: str | None) -> float:
    return {"分": 0.01, "毛": 0.1, "角": 0.1}[word[0]] if word else 1


def _least_yuan(one: _Sum, text: str, hours: float | None, wage: MinimumWage) -> float:
    """Return what the unit must pay at least, in yuan; 0 when the text does not let one judge."""
    hourly, monthly = wage.hourly_fen / 100, wage.monthly_fen / 100
    full_hour = monthly / MONTH_HOURS
    match one.unit:
        case "hour":
            return hourly
        case "day":
            day_hours = hours or USUAL_HOURS
            return day_hours * (hourly if day_hours <= SHORT_DAY_HOURS else full_hour)
        case "month":
            if hours and hours <= SHORT_DAY_HOURS:
                return min(monthly, hours * MONTH_DAYS * hourly)
            return 0 if PART_TIME.regex.search(text) else monthly
        case "piece":
            pieces = _pieces_per_hour(text, one.what, hours)
            return 0 if not pieces else (hourly if (hours or USUAL_HOURS) <= SHORT_DAY_HOURS else full_hour) / pieces


def _pieces_per_hour(text: str, what: str, hours: float | None) -> float:
    for match in RATE.regex.finditer(text):
        if (match["what"] or match["what2"]) == what or match["what"] in {"个", "件"}:
            return number(match["count"] or match["count2"])
    for match in DAY_RATE.regex.finditer(text):
        if match["what"] == what:
            return number(match["count"]) / (hours or USUAL_HOURS)
    return 0


def _is_base(one: _Sum, text: str) -> bool:
    return one.unit == "month" and bool(BASE.regex.search(text[max(0, one.start - 6) : one.end]))


def _written(yuan: float) -> str:
    """Return a sum rounded up to what people write: whole yuan, or whole fen for pieces."""
    return str(math.ceil(yuan)) if yuan >= 1 else f"{math.ceil(yuan * 100) / 100:.2f}"


def _clock_minutes(match: re.Match[str]) -> int:
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    return (end - start) % (24 * 60)


def _points_hours(match: re.Match[str]) -> float:
    start = number(match["a"]) + (0.5 if match["ah"] else 0)
    end = number(match["b"]) + (0.5 if match["bh"] else 0)
    late = match["late"] or ""
    if (late.startswith(("晚", "下午")) or (match["half"] and not late and end <= start)) and end <= 12:  # noqa: PLR2004 - clock
        end += 12
    return (end - start) % 24 or USUAL_HOURS
