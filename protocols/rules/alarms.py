"""Local rules: when a value of a slot is an alarm, as data of the site file; one reading for edge and cloud. Pure.

A condition is simple (`value` `op` `limit`), lasting (`for_s`), repeating (`times` within `within_s`), and may be
watched at some hours of some days only. What nobody saw proves nothing: an unknown value neither raises nor clears.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from protocols.rules.errors import WrongRule
from protocols.rules.facts import WEEK_DAYS
from protocols.rules.minutes import DAY_MINUTES
from protocols.rules.opening import SHANGHAI

Scalar = bool | int | float | str
Op = Literal["above", "below", "equals", "differs"]
Severity = Literal["warning", "error"]
News = Literal["raised", "cleared"]

OPS: Final[tuple[Op, ...]] = get_args(Op)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
#: The value of every slot that says whether its device works: `good`, `stale`, `unknown`.
HEALTH: Final = "health"
#: A condition that must last longer than a week, or come more often than this, is a report and no alarm.
MAX_SECONDS: Final = 7 * 86_400
MAX_TIMES: Final = 100
MAX_TEXT: Final = 200
MAX_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One rule; a WrongRule says what cannot be. `clear` is where a number is good again (hysteresis)."""

    id: str
    slot: str
    value: str
    op: Op
    limit: Scalar
    clear: float | None = None
    for_s: float = 0
    times: int = 1
    within_s: float = 0
    #: Minutes of the day [from, to) in Shanghai, and weekdays (Monday = 0); empty: always.
    hours: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    severity: Severity = "warning"
    text: str = ""
    work_order: bool = False

    def __post_init__(self) -> None:
        for fits, what in (
            (0 < len(self.value) <= MAX_NAME, "value: name what the slot shows"),
            (self.op in OPS, f"op: one of {', '.join(OPS)}"),
            (self.severity in SEVERITIES, f"severity: one of {', '.join(SEVERITIES)}"),
            (self.op in {"equals", "differs"} or _is_number(self.limit), "limit: a number for above and below"),
            (self.clear is None or self._clears_behind(self.clear), "clear: a number on the good side of limit"),
            (0 <= self.for_s <= MAX_SECONDS, f"for_s: 0 to {MAX_SECONDS}"),
            (1 <= self.times <= MAX_TIMES, f"times: 1 to {MAX_TIMES}"),
            (0 <= self.within_s <= MAX_SECONDS, f"within_s: 0 to {MAX_SECONDS}"),
            ((self.times > 1) == (self.within_s > 0), "times and within_s: together or not at all"),
            (all(0 <= a < b <= DAY_MINUTES for a, b in self.hours), "hours: from before to, within a day"),
            (self.weekdays <= frozenset(range(WEEK_DAYS)), "weekdays: Monday = 0 to Sunday = 6"),
            (len(self.text) <= MAX_TEXT, f"text: {MAX_TEXT} letters at most"),
        ):
            if not fits:
                raise WrongRule(f"rule {self.id!r}: {what}")

    def _clears_behind(self, clear: float) -> bool:
        if self.op == "above":
            return clear <= float(self.limit)
        return self.op == "below" and clear >= float(self.limit)

    def watches(self, at: datetime) -> bool:
        """Return whether the rule is watched at a moment."""
        local = at.astimezone(SHANGHAI)
        minute = local.hour * 60 + local.minute
        on_day = not self.weekdays or local.weekday() in self.weekdays
        return on_day and (not self.hours or any(first <= minute < last for first, last in self.hours))

    def holds(self, value: Scalar, *, raised: bool = False) -> bool:
        """Return whether a value meets the condition; `raised`: whether it is not good again yet.

        A value of another type than the limit meets nothing but `differs`.
        """
        limit = self.clear if raised and self.clear is not None else self.limit
        if self.op in {"above", "below"}:
            return _is_number(value) and _is_number(limit) and _BEYOND[self.op](float(value), float(limit))
        return _equal(value, limit) == (self.op == "equals")

    def describe(self) -> str:
        """Return the rule in words, for people."""
        lasting = f"，持续 {_seconds(self.for_s)}" if self.for_s else ""
        again = f"，{_seconds(self.within_s)}内 {self.times} 次" if self.times > 1 else ""
        return f"{self.slot} 的 {self.value} {_WORDS[self.op]} {_shown(self.limit)}{lasting}{again}"


_BEYOND: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "above": lambda value, limit: value > limit,
    "below": lambda value, limit: value < limit,
}
_WORDS: Final[Mapping[Op, str]] = {"above": "高于", "below": "低于", "equals": "为", "differs": "不为"}


@dataclass(slots=True)
class AlarmState:
    """What a rule has seen; give it the value whenever it is looked at, in the order of time."""

    rule: AlarmRule
    raised: bool = False
    _since: datetime | None = None
    _began: deque[datetime] = field(default_factory=deque)
    _held: bool = False

    def see(self, value: Scalar | None, at: datetime) -> News | None:
        """Take what is seen now, None for unknown; returns what became of the alarm."""
        if not self.rule.watches(at):
            return self._end()
        if value is None:
            self._rest()
            return None
        holds = self.rule.holds(value, raised=self.raised)
        if self.raised:
            return None if holds else self._end()
        if holds:
            return self._take(at)
        self._rest()
        return None

    def reset(self) -> None:
        """Forget everything: nobody watches now."""
        self._end()

    def _take(self, at: datetime) -> News | None:
        """Take that the condition holds, once it has lasted and come often enough."""
        self._since = self._since or at
        if at - self._since < timedelta(seconds=self.rule.for_s):
            return None
        if not self._held:
            self._held = True
            self._began.append(at)
        while self._began and at - self._began[0] > timedelta(seconds=self.rule.within_s):
            self._began.popleft()
        if self.rule.times > 1 and len(self._began) < self.rule.times:
            return None
        self.raised = True
        return "raised"

    def _rest(self) -> None:
        self._since, self._held = None, False

    def _end(self) -> News | None:
        was, self.raised = self.raised, False
        self._rest()
        self._began.clear()
        return "cleared" if was else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(value: Scalar, limit: object) -> bool:
    """Return whether both are the same; True is not 1."""
    return value == limit and isinstance(value, bool) == isinstance(limit, bool)


def _seconds(count: float) -> str:
    return f"{count / 60:g} 分钟" if count >= 60 and count % 60 == 0 else f"{count:g} 秒"  # noqa: PLR2004 - a minute


def _shown(value: Scalar) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else f"{value:g}" if _is_number(value) else str(value)
