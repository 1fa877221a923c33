"""A hall as a camera sees it: textured walls and shelves, light by the hour, noise of the sensor, people, a clock.

Every picture is a function of the second of the day and of what is wrong with the camera; nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Wrong = Literal["", "frozen", "black", "defocus", "turned"]
DAY_S: Final = 86_400
_WIDE: Final = 640
_OPENS_S: Final = 8 * 3600
_CLOSES_S: Final = 20 * 3600


@dataclass
class Hall:
    """One hall; `wrong` is what the camera has from now on, `turn_px` how far it was turned (of 320)."""

    seed: int = 1
    turn_px: int = 48
    wrong: Wrong = ""
    clock: bool = True
    _kept: NDArray[np.uint8] | None = None
    _dice: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))

    def picture(self, second: float) -> NDArray[np.uint8]:
        """Return the picture of a second of the day, 180 x 320."""
        if self.wrong == "frozen" and self._kept is not None:
            seen = self._kept.copy()
        elif self.wrong == "black":
            seen = np.clip(self._dice.normal(1.5, 1.5, (180, 320)), 0, 255).astype(np.uint8)
        else:
            seen = self._exposed(second)
        self._kept = seen if self.wrong != "frozen" else self._kept
        return _stamped(seen, second) if self.clock else seen

    def _exposed(self, second: float) -> NDArray[np.uint8]:
        left = 160 + (self.turn_px if self.wrong == "turned" else 0)
        things = scene(self.seed)[:, left : left + 320].astype(np.float32)
        if self.wrong != "turned" or self.turn_px < 200:  # people are where they are
            _people(things, second, self.seed)
        light = daylight(second)
        window = _window()[:, left : left + 320] * max(0.0, np.sin((second - 6 * 3600) / 12 / 3600 * np.pi))
        lamps = 0.85 if _OPENS_S - 900 <= second % DAY_S < _CLOSES_S + 900 else 0.0
        lit = things * (0.035 + lamps * 0.6 + light * (0.25 + window))
        lit[20:28, 40:60] += 60 if self.wrong != "turned" else 0  # the sign of the emergency exit
        gain = np.clip(95 / max(lit.mean(), 1.0), 0.6, 3.0)
        lit *= gain
        if self.wrong == "defocus":
            lit = cv2.GaussianBlur(lit, (0, 0), 2.0)
        sigma = 0.6 + 0.5 * gain
        noisy = lit + self._dice.normal(0, sigma, lit.shape)
        clipped: NDArray[np.uint8] = np.clip(noisy, 0, 255).astype(np.uint8)
        return clipped


def daylight(second: float) -> float:
    """Return the daylight of a second of the day, 0-1, with clouds."""
    sun = max(0.0, float(np.sin((second % DAY_S - 6 * 3600) / 12 / 3600 * np.pi)))
    clouds = 0.75 + 0.25 * np.sin(second / 410) * np.sin(second / 97)
    return sun * float(clouds)


@lru_cache(maxsize=8)
def scene(seed: int) -> NDArray[np.uint8]:
    """Return a hall's reflectance, 180 x 640: floor, wall, posters, shelves, seats."""
    dice = np.random.default_rng(seed)
    wall = np.full((180, _WIDE), 150, np.uint8)
    wall[110:] = 105
    for _ in range(26):
        x, y = int(dice.integers(0, _WIDE - 50)), int(dice.integers(8, 95))
        w, h = int(dice.integers(14, 60)), int(dice.integers(10, 40))
        cv2.rectangle(wall, (x, y), (x + w, y + h), int(dice.integers(40, 235)), -1)
        for line in range(y + 5, y + h - 2, 5):
            cv2.line(wall, (x + 3, line), (x + w - 4, line), int(dice.integers(20, 220)), 1)
    for _ in range(22):
        x, y = int(dice.integers(0, _WIDE - 40)), int(dice.integers(112, 165))
        cv2.rectangle(wall, (x, y), (x + int(dice.integers(10, 36)), y + 12), int(dice.integers(20, 200)), -1)
        cv2.line(wall, (x, y), (x + 4, y + 14), int(dice.integers(0, 255)), 1)
    return wall


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float32]:
    light = np.zeros((180, _WIDE), np.float32)
    light[60:170, 260:420] = 0.5
    return cv2.GaussianBlur(light, (0, 0), 9).astype(np.float32)


def _people(things: NDArray[np.float32], second: float, seed: int) -> None:
    """Draw those who walk through while the hall is open: each at an own pace."""
    if not _OPENS_S <= second % DAY_S < _CLOSES_S:
        return
    for number in range(5):
        dice = np.random.default_rng(seed * 100 + number)
        pace, start, y = float(dice.uniform(4, 30)), float(dice.uniform(0, 900)), int(dice.integers(60, 100))
        x = int((start + pace * second) % 900) - 40
        if x < 320:
            things[y : y + 75, max(0, x) : max(0, x + 24)] = float(dice.uniform(20, 220))
            things[y : y + 14, max(0, x + 5) : max(0, x + 18)] = 170


def _stamped(seen: NDArray[np.uint8], second: float) -> NDArray[np.uint8]:
    """Write the time into a corner, as cameras do."""
    hours, rest = divmod(int(second) % DAY_S, 3600)
    text = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    cv2.putText(seen, text, (232, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
    return seen


def seconds(start_s: float, count: int, step_s: float) -> Sequence[float]:
    """Return the seconds at which a camera is looked at."""
    return [start_s + step_s * number for number in range(count)]
