"""Ages in a text: a limit for a person to judge, and work offered to those under 16. Pure.

Sources: 劳动法第十五条; 禁止使用童工规定第二条、第四条 (nobody may be taken on or introduced under 16); an upper limit
is no named ground of 就业促进法 and is reviewed. An age of somebody else (a child to be fetched) is no limit: its
number is out of sight in `seen`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from cloud.jobs.screening.hits import Hit
from cloud.jobs.screening.lazy import Lazy
from cloud.jobs.screening.lexicon import NUMBER as NUMBER_KIND
from cloud.jobs.screening.lexicon import Line
from cloud.jobs.screening.numbers import NUMBER, number

WORKING_AGE: Final = 16
#: Lowest and highest number that is read as an upper age limit; beyond them a number is something else.
MIN_LIMIT, MAX_LIMIT = 17, 75
#: A bare range is one of ages when its upper end lies above the hours of a day.
MIN_BARE_UPPER: Final = 25
MAX_LOWER: Final = 50
ADULT: Final = 18
UNDER_16: Final = "under_16"
UNDER_16_LAW: Final = "劳动法第十五条；禁止使用童工规定第二条、第四条"
AGE_LIMIT: Final = "age_limit"
AGE_LAW: Final = "就业促进法第三条；人社部门平台审核规则"

_SUI: Final = r" ?周?岁"
_REFUSED: Final = (
    r"(?:者|的|人)?(?:请|就|都|一律)?(?:勿|不要|别|免谈|不招|不考虑|不予|不收|谢绝|不用|绕行|拒|除外|不录|不行|pass)"
)
#: At a beginning. It stands behind the first character: an expression that begins with a set of characters, or with
#: words of which each begins with a character, skips to the next of them; one that begins with a look back, with
#: something that may be left out or with an empty group tries every place.
_BEGUN: Final = "(?<![^ ,。:()、/男女限龄求].)"
_FIRST: Final = NUMBER.replace("]", f"]{_BEGUN}", 1)
_YEAR: Final = f"[年满]{_BEGUN}"
_END: Final = r"(?=$|[ ,。)、/]|身体|优先|左右|都行|均可|都可|的|男|女|人员)"
#: (a word without which the expression matches nothing, the expression)
_YOUNG: Final = (
    ("岁", Lazy(rf"(?P<a>{NUMBER}){_SUI}? ?[-至到、~] ?(?P<b>{NUMBER}){_SUI}")),
    ("", Lazy(rf"(?:年满|满|够)(?P<a>{NUMBER})(?:{_SUI})?(?:就|即|可|也|都|能|以上|起|$|[ ,。])")),
    (
        "岁",
        Lazy(rf"(?P<a>{NUMBER}){_SUI}(?:及|或)?(?:以上|起|即可|就|可|也|都|能|左右|的?(?:学生|孩子)?(?:来|都|也)|\+)"),
    ),
    ("岁", Lazy(rf"[招收要](?<![未不].)[^,。]{{0,4}}?(?P<a>{NUMBER}){_SUI}")),
    ("", Lazy(rf"(?P<low>未满|不满|不到|没满)(?P<a>{NUMBER})(?:{_SUI})?(?:的|者)?(?:也|都|可|能|就|照|没关系)")),
    ("岁", Lazy(rf"(?P<a>{NUMBER})(?P<low>){_SUI}以下(?:的|者)?(?:也|都|可|能|就|照|没关系)")),
)
_LIMITS: Final = (
    ("岁", Lazy(rf"(?P<a>{NUMBER})(?:{_SUI})? ?[-至到~] ?(?P<b>{NUMBER}){_SUI}")),
    (
        "年龄",
        Lazy(rf"年龄(?:要求|范围|限制|区间|段)?(?:在|为|:|是)? ?(?P<a>{NUMBER})(?:{_SUI})? ?[-至到~] ?(?P<b>{NUMBER})"),
    ),
    ("", Lazy(rf"(?P<bare>{_FIRST}) ?[-至到~] ?(?P<b>{NUMBER}){_END}")),
    ("岁", Lazy(rf"(?P<b>{NUMBER}){_SUI}(?:及)?(?:以下|以内|之内|以里|封顶|为限|往下|之下|内)")),
    ("年龄", Lazy(rf"年龄[^,。]{{0,4}}?(?P<b>{NUMBER})(?:以下|以内|之内|封顶|为限){_END}")),
    ("", Lazy(rf"(?P<b>{_FIRST})(?:以下|以内|之内|封顶|为限){_END}")),
    ("以上", Lazy(rf"(?P<b>{NUMBER}){_SUI}?(?:及|或)?以上{_REFUSED}")),
    ("", Lazy(rf"(?:超过?|大于|过了|满)(?P<b>{NUMBER}){_SUI}?(?:以上)?{_REFUSED}")),
    ("岁", Lazy(rf"(?:不超过?|不得超过|不大于|不能超过|小于|低于|未满|限|≤|<)(?P<b>{NUMBER}){_SUI}")),
    (
        "年龄",
        Lazy(rf"年龄(?:要求)?(?:卡在?|上限|不超过?|不得超过|不大于|限|≤|<|在|为|:)(?P<b>{NUMBER})(?!{_SUI}?以上)"),
    ),
    ("岁", Lazy(rf"{_YEAR}(?:(?<=年)[满龄]|(?<=满))(?P<lower>{NUMBER}){_SUI}(?:及)?以上{_END}")),
    ("岁", Lazy(rf"(?P<lower>{_FIRST}){_SUI}(?:及)?以上{_END}")),
)


def find_ages(text: str, seen: Line) -> Iterator[Hit]:
    """Return what a text says of ages; `seen` is the text's line after the hides."""
    if not _speaks_of_age(text):
        return
    text = text.replace("嵗", "岁")
    for mark, pattern in _YOUNG:
        for match in pattern.regex.finditer(text) if mark in text else ():
            if _is_young(match) and _is_seen(match.start("a"), seen):
                yield Hit(UNDER_16, "block", match.start(), match.end(), UNDER_16_LAW, mend=_grown(match))
    for mark, pattern in _LIMITS:
        for match in pattern.regex.finditer(text) if mark in text else ():
            if _is_limit(match) and _is_seen(_place(match), seen):
                yield Hit(AGE_LIMIT, "review", match.start(), match.end(), AGE_LAW)


