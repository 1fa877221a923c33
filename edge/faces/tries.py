"""One page's tries: looked at, proposed, confirmed; each ends in one event, and nothing is remembered longer."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import uuid_utils

from edge.errors import KioskRefused, OutboxError
from edge.faces import pipe
from edge.faces.child import Child, ChildAway, OfLook
from edge.faces.terms import MAX_WRONG_ANSWERS, MIN_FRAMES, Mode, Outcome
from edge.recorder import Recorder

LOOK_S: Final = 30.0
#: The process ends a look by itself; a little later nobody waits for it any more.
GRACE_S: Final = 5.0
#: A proposal that nobody confirms is forgotten with the page's own privacy timeout.
PROPOSED_S: Final = 60.0
#: Whoever confirmed is signed in by then, or begins anew.
CONFIRMED_S: Final = 15.0
#: So many tries that ended with wrong answers make the page wait: four digits must not be tried out.
MAX_WRONG_TRIES: Final = 3
WRONG_WITHIN_S: Final = 600.0
_OFTEN: Final = "刷脸次数太多，请刷身份证或用手机验证码"

State = Literal["idle", "looking", "proposed", "unknown", "enrolled", "gave_up"]
Second = Literal["none", "right", "wrong"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Try:
    """One look and what came of it."""

    look: str
    mode: Mode
    until_s: float
    #: How many recognisers had ended when it began.
    ended_total: int
    person: str = ""
    consent: str = ""
    state: State = "looking"
    reason: str = "nobody"
    box: tuple[int, int, int, int] | None = None
    frames: int = 0
    found: pipe.LookFound | None = None
    wrong: int = 0
    confirmed: bool = False
    #: Its event is stored.
    told: bool = False

    @property
    def open(self) -> bool:
        """Whether somebody still looks or is expected to confirm."""
        return self.state == "looking" or (self.state == "proposed" and not self.confirmed)


@dataclass(frozen=True, slots=True)
class Ways:
    """What tries use of the service: the threshold in force, who must know of a new person first, what has changed."""

    threshold: Callable[[], float]
    enrolled: Callable[[str], None]
    changed: Callable[[], None]


class Tries:
    """The newest try of one page."""

    def __init__(self, page: str, child: Child, recorder: Recorder, ways: Ways) -> None:
        self.child = child
        self._page, self._recorder = page, recorder
        self._threshold, self._enrolled, self._changed = ways.threshold, ways.enrolled, ways.changed
        self._now: Try | None = None
        self._wrong_at: deque[float] = deque(maxlen=MAX_WRONG_TRIES)

    def shown(self) -> dict[str, Any]:
        """Return what the page shows; no name, no id."""
        now = self._now
        if now is None or not (self.child.works or now.state != "looking"):
            return {"state": "idle"}
        if now.state == "proposed" and now.found is not None:
            return {"state": "proposed", "needs_second": now.found.needs_second}
        if now.state != "looking":
            return {"state": now.state}
        box = {"box": list(now.box)} if now.box else {}
        frames = {"frames": now.frames} if now.mode == "enrol" else {}
        return {"state": "looking", "reason": now.reason, **frames, **box}

    def proposed(self) -> str:
        """Return whom the try found, once he has confirmed where that is needed; for a short while only."""
        now = self._now
        return now.person if now is not None and now.state == "proposed" and now.confirmed else ""

    async def begin(self, mode: Mode, person: str = "", consent: str = "", check: tuple[str, str] = ("", "")) -> None:
        """Begin a try in place of the one before; KioskRefused."""
        now_s = _now_s()
        if len(self._wrong_at) == MAX_WRONG_TRIES and now_s - self._wrong_at[0] < WRONG_WITHIN_S:
            raise KioskRefused("refused", _OFTEN)
        await self.stop()
        begun = Try(str(uuid_utils.uuid7()), mode, now_s + LOOK_S + GRACE_S, self.child.ended_total, person, consent)
        wish = pipe.Look(
            ask=begun.look, mode=mode, person=person, seconds=LOOK_S, consent=consent, phone4=check[0],
            birthday=check[1],
        )  # fmt: skip
        self._now = begun
        try:
            await self.child.send(wish)
        except ChildAway as error:
            self._now = None
            raise KioskRefused("face_off") from error
        self._changed()

    async def heard(self, message: OfLook) -> None:
        """Take what the process says of the try that runs; anything else is of one that was ended."""
        now = self._now
        if now is None or message.ask != now.look or now.state != "looking":
            return
        if isinstance(message, pipe.Told):
            now.reason, now.box = message.reason, message.box
            if message.reason == "good" and message.step is not None:  # else a step of the challenge
                now.frames = message.step
        else:
            try:
                await self._end(now, message)
            except OutboxError as error:  # what cannot be kept for the audit did not happen
                _log.error("a look at %s could not be stored: %s", self._page, error)
                await self._forget(now)
                now.state = "gave_up"
        self._changed()

    async def _end(self, now: Try, message: pipe.LookFound | pipe.Failed) -> None:
        if isinstance(message, pipe.LookFound):
            now.found = message
            await self._take(now, message)
        else:
            _log.warning("a look at %s is not possible: %s", self._page, message.text)
            await self._tell(now, "gave_up", "none")
            now.state = "gave_up"

    async def confirm(self, answer: str) -> bool:
        """Return whether the digits are the proposed person's; the second wrong answer ends the try. KioskRefused."""
        now = self._now
        if now is None or now.state != "proposed" or now.confirmed:
            raise KioskRefused("face_gone")
        asked = pipe.Confirm(ask=str(uuid_utils.uuid7()), person=now.person, answer=answer)
        now.wrong += 1  # before the answer: two at once are two
        try:
            right = (await self.child.ask(asked, pipe.Confirmed)).right and now.wrong <= MAX_WRONG_ANSWERS
        except ChildAway as error:
            raise KioskRefused("face_off") from error
        if now is not self._now or not now.open:
            raise KioskRefused("face_gone")
        if right:
            await self._tell(now, "proposed", "right")
            now.confirmed, now.until_s = True, _now_s() + CONFIRMED_S
        elif now.wrong >= MAX_WRONG_ANSWERS:
            self._wrong_at.append(_now_s())
            await self._tell(now, "gave_up", "wrong")
            now.state = "gave_up"
            self._changed()
        return right

    async def wrong(self) -> None:
        """Store that the proposed person says that he is somebody else: nobody's look, and a reason to look into it."""
        now = self._now
        if now is None or now.found is None or not now.person or now.mode != "sign_in":
            return
        if now.told:  # the look before stays as it was: a second record says what the person said
            now.look, now.told = str(uuid_utils.uuid7()), False
        await self._tell(now, "other", "none")
        self._now = None
        self._changed()

    async def stop(self) -> None:
        """End the try."""
        now, self._now = self._now, None  # what the process still says of it is nobody's
        if now is None:
            return
        if now.state == "looking":
            try:
                await self.child.send(pipe.Stop(ask=now.look))
            except ChildAway as error:
                _log.debug("nothing to stop: %s", error)
        if now.open:
            await self._tell(now, "gave_up", "none")
        self._changed()

    async def sweep(self) -> None:
        """End a try whose time is over, or whose process is gone."""
        now = self._now
        if now is None:
            return
        lost = now.state == "looking" and (now.ended_total != self.child.ended_total or not self.child.works)
        if now.open and (lost or _now_s() >= now.until_s):
            await self._tell(now, "gave_up", "none")
            now.state = "gave_up"
            self._changed()
        elif now.confirmed and _now_s() >= now.until_s:
            now.confirmed = False  # it opens no second session; who it was is kept for `wrong` until the next try
            now.state = "idle"
            self._changed()

    async def _take(self, now: Try, found: pipe.LookFound) -> None:
        """Take the end of a look."""
        if found.outcome in {"proposed", "enrolled"} and found.live == "none":
            await self._forget(now)  # a picture of somebody is nobody
            await self._tell(now, "gave_up", "none")
            now.state = "gave_up"
        elif now.mode == "enrol":
            await self._take_enrolled(now, found)
        elif found.outcome == "proposed" and found.person:
            now.person, now.until_s = found.person, _now_s() + PROPOSED_S
            if not found.needs_second:
                await self._tell(now, "proposed", "none")
                now.confirmed, now.until_s = True, _now_s() + CONFIRMED_S
            now.state = "proposed"
        else:
            outcome: Literal["unknown", "gave_up"] = "unknown" if found.outcome == "unknown" else "gave_up"
            await self._tell(now, outcome, "none")
            now.state = outcome

    async def _take_enrolled(self, now: Try, found: pipe.LookFound) -> None:
        if found.outcome != "enrolled" or found.frames < MIN_FRAMES:
            await self._forget(now)
            await self._tell(now, "gave_up", "none")
            now.state = "gave_up"
            return
        self._enrolled(now.person)
        data = {
            "person": now.person, "consent": now.consent, "model": found.model, "frames": found.frames,
            "page": self._page,
        }  # fmt: skip
        await self._recorder.event(self.child.slot, "face", "person.enrolled", data, "evidence")
        await self._tell(now, "enrolled", "none")
        now.state = "enrolled"

    async def _forget(self, now: Try) -> None:
        """Have the process forget whom it enrolled without anybody's knowing."""
        if now.mode != "enrol" or now.found is None or now.found.outcome != "enrolled":
            return
        try:
            await self.child.send(pipe.Erase(ask=str(uuid_utils.uuid7()), persons=[now.person]))
        except ChildAway as error:  # the next list of who may stay has him erased
            _log.warning("an enrolment without a record is not erased yet: %s", error)

    async def _tell(self, now: Try, outcome: Outcome, second: Second) -> None:
        """Store how the look ended, once; OutboxError."""
        if now.told:
            return
        now.told = True  # before it is: two ends at once are one
        found = now.found
        seen = self.child.seen
        data = {
            "look": now.look, "mode": now.mode, "outcome": outcome, "person": now.person or None,
            "score": _two(found.score if found else 0.0), "second": _two(found.second if found else 0.0),
            "threshold": _two(self._threshold()),
            "gallery": found.gallery if found else seen.people if seen else 0,
            "model": (found.model if found else self.child.model)[:100],
            "live": found.live if found else "none", "second_factor": second, "page": self._page,
        }  # fmt: skip
        try:
            await self._recorder.event(self.child.slot, "face", "look.ended", data, "evidence")
        except OutboxError:
            now.told = False
            raise


def _two(score: float) -> float:
    return round(max(-1.0, min(1.0, score)), 2)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
