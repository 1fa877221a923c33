"""What the pages of 取号叫号 show. Plain values, no tables and no requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloud.service.queue_stats import Line
from protocols.venue.rfc3339 import parse_time

#: Height of the chart's bars, and how wide one pair of bars is with its gap, in its own units.
CHART_HEIGHT: Final = 160
STEP: Final = 64
BAR: Final = 22
SECONDS_PER_MINUTE: Final = 60
#: What a counter may do to the number it has, by its state, in the order of the buttons; and the key of each.
BUTTONS: Final = {"called": ("recall", "start", "skip", "no_show", "done"), "serving": ("done",)}
KEYS: Final = {"next": "空格", "recall": "R", "start": "B", "skip": "S", "no_show": "N", "done": "D"}
ICONS: Final = {
    "recall": "speakerphone", "start": "player-play", "skip": "history-toggle", "no_show": "user-x", "done": "checks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of the chart: half and nine tenths waited at most this long; heights in CHART_HEIGHT."""

    x: int
    label: str
    p50: int
    p90: int
    p50_height: int
    p90_height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Waiting times as bars; `top` is the longest, in minutes."""

    bars: Sequence[Bar]
    top: int
    width: int
    height: int = CHART_HEIGHT


def chart_of(lines: Sequence[tuple[str, Line]]) -> Chart:
    """Return the chart of a table; a line without a call has no bars."""
    top_s = max((line.wait_p90_s or 0 for _, line in lines), default=0)
    scale = CHART_HEIGHT / top_s if top_s else 0.0
    bars = [
        Bar(
            x=index * STEP + (STEP - 2 * BAR) // 2,
            label=label,
            p50=to_minutes(line.wait_p50_s) or 0,
            p90=to_minutes(line.wait_p90_s) or 0,
            p50_height=round((line.wait_p50_s or 0) * scale),
            p90_height=round((line.wait_p90_s or 0) * scale),
        )
        for index, (label, line) in enumerate(lines)
    ]
    return Chart(bars, to_minutes(top_s) or 0, max(1, len(bars)) * STEP)


def to_minutes(seconds: int | None) -> int | None:
    """Return whole minutes, rounded up: nobody waits nothing."""
    return None if seconds is None else -(-seconds // SECONDS_PER_MINUTE)


def duration(seconds: int | None) -> str:
    """Return `3 分 05 秒`, or a dash where nobody was."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(seconds, SECONDS_PER_MINUTE)
    return f"{minutes} 分 {rest:02} 秒" if minutes else f"{rest} 秒"


def waited(ticket: dict[str, Any], now: datetime) -> int:
    """Return for how many minutes somebody waits or waited."""
    until = parse_time(ticket["called_at"]) if ticket["called_at"] else now
    return max(0, int((until - parse_time(ticket["issued_at"])).total_seconds() // SECONDS_PER_MINUTE))
