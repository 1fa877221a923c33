"""What people write about working time, read: `8小时/天`, `早8晚5`, `9:00-17:30`, `两班倒12小时`, `做六休一`. Pure.

"Cannot say" is an answer: whoever needs a number decides what stands for None.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

DAY_HOURS: Final = 24.0
WEEK_DAYS: Final = 7.0
#: Weeks of a month, so that five days a week are the 21.75 paid days of 人社部发〔2025〕2号.
WEEKS_PER_MONTH: Final = 21.75 / 5
#: Nobody works longer in one piece than this; spans that add up to more are shifts, of which a person has one.
LONGEST_DAY_HOURS: Final = 16.0
_MONTH_DAYS: Final = 365 / 12
_NOON: Final = 12 * 60
_DAY: Final = 24 * 60

_DIGITS: Final = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
                  "九": 9}  # fmt: skip
_TEN: Final = re.compile(r"([一二两三四五六七八九]?)十([一二三四五六七八九]?)")
#: A numeral counts as a number only where a number is meant: not in 一线, 五险.
_NUMERAL: Final = re.compile(
    r"[一二两三四五六七八九](?=个?(?:小时|钟头|点|时|天|日|班[倒制运三二两]|休))|(?<=休)[一二两三四五六七]"
)
_CLOCK_NUMERAL: Final = re.compile(r"(?<=[早晚])[一二三四五六七八九](?!班)")
_SHIFTS: Final = re.compile(
    r"(?P<two>[2](?:班倒|班制|班运转)|[4四]班[2二两]运转|黑白班)|(?P<three>[3](?:班倒|班制)|[4四]班[3三]运转)"
)
_AMOUNT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)(?:[-~至到](\d{1,3}(?:\.\d{1,2})?))?个?(?:小时|钟头|h)")
_BREAK: Final = re.compile(r"(?:休息?|午餐|用餐|吃饭|就餐)[^,;，；。\d]{0,4}$")
_EXTRA: Final = re.compile(r"(?:加班|培训|提前)[^,;，；。\d]{0,4}$")
_WEEKLY: Final = re.compile(r"(?:周|星期|礼拜)[^,;，；。\d天日]{0,6}$")
_PER_WEEK: Final = re.compile(r"^(?:/|每|一)?(?:周|星期|礼拜)")
_MONTHLY: Final = re.compile(r"月[^,;，；。\d]{0,4}$")
_PER_MONTH: Final = re.compile(r"^(?:/|每)?(?:个)?月")
_PART: Final = "(?P<{0}part>凌晨|清晨|早上|早晨|早|上午|中午|下午|午后|傍晚|晚上|晚间|晚|夜里|夜)?"
_TIME: Final = (
    "(?P<{0}next>次日|第2天|翌日|隔天)?"
    + _PART
    + r"(?P<{0}h>\d{{1,2}})(?P<{0}mark>[:点时](?P<{0}m>\d{{1,2}}|半|1刻|3刻)?分?)?"
)
_SPAN: Final = re.compile(
    r"(?<![\d.])"
    + _TIME.format("a")
    + r"(?P<sep>[-—–~至到]+)?"
    + _TIME.format("b")
    + r"(?![\d.%]|个?(?:小时|天|人|元|岁|月))"
)
_SHIFT_NAME: Final = re.compile(r"[早中晚白夜甲乙丙a-d]班|倒班|轮班|或")
_RHYTHM: Final = re.compile(r"[做上干](\d{1,2})(?:天)?休(\d{1,2})(?:天)?")
_DAYS: Final[tuple[tuple[re.Pattern[str], float], ...]] = (
    (re.compile(r"大小[周休]"), 5.5),
    (re.compile(r"双休|周末休息|周休2|每周休(?:息)?2天|周[1一](?:至|到|-|~)周?[5五]"), 5.0),
    (re.compile(r"单休|周休1|每周休(?:息)?1天|周[1一](?:至|到|-|~)周?[6六]"), 6.0),
    (re.compile(r"周[1一](?:至|到|-|~)周?[7日天]|全年无休|月休0天"), 7.0),
    (re.compile(r"周末(?:2天|兼职|班)"), 2.0),
)
_MONTH_OFF: Final = re.compile(r"(?:每月|月)休(?:息)?(\d{1,2})(?:-\d{1,2})?天?")
_WEEK_DAYS: Final = re.compile(r"(?:每周|1周|一周|周)(?:工作|上班|上|做|出勤)?([1-7])天(?!休)")


@dataclass(frozen=True, slots=True)
class WorkTime:
    """Hours of a working day and working days of a week, as far as a text says them."""

    hours_per_day: float | None = None
    days_per_week: float | None = None

    @property
    def hours_per_month(self) -> float | None:
        """Return the hours of a month, when both are known."""
        if self.hours_per_day is None or self.days_per_week is None:
            return None
        return self.hours_per_day * self.days_per_week * WEEKS_PER_MONTH


def parse_hours(text: str) -> WorkTime:
    """Return what a text says of working time."""
    plain = _plain(text)
    rhythm = _rhythm(plain)
    days = rhythm.days_per_week or _days(plain)
    daily, weekly = _amounts(plain)
    hours = daily or rhythm.hours_per_day or _spans(plain) or _of_shifts(plain)
    if hours is None and weekly is not None and days is not None:
        hours = weekly / days
    if days is None and weekly is not None and hours:
        days = weekly / hours
    return WorkTime(_within(hours, DAY_HOURS), _within(days, WEEK_DAYS))


def _within(value: float | None, most: float) -> float | None:
    return value if value is not None and 0 < value <= most else None


def _plain(text: str) -> str:
    """Return the text in half-width small letters without spaces, numerals that count something as digits."""
    folded = unicodedata.normalize("NFKC", text).lower()
    parted = re.sub(r"(?<=\d)\s+(?=\d)", ",", folded)
    joined = "".join(character for character in parted if not character.isspace()).replace("朝", "早")
    joined = _TEN.sub(lambda found: str((_DIGITS.get(found[1], 1)) * 10 + _DIGITS.get(found[2], 0)), joined)
    joined = _CLOCK_NUMERAL.sub(lambda found: str(_DIGITS[found[0]]), joined)
    return _NUMERAL.sub(lambda found: str(_DIGITS[found[0]]), joined)


def _amounts(text: str) -> tuple[float | None, float | None]:
    """Return hours that are stated as a number: (of a day, of a week); of several the longest, breaks are none."""
    daily: list[float] = []
    weekly: list[float] = []
    for found in _AMOUNT.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        value = max(float(found[1]), float(found[2] or 0))
        if _BREAK.search(before) or _EXTRA.search(before) or _MONTHLY.search(before) or _PER_MONTH.match(after):
            continue
        (weekly if _WEEKLY.search(before) or _PER_WEEK.match(after) else daily).append(value)
    lawful = [value for value in daily if 0 < value <= DAY_HOURS]
    return max(lawful, default=None), max(weekly, default=None)


def _spans(text: str) -> float | None:
    """Return the hours between clock times, less the breaks; of shifts the longest."""
    work: list[float] = []
    rest = 0.0
    for found in _SPAN.finditer(text):
        length = _length(found)
        if length is None:
            continue
        if _BREAK.search(text[: found.start()]):
            rest += length
        else:
            work.append(length)
    if not work:
        return None
    shifts = bool(_SHIFT_NAME.search(text)) or sum(work) > LONGEST_DAY_HOURS
    for found in _AMOUNT.finditer(text):
        if _BREAK.search(text[: found.start()]):
            rest += float(found[1])
    whole = max(work) if shifts else sum(work)
    return whole - rest if rest < whole else whole


def _length(found: re.Match[str]) -> float | None:
    """Return the hours from one clock time to another; None when this is no pair of clock times."""
    clock = [found[f"{one}mark"] or found[f"{one}part"] for one in "ab"]
    if not all(clock) and not (found["sep"] and any(found[f"{one}mark"] for one in "ab")):
        return None
    if not found["sep"] and not all(found[f"{one}part"] for one in "ab"):
        return None
    start, end = _minute(found, "a"), _minute(found, "b")
    if start is None or end is None:
        return None
    if end <= start and not found["bpart"] and not found["bnext"] and start < _NOON and end + _NOON > start:
        end += _NOON  # 8点到5点
    return (end - start) % _DAY / 60 or None


def _minute(found: re.Match[str], one: str) -> int | None:
    hour, minute, part = int(found[f"{one}h"]), found[f"{one}m"], found[f"{one}part"] or ""
    minutes = {"半": 30, "1刻": 15, "3刻": 45}.get(minute or "", 0) if not (minute or "").isdigit() else int(minute)
    if hour > 24 or minutes > 59:  # noqa: PLR2004 - a clock
        return None
    late = part in {"下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜里", "夜"}
    # At midnight the evening's twelve begins the next day; 晚2点 is long after it.
    if late and (5 if part.startswith(("晚", "夜")) else 1) <= hour <= 12:  # noqa: PLR2004
        hour += 12
    return (hour * 60 + minutes) % _DAY


def _of_shifts(text: str) -> float | None:
    """Return the hours of a shift by how many of them fill a day."""
    found = _SHIFTS.search(text)
    return None if found is None else 12.0 if found["two"] else 8.0


def _rhythm(text: str) -> WorkTime:
    """Return what `做六休一` and `上12休24` say: days on and off, or hours when there are more than a week has."""
    found = _RHYTHM.search(text)
    if found is None or not int(found[1]) or int(found[1]) + int(found[2]) == 0:
        return WorkTime()
    on, off = int(found[1]), int(found[2])
    if on >= 8:  # noqa: PLR2004 - more days than a week has: hours
        return WorkTime(float(on), WEEK_DAYS * DAY_HOURS / (on + off) if off else None)
    return WorkTime(None, WEEK_DAYS * on / (on + off))


def _days(text: str) -> float | None:
    for pattern, days in _DAYS:
        if pattern.search(text):
            return days
    if found := _MONTH_OFF.search(text):
        return WEEK_DAYS * (_MONTH_DAYS - int(found[1])) / _MONTH_DAYS
    found = _WEEK_DAYS.search(text)
    return float(found[1]) if found else None
