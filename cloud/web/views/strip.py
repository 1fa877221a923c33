"""The minute strip: one station's required hours of a day as segments of one state each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from cloud.web.formats import SHANGHAI, local

#: State -> icon of the sprite; the word is the string `strip.{state}`.
STATE_ICONS: Final = {
    "open": "circle-check",
    "closed": "circle-x",
    "unknown": "help-circle",
    "excused": "shield-check",
    "future": "clock",
}
#: Verdict -> icon; the word is `verdict.{verdict}`.
VERDICT_ICONS: Final = {
    "compliant": "circle-check",
    "violation": "circle-x",
    "unproven": "help-circle",
    "not_required": "calendar-off",
    "running": "clock",
    "missing": "circle-dashed",
}
DEFAULT_HOURS: Final = (time(9), time(17))


@dataclass(frozen=True, slots=True)
class Segment:
    """Minutes in a row with one state; `left` and `width` are percent of the strip."""

    state: str
    start: datetime
    end: datetime
    left: float
    width: float

    @property
    def minutes(self) -> int:
        """Return its length."""
        return int((self.end - self.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Tick:
    """An hour mark of the strip."""

    label: str
    left: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A power cut that a UPS proves, with the ids of its events."""

    start: datetime
    end: datetime
    slot: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A day of a station, compared by identity, so that pages can keep what they wrote of one.

    `now` is percent, None outside the hours; counts leave out what has not happened yet.
    """

    day: date
    verdict: str
    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    now: float | None
    open: int
    closed: int
    unknown: int
    excused: int
    future: int
    provisional: bool = False
    cuts: tuple[Cut, ...] = ()

    @property
    def icon(self) -> str:
        """Return the icon of the verdict."""
        return VERDICT_ICONS[self.verdict]

    @property
    def judged(self) -> int:
        """Return the minutes that are over."""
        return self.open + self.closed + self.unknown + self.excused

    @property
    def current(self) -> str:
        """Return the state of the newest minute that is over; `future` before the first."""
        past = [segment.state for segment in self.segments if segment.state != "future"]
        return past[-1] if past else "future"


def empty_strip(day: date, verdict: str = "missing") -> Strip:
    """Return the strip of a day that has no result, or needs none."""
    opens, closes = _hours(day, [])
    return Strip(day, verdict, (), _ticks(opens, closes), None, 0, 0, 0, 0, 0)


def build_strip(result: Mapping[str, Any], now: datetime) -> Strip:
    """Return the strip of an opening result (the REST shape of `kpi opening`) as it is known at `now`."""
    day = date.fromisoformat(result["day"])
    parts = [(local(_time(part["from"])), local(_time(part["to"])), part["state"]) for part in result["segments"]]
    if not parts:
        return empty_strip(day, result["verdict"])
    opens, closes = _hours(day, parts)
    minute = local(now).replace(second=0, microsecond=0)
    segments = tuple(_segments(parts, minute, opens, closes))
    count = {state: sum(part.minutes for part in segments if part.state == state) for state in STATE_ICONS}
    return Strip(
        day=day,
        verdict=_verdict_so_far(result["verdict"], running=minute < closes),
        segments=segments,
        ticks=_ticks(opens, closes),
        now=_percent(minute, opens, closes) if opens <= minute < closes else None,
        provisional="provisional" in result.get("flags", []),
        cuts=tuple(
            Cut(local(_time(one["from"])), local(_time(one["to"])), one["slot"], tuple(one["events"]))
            for one in result.get("evidence", ())
        ),
        **count,
    )


def _verdict_so_far(verdict: str, *, running: bool) -> str:
    """Return a verdict for a day that may not be over: closed minutes stay, missing ones may still come."""
    return "running" if running and verdict != "violation" else verdict


def _time(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _segments(
    parts: Sequence[tuple[datetime, datetime, str]], now: datetime, opens: datetime, closes: datetime
) -> list[Segment]:
    found: list[Segment] = []
    for start, end, state in parts:
        for left, right, what in ((start, min(end, now), state), (max(start, now), end, "future")):
            if left >= right:
                continue
            if found and found[-1].state == what and found[-1].end == left:
                left = found.pop().start  # noqa: PLW2901 - two futures in a row are one
            at = _percent(left, opens, closes)
            found.append(Segment(what, left, right, at, round(_percent(right, opens, closes) - at, 4)))
    return found


def _hours(day: date, parts: Sequence[tuple[datetime, datetime, str]]) -> tuple[datetime, datetime]:
    if parts:
        return parts[0][0], parts[-1][1]
    opens, closes = (datetime.combine(day, at, SHANGHAI) for at in DEFAULT_HOURS)
    return opens, closes


def _ticks(opens: datetime, closes: datetime) -> tuple[Tick, ...]:
    at = opens.replace(minute=0)
    marks = []
    while at <= closes:
        if at >= opens:
            marks.append(Tick(f"{at.hour}:00", _percent(at, opens, closes)))
        at += timedelta(hours=1)
    return tuple(marks)


def _percent(at: datetime, opens: datetime, closes: datetime) -> float:
    return round((at - opens) / (closes - opens) * 100, 4)
