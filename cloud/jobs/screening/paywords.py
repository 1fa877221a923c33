"""How people write pay and hours, as expressions. Pure; each is tried in `pay.py` and by its tests."""

from typing import Final, Literal

from cloud.jobs.screening.lazy import Lazy
from cloud.jobs.screening.numbers import NUMBER

Unit = Literal["hour", "day", "month", "piece"]

_YUAN: Final = r"(?:元钱?|块钱?|圆|rmb|￥|¥)"
_SUM: Final = rf"(?P<sum>{NUMBER})(?P<k>k|千)?(?:\+)?(?: ?[-至到~] ?{NUMBER}(?:k|千)?)?"
_HOUR: Final = r"(?:小时|个小时|钟头|个钟头|h|时|钟)"
_PIECE: Final = r"(?:件|个|单|只|双|条|张|票|台|套|份|桶|袋|斤|箱|包|片|盒|米|趟|本|瓶|间)"
_PER: Final = r"(?:/|每|一|1|/1|/一)"
#: Each alternative begins with a character, no set: then the expression skips to the next of those characters.
_HOURLY: Final = (
    rf"(?:时薪|工价|小时工?(?:工资|价|单价)|钟点工资|每个?{_HOUR}|一个?{_HOUR}|1个?{_HOUR}"
    r"|计时|按小时|小时费|时给)"
)
_DAILY: Final = r"(?:日薪|日工资|一天|1天|每天|一日|1日|每日|日结|一个班|每班|每工|天工资)"
_MONTHLY: Final = (
    r"(?:月薪|月工资|月收入|每个?月(?:工资)?|一个月|1个月|底薪|基本工资|保底|月入|工资|薪资|薪酬"
    r"|月休\d天)"
)
_IS: Final = r"(?:待遇|标准|工资|给|是|为|:|有|算|整|约|大概|大约|能拿|到手)?"
_SMALL: Final = r"(?P<small>分钱?|毛钱?|角钱?)"
#: A bare number is a sum only at the end of a phrase; what it counts when it is no sum of a month.
_ENDS: Final = rf"(?= ?(?:{_YUAN}|[,。;)）+/、]|$|以上|起|左右|不等|包|日结|现结|现金|当天|月结|结| ))"
_NOT_MONTH: Final = (
    rf"(?! ?(?:{_YUAN}?(?:/|每|一)(?:天|日|个?小时|h|时|{_PIECE})|天|名|人|{_PIECE}|小时|次|点|日|号|\.))"
)
#: A sum before its unit, which the last group names: `sum`, in thousands with `k`, in fen or jiao with `small`.
BEFORE_UNIT: Final = Lazy(
    rf"(?P<sum>{NUMBER})(?:(?P<k>k|千)?(?:\+)?(?: ?[-至到~] ?{NUMBER}(?:k|千)?)?(?:"
    rf"(?P<hour>(?:{_YUAN}(?:/|每|一|1|个)*|(?:/|每|[一1]))个?{_HOUR}(?![前后内以干]))"
    rf"|(?P<day>{_YUAN}?{_PER}(?:天|日|day|d\b|个?班)(?!结))"
    rf"|(?P<month>{_YUAN}?(?:/|每|一|1|一个|每个|/1|/一)个?月))"
    rf"|(?P<piece>{_SMALL}?{_YUAN}?(?:/|每|一)(?P<what>{_PIECE})))"
)
#: (unit, one of these stands in a text that states a sum of it behind a word, the expression); groups as above.
BEHIND_WORD: Final[tuple[tuple[Unit, Lazy, Lazy], ...]] = (
    ("hour", Lazy("时|h|钟|工价"), Lazy(rf"{_HOURLY} ?{_IS} ?{_SUM}{_ENDS}")),
    ("day", Lazy("天|日|班|每工"), Lazy(rf"{_DAILY}{_IS} ?{_SUM}{_ENDS}")),
    ("month", Lazy("月|薪|资|保底"), Lazy(rf"{_MONTHLY}{_IS} ?{_SUM}{_NOT_MONTH}")),
    (
        "piece",
        Lazy("每|[一1][件个单斤箱双条张套包趟只票台份桶袋片盒米本瓶间]"),
        Lazy(rf"(?:每|一|1)(?P<what>{_PIECE}) ?(?P<sum>{NUMBER})(?:{_SMALL}|{_YUAN})"),
    ),
)
#: What a sum behind it, before it, is when it is no pay.
NO_PAY: Final = Lazy(
    r"(?:补贴|补助|补|津贴|奖|全勤|房租|水电|租金|押|罚|扣|提成|社保|费|红包|报销|伙食|餐|交|住宿|加|差价|充值|满|返|赔"
    r"|工龄|礼|价值|消费|金)[^,。;]{0,4}$"
)
NO_PAY_AFTER: Final = Lazy(r"[^,。]{0,4}(?:补贴|补助|津贴|餐补|房补|话补|全勤|奖金|押金|提成|房租|高温)")
#: A part of the pay, and what else makes it whole.
BASE: Final = Lazy(r"底薪|基本工资|保底|无责")
EXTRA: Final = Lazy(r"(?<![无没])(?<!没有)(?:提成|计件|绩效|奖金|加班费|抽成|综合|分红|计单|按单|补贴)")
PART_TIME: Final = Lazy(r"兼职|钟点|周末|小时工|非全日|半天|临时|每周\d天")
RATE: Final = Lazy(
    rf"(?:每|一|1)个?{_HOUR}[^,。]{{0,8}}?(?P<count>{NUMBER}) ?(?P<what>{_PIECE})"
    rf"|(?P<count2>{NUMBER}) ?(?P<what2>{_PIECE})/(?:小时|h)"
)
DAY_RATE: Final = Lazy(rf"(?:每|一|1)天[^,。]{{0,8}}?(?P<count>{NUMBER}) ?(?P<what>{_PIECE})")
STATED_HOURS: Final = Lazy(
    r"(?<![/每一1])(?:上班|工作|干|做|上|每天|每日|一天|日均|共|只需|只要|仅|满)[^,。\d]{0,4}?"
    rf"(?P<hours>{NUMBER})个?(?:小时|钟头|h)"
    r"|(?<![\d.])(?P<bare>\d{1,2}(?:\.5)?)个?(?:小时|钟头|h)(?:/天|每天|制|一天)"
    rf"|(?<=[,。 ])(?P<alone>{NUMBER})个?(?:小时|钟头)(?=[,。 ]|$|工)"
)
CLOCK: Final = Lazy(r"(?<!\d)(\d{1,2}):(\d{2}) ?[-至到~]+ ?(\d{1,2}):(\d{2})")
POINTS: Final = Lazy(
    rf"(?P<half>早上?|上午|早晨|清晨)?(?P<a>{NUMBER})点?(?P<ah>半)? ?[-至到~]* ?"
    rf"(?P<late>晚上?|下午|夜里|次日|凌晨|中午)?(?P<b>{NUMBER})点?(?P<bh>半)?"
)
