"""Whether it is somebody and no photograph: he is asked to hold still and to turn, in an order that he cannot know.

What is measured is how far the nose moves beside the middle of the eyes: it stands out of a face, and on a flat
picture, however it is held, it stays where it is. Whoever turns the other way than asked begins again with a new order.
This does not stop a film that is made for it, nor a mask (docs/faces/model-card.md): it is what can be done without a
model.
"""

import random
from collections.abc import Sequence
from typing import Final, Literal

from edge.faces.terms import Reason

Step = Literal["hold_still", "turn_left", "turn_right"]
State = Literal["asked", "passed", "failed"]

#: How far the nose must move, in distances of the eyes: a turn by 20 degrees.
TURNED_BY: Final = 0.18
#: How little it moves while somebody holds still.
STILL_WITHIN: Final = 0.08
#: A person who looks at the kiosk stands within this; else a step begins from a turned head.
FRONTAL: Final = 0.16
HOLD_FRAMES: Final = 4
TURN_FRAMES: Final = 2
#: A step must be done within this, all of them within that, and the order be wrong no more often than so.
STEP_S: Final = 8.0
CHALLENGE_S: Final = 25.0
MAX_WRONG: Final = 3
SIDES: Final[tuple[Step, Step]] = ("turn_left", "turn_right")
#: The person's left is the picture's right: there the nose moves to.
_SIGN: Final = {"turn_left": 1, "turn_right": -1}

assert HOLD_FRAMES + len(SIDES) * TURN_FRAMES >= 8  # noqa: S101, PLR2004 - fewer frames prove nothing


class Challenge:
    """One try; fed with where the nose is, frame by frame. `order` fixes the turns, for a film that cannot react."""

    def __init__(self, now: float, dice: random.Random, order: Sequence[Step] | None = None) -> None:
        self._dice, self._order = dice, order
        self._ends = now + CHALLENGE_S
        self._wrong = 0
        self.state: State = "asked"
        self._begin(now)

    @property
    def step(self) -> Step:
        """What the person is asked to do."""
        return self._steps[self._at]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return self._at

    @property
    def asks(self) -> Reason:
        """What to tell the person."""
        if self.state == "asked":
            return self.step
        return "good" if self.state == "passed" else "not_live"

    def see(self, turned: float, now: float) -> State:
        """Take a frame: `turned` as `Face.turned`, `now` in monotonic seconds."""
        if self.state == "asked":
            if now > self._ends:
                self.state = "failed"
            elif now > self._step_ends:
                self._again(now)
            elif self.step == "hold_still":
                self._hold(turned, now)
            else:
                self._turn(turned, now)
        return self.state

    def lost(self, now: float) -> None:
        """Begin again: the person was not seen, or not alone, so what comes may be somebody else."""
        if self.state != "failed":
            self.state = "asked"
            self._begin(now)

    def _begin(self, now: float) -> None:
        sides = list(self._order or self._dice.sample(SIDES, len(SIDES)))
        self._steps: list[Step] = ["hold_still", *sides]
        self._held: list[float] = []
        self._at = self._there = self._against = 0
        self._seen_middle = True
        self._step_ends = now + STEP_S

    def _again(self, now: float) -> None:
        self._wrong += 1
        if self._wrong > MAX_WRONG:
            self.state = "failed"
        else:
            self._begin(now)

    def _hold(self, turned: float, now: float) -> None:
        self._held = [*self._held[-HOLD_FRAMES + 1 :], turned]
        still = max(self._held) - min(self._held) <= STILL_WITHIN and abs(self._middle) <= FRONTAL
        if len(self._held) == HOLD_FRAMES and still:
            self._next(now)

    @property
    def _middle(self) -> float:
        return sum(self._held) / len(self._held)

    def _turn(self, turned: float, now: float) -> None:
        moved = (turned - self._middle) * _SIGN[self.step]
        # On the way back from the side before, the head still stands on the wrong one.
        self._seen_middle = self._seen_middle or abs(moved) < TURNED_BY / 2
        self._there = self._there + 1 if moved >= TURNED_BY else 0
        self._against = self._against + 1 if self._seen_middle and moved <= -TURNED_BY else 0
        if self._against >= TURN_FRAMES:
            self._again(now)
        elif self._there >= TURN_FRAMES:
            self._next(now)

    def _next(self, now: float) -> None:
        self._there = self._against = 0
        self._seen_middle = self._at == 0
        self._step_ends = now + STEP_S
        if self._at + 1 < len(self._steps):
            self._at += 1
        else:
            self.state = "passed"
