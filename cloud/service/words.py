"""How clocks and times of the desk read on a screen. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from cloud.web.formats import minutes
from firmware_profiles.ui.catalogue import Catalogue
from protocols.venue.rfc3339 import parse_time

#: Working minutes of an open day of 9:00 to 17:00: longer terms are told in days.
DAY_MINUTES: Final = 480
_TIMES: Final = frozenset(
    {
        "opened_at", "due_at", "done_at", "closed_at", "judged_at", "at", "last_at", "answer_due_at", "first_due_at",
        "opens_at", "made_at", "first_answered_at", "from", "until", "to",
    }
)  # fmt: skip


def clock_words(clock: Mapping[str, Any], t: Catalogue) -> str:
    """Return what stands beside a ticket's clock: what is left, or by how much it is over."""
    hand, left = clock["hand"], clock["budget_minutes"] - clock["used_minutes"]
    if hand in {"running", "standing"}:
        return t(f"service.clock.{hand}", time=term_words(max(0, left), t))
    if hand == "late":
        return t("service.clock.late", time=term_words(-left, t)) if left < 0 else t("service.clock.now")
    return t(f"service.clock.{hand}", time=term_words(clock["used_minutes"], t))


def term_words(count: int, t: Catalogue) -> str:
    """Return working minutes as `2 个工作日` or `3 小时 20 分`."""
    days, rest = divmod(count, DAY_MINUTES)
    if not days:
        return minutes(rest)
    whole = t("service.clock.days", count=days)
    hours = rest // 60
    return f"{whole} {t('service.clock.hours', count=hours)}" if hours else whole


def share_of(clock: Mapping[str, Any]) -> int:
    """Return the used share of a clock in percent, 100 at most."""
    return min(100, int(100 * clock["used_minutes"] // max(1, clock["budget_minutes"])))


def time_fields(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its times as times, in its lists of objects as well."""
    return {name: _read(name, value) for name, value in line.items()}


def _read(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _TIMES and value[:1].isdigit():
        return parse_time(value)
    if isinstance(value, list):
        return [time_fields(one) if isinstance(one, Mapping) else one for one in value]
    return value
