"""One-click rewrite: a text that passes the gate and keeps pay, place and duties, with what was taken out. Pure.

Each finding is mended in the smallest way that helps: a sum is raised to the least lawful one, an age to 16, a word
that names a sex goes out of the duty it stands in, a restriction goes with its words; a whole phrase goes only when
what is left of it says nothing. What a person must judge (review) is mended the same way. Numbers of pay, and words
that no rule is about, stay.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from cloud.jobs.lookup import MinimumWage
from cloud.jobs.screening.engine import find
from cloud.jobs.screening.hits import Hit
from cloud.jobs.screening.normal import Normal, normalise
from cloud.jobs.screening.table import Rules

#: A finding may uncover another; each round takes something out, and a text is finite.
MAX_ROUNDS: Final = 24
#: Ends of a phrase in the text as sent.
_BREAKS: Final = "，,。；;！!？?\n\r｜|"
#: What of a phrase must stay although a finding lies in it: sums, times, numbers of people, places, work.
_PAY: Final = re.compile(
    r"(?:日结|日薪|月薪|时薪|底薪|工资|薪资|工价|计件|每[天月件单]|一天|保底)?[:：]?[\d０-９一二两三四五六七八九十百千]+(?:[.．][\d０-９]+)?(?:[-~至到－～—][\d０-９.]+)?"
    r"(?:元|块钱?|千|k)?(?:/|每|一)?(?:个?小时|钟头|天|日|月|件|单|h|元)(?:以上|起|左右)?|日结|周结|月结|现结|[\d０-９]+[:：][\d０-９]{2}|[\d０-９]{3,5}(?:元|块|起)"
)
_WORK: Final = re.compile(
    r"[\u4e00-\u9fff\d]{0,12}?(?:[路街区镇厂]|园区|商场|超市|站点|医院|学校|酒店|饭店|仓库|车间|工地)[\d]*号?"
    r"|[\u4e00-\u9fff\d]{0,10}?(?:[\u4e00-\u9fff][员工师]|师傅|保安|保洁|司机|前台|客服|导购|骑手|文员|主播|分拣|搬运|装卸|打包|包装|切配"
    r"|传菜|理货|收银|洗碗|保姆|家政|促销|接送|照顾|护理|陪护|采摘|缝纫|组装|贴膜|码垛|卸货|配送|送货|发传单|礼仪|迎宾|助理"
    r"|学徒|干部|顾问|零基础|包住|包吃|包吃住|能上夜班)"
)
#: What is left over when a restriction goes.
_LEFTOVER: Final = re.compile(r"^(?:的|者|优先|录用|应聘|报名|求职者|来|就行|就|不用来了|、|和|或|及|\s)+")
_LEFTOVER_END: Final = re.compile(r"(?:[（(【]|只|仅|限|要求|要|须|需|为|是|、|和|或|及|:|：|\s)+$")
_NO_MEANING: Final = re.compile(r"[^\w]|[的者人请和或及有要就来只招收男女]|要求|岗位|急招|招聘")
_EMPTY_BRACKETS: Final = re.compile(r"[（(【\[][\s、/，,:：]*[）)】\]]")
_DOUBLED: Final = re.compile(rf"([{re.escape(_BREAKS)}、])(?:\s*[，,、；;])+")
_LEADING: Final = re.compile(rf"^[\s{re.escape(_BREAKS)}、:：]+|[，,、；;:：\s]+$")
_MEANT: Final = 2


@dataclass(frozen=True, slots=True)
class Cut:
    """What was taken out (as sent), for which rule and law, and what stands there now."""

    rule: str
    law: str
    taken: str
    put: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text in which nothing is found, and what was done to it."""

    text: str
    cuts: tuple[Cut, ...]


