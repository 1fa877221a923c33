"""Watching a rendered hall: how soon a fault is said, and how often one is said that is not there."""

from dataclasses import dataclass, field
from typing import Final

from devices.cameras.judge import Judge, Verdict
from devices.cameras.measures import Grey, measure
from tests.devices.cameras.rendered import DAY_S, Hall, Wrong

SAMPLE_S: Final = 5.0


@dataclass
class Watch:
    """One camera that looks at one hall each `step_s`."""

    hall: Hall
    second: float
    step_s: float = SAMPLE_S
    judge: Judge = field(default_factory=Judge)
    verdict: Verdict = field(default_factory=lambda: Verdict("learning"))
    #: Faults that were said, with their second.
    said: list[tuple[float, str]] = field(default_factory=list)
    _before: Grey | None = None

    def look(self) -> Verdict:
        """Look once."""
        picture = self.hall.picture(self.second)
        verdict = self.judge.see(measure(picture, self._before))
        if verdict.state not in {self.verdict.state, "ok", "learning"}:
            self.said.append((self.second, verdict.state))
        self._before, self.verdict = picture, verdict
        self.second += self.step_s
        return verdict

    def look_for(self, seconds: float) -> None:
        """Look for so long."""
        for _ in range(round(seconds / self.step_s)):
            self.look()

    def seconds_until(self, wrong: Wrong, state: str, at_most_s: float = 120.0) -> float | None:
        """Spoil the camera and return after how many seconds a state is said, None when it is not."""
        self.hall.wrong, began = wrong, self.second
        while self.second - began <= at_most_s:
            if self.look().state == state:
                return self.second - began
        return None


def taught(hour: float, seed: int = 1, seconds: float = 120.0) -> Watch:
    """Return a watch that knows its hall at an hour of the day."""
    watch = Watch(Hall(seed), hour * 3600)
    watch.look_for(seconds)
    return watch


def day_and_night(seed: int, step_s: float, start_hour: float = 9.0) -> Watch:
    """Return a watch after 24 hours, started by day: its first night is a light that it does not know."""
    watch = Watch(Hall(seed), start_hour * 3600, step_s)
    watch.look_for(DAY_S)
    return watch
