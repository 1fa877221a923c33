"""The first wording of a notice about leaked personal data, with what PIPL 57 has it say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloud.web.formats import local


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened; `kinds` are (name, fields, people held, people seen), None where nobody can count."""

    operator: str
    contact: str
    kinds: Sequence[tuple[str, str, int | None, int | None]]
    found_at: datetime
    from_at: datetime
    to_at: datetime
    cause: str
    harm: str
    measures: str


def notice_text(incident: Incident) -> str:
    """Return the draft: kinds, cause, harm, what we did, what people can do, whom to ask."""
    kinds = "\n".join(f"- {name}（{fields}）：{people(held, seen)}" for name, fields, held, seen in incident.kinds)
    operator = incident.operator or "（运营机构名称）"
    return f"""## 个人信息安全事件告知书

{operator}于{_time(incident.found_at)}发现，{_time(incident.from_at)}至{_time(incident.to_at)}期间，下列个人信息发生或者可能发生泄露、篡改、丢失。

## 一、涉及的信息和人数
{kinds}

## 二、原因
{incident.cause.strip()}

## 三、可能造成的危害
{incident.harm.strip()}

## 四、我们已经采取的补救措施
{incident.measures.strip()}

## 五、您可以采取的措施
- 警惕以本市场名义索要验证码、转账的电话和短信，我们不会这样做。
- 用过相同密码的其他网站，请修改密码。
- 发现异常，请拨打下面的电话，或者向公安机关报案（110、96110）。

## 六、联系方式
{operator}，{incident.contact or "（联系电话）"}。您有权要求我们说明详情，也可以向履行个人信息保护职责的部门投诉。
"""


def people(held: int | None, seen: int | None) -> str:
    """Return how many people are concerned, and how that is known."""
    known = "人数待查明（系统不能计数）" if held is None else f"库中共 {held} 人"
    return known if seen is None else f"{known}；审计日志显示该时段内被查看 {seen} 人"


def _time(moment: datetime) -> str:
    return local(moment).strftime("%Y年%-m月%-d日 %H:%M")