def rewrite(text: str, rules: Rules, day: date, wage: MinimumWage | None) -> Rewritten:
    """Return a text of which no rule finds anything; the same text when nothing was found."""
    cuts: list[Cut] = []
    for number in range(MAX_ROUNDS):
        normal, hits = find(text, rules, day, wage)
        if not hits:
            return Rewritten(text, tuple(cuts))
        text, cut = _mend(text, normal, hits[0], harder=number >= MAX_ROUNDS // 2)
        cuts.append(cut)
    return Rewritten("", tuple(cuts))  # a text that a person must write anew


def _mend(text: str, normal: Normal, hit: Hit, *, harder: bool) -> tuple[str, Cut]:
    """Return the text with one finding mended, and what was done; `harder` takes whole phrases."""
    start, end = normal.span(hit.start, hit.end)
    if hit.mend is not None and not harder:
        return text[:start] + hit.mend + text[end:], Cut(hit.rule, hit.law, text[start:end], hit.mend)
    low, high = _phrase(text, start, end, [normal.origin[at] for at, sign in enumerate(normal.text) if sign == " "])
    kept = _kept(text[low:high], start - low, end - low, hit, harder=harder)
    mended = _tidy(text[:low] + kept + text[high:])
    return mended, Cut(hit.rule, hit.law, text[low:high] if not kept else text[start:end], "")


def _phrase(text: str, start: int, end: int, spaces: Iterable[int]) -> tuple[int, int]:
    """Return the bounds of the phrase that a finding lies in: between breaks, or spaces that part words."""
    breaks = [*(place for place, sign in enumerate(text) if sign in _BREAKS), *spaces]
    low = max((place + 1 for place in breaks if place < start), default=0)
    return low, min((place for place in breaks if place >= end), default=len(text))


def _kept(phrase: str, start: int, end: int, hit: Hit, *, harder: bool) -> str:
    """Return what stays of a phrase whose part from `start` to `end` is found."""
    if harder:
        return ""
    found, before, after = phrase[start:end], phrase[:start], phrase[end:]
    if hit.cut == "attribute" and not _RESTRICTS.search(normalise(found).text):
        left = _EMPTY_BRACKETS.sub("", before + _SEX_WORDS.sub("", found) + _LEFTOVER.sub("", after))
        if len(_NO_MEANING.sub("", left)) >= _MEANT:
            return _LEFTOVER_END.sub("", left)
    sums = [] if hit.rule == "fee" else [match[0] for match in _PAY.finditer(f"{before} {after}")]
    if _WORK.search(before):
        return _LEFTOVER_END.sub("", before) + "".join([*_work(after), *(one for one in sums if one not in before)])
    return "".join([*_work(after), *sums])


def _work(text: str) -> list[str]:
    return [match[0] for match in _WORK.finditer(text)]


#: A finding that restricts in words goes with its words; one that only names a sex loses the name.
_RESTRICTS: Final = re.compile(r"[勿拒限仅只别免]|不|谢绝|除外|优先|最好|为佳|为主|考虑|要求|必须|须是")
#: Words of a finding about sex that go; what is between them (numbers, work) stays.
_SEX_WORDS: Final = re.compile(
    r"(?:仅?只?限定?|[仅只][要招收需用]|[仅只]考虑|要求|必须是?|须是?为?|优先[考虑录用]*|最好|为佳|为主|(?:请|就|就请)?勿扰|不要|不招|不收|谢绝|拒绝|性别(?:要求)?[:：]?为?)"
    r"|(?:男|女|nan|nv|ｎａｎ|ｎｖ|♂|♀)\s*(?:性|生|士|的|同志|孩子|工人?|劳力|sheng|xing)?(?!装|鞋|科)|小姑娘|小伙子?|姑娘|妹子|汉子|者(?=优先)",
    re.IGNORECASE,
)


def _tidy(text: str) -> str:
    """Return the text without doubled and dangling signs."""
    text = _EMPTY_BRACKETS.sub("", text)
    text = _DOUBLED.sub(r"\1", text).replace("  ", " ")
    return _LEADING.sub("", text)
