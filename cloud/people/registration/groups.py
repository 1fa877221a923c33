"""Groups whom the market helps first: who belongs to which on a day. Pure; the groups themselves are a table.

`hardship` are the ten classes of the province (就业困难人员), `key` the wider circle that the tender names (重点群体).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from protocols.rules.id_number import age_on

Kind = Literal["hardship", "key"]
#: Why a flag does not count on a day.
Fault = Literal["not_confirmed", "not_yet", "over", "ended", "rule", "too_young", "too_old", "no_birth"]
NO_END: Final = date.max


@dataclass(frozen=True, slots=True)
class GroupRule:
    """One group: what proves it, for how many days one proof holds, between which ages somebody may belong to it."""

    id: str
    kind: Kind
    name: str
    basis: str
    proofs: tuple[str, ...]
    days: int
    min_age: Mapping[str, int]
    max_age: int | None
    start: date
    end: date | None
    note: str = ""

    def longest(self, valid_from: date) -> date:
        """Return the last day that a proof from `valid_from` on can hold."""
        return valid_from + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Flag:
    """What a flag's row says; `ended_on` is the first day on which it holds no longer."""

    id: str
    group: str
    valid_from: date
    valid_to: date
    confirmed: bool
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """What the rules need to know of the person."""

    birth: date | None
    sex: str | None


def fault_on(day: date, flag: Flag, rule: GroupRule | None, whose: Whose) -> Fault | None:
    """Return why a flag does not make its person one of the group on a day, or None when it does."""
    if rule is None or not rule.start <= day <= (rule.end or NO_END):
        return "rule"
    if not flag.confirmed:
        return "not_confirmed"
    if day < flag.valid_from:
        return "not_yet"
    if day > min(flag.valid_to, rule.longest(flag.valid_from)):
        return "over"
    if flag.ended_on is not None and day >= flag.ended_on:
        return "ended"
    return _age_fault(day, rule, whose)


def key_group_on(day: date, flags: Iterable[Flag], rules: Mapping[str, GroupRule], whose: Whose) -> tuple[str, ...]:
    """Return the groups somebody belongs to on a day, in the order of the table; empty: to none."""
    held = {flag.group for flag in flags if fault_on(day, flag, rules.get(flag.group), whose) is None}
    return tuple(name for name in rules if name in held)


def _age_fault(day: date, rule: GroupRule, whose: Whose) -> Fault | None:
    youngest = max(rule.min_age.values()) if whose.sex is None else rule.min_age.get(whose.sex, 0)
    if not youngest and rule.max_age is None:
        return None
    if whose.birth is None:
        return "no_birth"
    age = age_on(whose.birth, day)
    if age < youngest:
        return "too_young"
    return "too_old" if rule.max_age is not None and age > rule.max_age else None