#: An age other than the lawful 16 and 18, or what a limit is written with.
_OTHER_AGE: Final = Lazy(r"岁(?<!1[68]岁)(?<!1[68]周岁)")
_RANGE: Final = Lazy(r"[0-9](?<![0-9][0-9])[0-9]? ?[-至到~] ?[0-9]{2}(?![0-9])")
#: Not that one must be of the lawful age, which most say who say anything.
_OF_AGE: Final = Lazy(r"[满够]1(?![68] ?周?岁(?:以上)?[,。])")
_LIMITING: Final = (
    "年龄", "以下", "以内", "之内", "以里", "封顶", "为限", "超过", "过了",
    "大于", "小于", "低于", "不满", "未满", "不到", "没满",
    "≤", "<", "以上的", "以上勿", "以上不", "以上别", "以上免", "以上谢", "以上请",
)  # fmt: skip


def _speaks_of_age(text: str) -> bool:
    """Return whether a text may say more of ages than that one must be of age: most say nothing."""
    for word in _LIMITING:
        if word in text:
            return True
    return any(one.regex.search(text) for one in (_OTHER_AGE, _RANGE, _OF_AGE))


def _is_young(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    low, high = number(groups["a"]), number(groups.get("b") or groups["a"])
    if "low" in groups:  # below this age is taken
        return ADULT > low > 0 and low <= WORKING_AGE
    return 0 < low < WORKING_AGE and high >= low > 8  # noqa: PLR2004 - nobody offers work below


def _is_limit(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    if lower := groups.get("lower"):
        return ADULT < number(lower) <= MAX_LOWER
    upper = number(groups["b"])
    if bare := groups.get("bare"):
        return WORKING_AGE <= number(bare) <= MAX_LOWER and MIN_BARE_UPPER < upper <= MAX_LIMIT
    return MIN_LIMIT <= upper <= MAX_LIMIT and number(groups.get("a") or "16") < upper


def _place(match: re.Match[str]) -> int:
    name = next(name for name in ("a", "bare", "b", "lower") if match.groupdict().get(name))
    return match.start(name)


def _is_seen(place: int, seen: Line) -> bool:
    token = bisect_right(seen.starts, place) - 1
    return seen.kinds[token] == NUMBER_KIND


def _grown(match: re.Match[str]) -> str | None:
    """Return the same words with 16 as the lowest age; nothing for words that offer work to those below."""
    if "low" in match.groupdict():
        return None
    if number(match.groupdict().get("b") or "16") < WORKING_AGE:  # 13、14岁
        return f"{WORKING_AGE}周岁以上"
    start, end = match.start("a") - match.start(), match.end("a") - match.start()
    return f"{match[0][:start]}{WORKING_AGE}{match[0][end:]}"
