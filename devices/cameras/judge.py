"""What the numbers of a camera's pictures mean over time: black, frozen, moved, out of focus, or well.

A fault begins when BEGIN_PICTURES in a row show it and ends after END_PICTURES without it. What a camera usually
shows is learned by the light, from pictures that show no fault: how sharp it is, and where edges are. Numbers only.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from devices.cameras.figures import Measures

State = Literal["learning", "ok", "black", "frozen", "moved", "defocus", "lost"]
#: In this order: a black picture is neither sharp nor anything else.
FAULTS: Final[tuple[State, ...]] = ("black", "frozen", "moved", "defocus")

#: Pictures in a row; at one each 5 s a fault is said after 15 to 20 s.
BEGIN_PICTURES: Final = 3
END_PICTURES: Final = 3
#: Pictures of one light after which it is known.
KNOWN_AFTER: Final = 6
#: A picture counts at least this much of what is learned: at one each 5 s an hour is forgotten.
SLOWEST: Final = 1 / 720
#: Steps of light: one for each doubling of the brightness.
MAX_LIGHTS: Final = 9
#: In a light that is not known yet, a view is compared with others, and may differ by this much more.
_UNKNOWN_LIGHT: Final = 0.8
#: A sharpness that noise alone may make so many times over is none.
_DOUBTFUL: Final = 4.0
#: Black has no light anywhere: its brightest cells are below this much more than the mean may be.
_BLACK_HIGHLIGHT: Final = 6.0


@dataclass(frozen=True, slots=True)
class Limits:
    """When a number is a fault; shares in percent, `black_level` in grey levels."""

    black_level: int = 10
    frozen_percent: int = 10
    moved_percent: int = 62
    defocus_percent: int = 30


@dataclass(slots=True)
class Light:
    """What is usual in one light."""

    pictures: int = 0
    sharpness: float = 0.0
    likeness: float = 1.0
    layout: list[float] = field(default_factory=list)

    @property
    def known(self) -> bool:
        """Whether enough pictures were seen in it."""
        return self.pictures >= KNOWN_AFTER

    def learn(self, seen: Measures) -> None:
        """Take what a good picture shows."""
        self.pictures += 1
        pace = max(SLOWEST, 1 / self.pictures)
        if self.layout and len(self.layout) == len(seen.layout):
            self.likeness += pace * (alike(seen.layout, self.layout) - self.likeness)
            self.layout = [old + pace * (new - old) for old, new in zip(self.layout, seen.layout, strict=True)]
        else:
            self.layout = [float(value) for value in seen.layout]
        if seen.sharpness is not None:
            self.sharpness += pace * (seen.sharpness - self.sharpness)


@dataclass(slots=True)
class Streak:
    """A fault that is there when enough pictures in a row say so, and gone when enough do not."""

    on: bool = False
    count: int = 0

    def see(self, bad: bool | None) -> None:  # noqa: FBT001 - what is seen
        """Take what one picture shows; None: it cannot tell, and everything stays."""
        if bad is None:
            return
        self.count = self.count + 1 if bad != self.on else 0
        if self.count >= (END_PICTURES if self.on else BEGIN_PICTURES):
            self.on, self.count = bad, 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the camera is worth now; shares of the usual in percent, None: cannot be told."""

    state: State
    sharp_percent: int | None = None
    like_percent: int | None = None


class Judge:
    """The memory of one camera."""

    def __init__(self, limits: Limits | None = None, memory: Mapping[str, Any] | None = None) -> None:
        self.limits = limits or Limits()
        self._lights = _remembered(memory or {})
        self._streaks = {name: Streak() for name in FAULTS}

    def memory(self) -> dict[str, Any]:
        """Return what was learned, as JSON: means of numbers, no picture."""
        return {str(step): asdict(light) for step, light in self._lights.items()}

    def forget(self) -> None:
        """Learn anew: somebody turned the camera on purpose, or cleaned it."""
        self._lights, self._streaks = {}, {name: Streak() for name in FAULTS}

    def see(self, seen: Measures, *, dark_expected: bool = False) -> Verdict:
        """Take the numbers of one picture; `dark_expected`: nobody needs light now."""
        light = self._lights.get(step_of(seen.brightness), Light())
        black = seen.brightness < self.limits.black_level and (
            seen.highlight < self.limits.black_level + _BLACK_HIGHLIGHT
        )
        frozen = None if black or seen.change is None else seen.change * 100 < self.limits.frozen_percent
        like, moved = (None, None) if black or frozen else self._moved(seen, light)
        sharp, blurred = (None, None) if black or frozen else self._blurred(seen, light)
        for name, bad in zip(FAULTS, (black and not dark_expected, frozen, moved, blurred), strict=True):
            self._streaks[name].see(bad)
        if not (black or frozen or moved or blurred) and seen.change is not None:
            self._learn(seen)
        return Verdict(self._state(), _percent(sharp), _percent(like))

    def _state(self) -> State:
        for name in FAULTS:
            if self._streaks[name].on:
                return name
        return "ok" if any(light.known for light in self._lights.values()) else "learning"

    def _moved(self, seen: Measures, light: Light) -> tuple[float | None, bool | None]:
        """Return (likeness by the usual one, whether the view is another)."""
        if light.known:
            share = alike(seen.layout, light.layout) / max(light.likeness, 0.1)
            if share * 100 >= self.limits.moved_percent:
                return share, False
        known = [one for one in self._lights.values() if one.known]
        if not known or seen.change is None:
            return None, None
        share = max(alike(seen.layout, one.layout) / max(one.likeness, 0.1) for one in known)
        limit = self.limits.moved_percent * (1.0 if light.known else _UNKNOWN_LIGHT)
        return share, share * 100 < limit

    def _blurred(self, seen: Measures, light: Light) -> tuple[float | None, bool | None]:
        """Return (sharpness by the usual one, whether it is out of focus)."""
        if seen.sharpness is None or not light.known or light.sharpness <= _DOUBTFUL * seen.doubt:
            return None, None
        share = seen.sharpness / light.sharpness
        return share, share * 100 < self.limits.defocus_percent

    def _learn(self, seen: Measures) -> None:
        if any(streak.on or streak.count for streak in self._streaks.values()):
            return
        self._lights.setdefault(step_of(seen.brightness), Light()).learn(seen)


def step_of(brightness: float) -> int:
    """Return the step of light of a brightness of 0-255, 0 to MAX_LIGHTS - 1."""
    return min(MAX_LIGHTS - 1, int(math.log2(max(1.0, brightness))))


def alike(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Pearson's correlation of two layouts over the cells that neither masks, -1 to 1; 0 of flat ones."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a >= 0 and b >= 0]
    if not pairs:
        return 0.0
    mean_a, mean_b = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    both = sum((a - mean_a) * (b - mean_b) for a, b in pairs)
    power = sum((a - mean_a) ** 2 for a, _ in pairs) * sum((b - mean_b) ** 2 for _, b in pairs)
    return both / math.sqrt(power) if power > 0 else 0.0


def _percent(share: float | None) -> int | None:
    return None if share is None else max(0, round(share * 100))


def _remembered(memory: Mapping[str, Any]) -> dict[int, Light]:
    """Return lights of a memory; what is none is left out."""
    found: dict[int, Light] = {}
    for step, told in memory.items():
        try:
            light = Light(int(told["pictures"]), float(told["sharpness"]), float(told["likeness"]),
                          [float(value) for value in told["layout"]])  # fmt: skip
            if 0 <= int(step) < MAX_LIGHTS:
                found[int(step)] = light
        except (KeyError, TypeError, ValueError):
            continue
    return found
