"""What a job title says once its wrapping is off: pure functions of the text.

People write who hires, what is paid and how free the weekends are into the same line as the work. `read_title` splits
the line at its punctuation, sets the employer aside ("某某饭店招聘厨师") and cuts pay, hours, benefits and reference
numbers out of what remains.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

#: Longer lines are advertisements; what stands first is the title.
MAX_TITLE_CHARS: Final = 200

_BREAK: Final = re.compile(r"[\s+,;:、/\\|()\[\]{}【】《》<>\"“”‘’'!?。.…·~_*&@#=\-—–]+")
#: "…招聘厨师", but not 招标, 招商, 招生 or 招聘专员.
_HIRING: Final = re.compile(
    r"(.*?)(?:[诚急直高薪]*招聘|[诚急直]招|诚聘|急聘|聘请|招募|现招|长期招|招(?![标商生聘投募展财新租考工]))"
    r"(?!专|顾|主|经|师|助|官|运)(.+)"
)
_REFERENCE: Final = re.compile(r"(?<![a-z])(?:[a-z]{1,3}\d{4,}|id ?\d+)")
#: Pay, head count, hours, age: a number with its unit, or from-to.
_AMOUNT: Final = (
    r"\d+(?:\.\d+)?[kw千万亿元块薪天小时名个人位岁点号险休班%年月日起]*"
    r"(?:[-~至到]\d+(?:\.\d+)?[kw千万元块]*)?(?:/[hd天月时])?"
)
_BENEFITS: Final = (
    "五险一金|六险[一二]金|[五六七]险|社保|公积金|双休|单休|大小周|周末|带薪|年假|福利[好多]?"
    "|包吃包住|包吃住?|管吃住?|包食宿|包住宿?|提供住宿|免费住宿|解决住宿|食宿|住宿"
)
_PAY: Final = (
    "高薪|月薪|月入过?|年薪|日薪|时薪|底薪|无责|保底|高?提成|奖金|补贴|餐补|房补|工资|薪资|待遇[好优]*|年终奖"
    "|日结|周结|月结|现结"
)
_TERMS: Final = (
    "急聘|急招|诚聘|诚招|急需|可?兼职|全职|长期|短期|稳定|应届生?|无经验|经验不限|不加班|[朝早][九八]晚[五六]|长?白班|夜班|晚班"
    "|早班|就近分配|就近安排|离家近|男女不限|不限|要带证|带证|有证|要证|新手可[学做]|包教会"
)
_WRAPPING: Final = re.compile(f"{_AMOUNT}|{_BENEFITS}|{_PAY}|{_TERMS}")


@dataclass(frozen=True, slots=True)
class Title:
    """A title as read: the employer's words, if they could be told apart, and the parts that name the work."""

    employer: str
    parts: tuple[str, ...]


def fold(text: str) -> str:
    """Return half-width lower case, with blanks made one."""
    return " ".join(unicodedata.normalize("NFKC", text[:MAX_TITLE_CHARS]).lower().split())


def read_title(text: str) -> Title:
    """Return what a title says; a title that is all wrapping keeps it, for it is all there is."""
    line = _REFERENCE.sub(" ", fold(text))
    employer, work = _employer(line)
    parts = _parts(work) or _parts(line)
    return Title(employer, parts or tuple(part for part in _BREAK.split(line) if part))


def _employer(line: str) -> tuple[str, str]:
    found = _HIRING.fullmatch(line)
    if found and not _BREAK.match(found[2]):
        return found[1], found[2]
    return "", line


def _parts(line: str) -> tuple[str, ...]:
    return tuple(kept for part in _BREAK.split(line) if (kept := _WRAPPING.sub("", part)))
