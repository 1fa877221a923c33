"""One look: pictures in, words for the person and at last an outcome out. No camera, no clock, no pipe."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from edge.faces.pipe import Look, LookFound, Told
from edge.faces.recogniser.challenge import Challenge, Step
from edge.faces.recogniser.gates import Limits, Verdict, judge
from edge.faces.recogniser.passive import LIVE, Passive
from edge.faces.terms import (
    DEFAULT_THRESHOLD,
    TAKEN_FRAMES,
    Check,
    Gallery,
    Live,
    Outcome,
    Reason,
    needs_second,
)
from provisioning.facepack.measured import Fmr

if TYPE_CHECKING:
    from edge.faces.terms import Embedding
    from provisioning.facepack.models import Face, Picture

#: Not more often is the person told what to do.
TELL_S: Final = 0.2
#: Good frames whose mean is searched for, and how often before nobody is found.
SEARCH_FRAMES: Final = 3
SEARCHES: Final = 2
#: Frames of an enrolment lie this far apart: those that follow each other are nearly one.
ENROL_GAP_S: Final = 0.2
#: So long nobody may be seen (a head that turns is missed now and then) before all begins again.
AWAY_S: Final = 0.7
_DIGITS: Final = 4


class Eyes(Protocol):
    """What is used of `provisioning.facepack.models.Models`."""

    @property
    def model(self) -> str:
        """The id that its templates carry."""

    def faces(self, picture: "Picture") -> "list[Face]":
        """Return the faces of a BGR picture, the largest first."""

    def embedding(self, picture: "Picture", face: "Face") -> "Embedding":
        """Return the L2-normalised embedding of a face."""


@dataclass(frozen=True, slots=True)
class Room:
    """What every look of a process has: eyes, memory, and the limits of both. `order`: the turns of a film."""

    eyes: Eyes
    gallery: Gallery
    fmr: Fmr | None = None
    passive: Passive | None = None
    threshold: float = DEFAULT_THRESHOLD
    limits: Limits = field(default_factory=Limits)
    order: Sequence[Step] | None = None
    dice: random.Random = field(default_factory=random.SystemRandom)


class Looking:
    """A look from its request to its end; EdgeError when the gallery takes no enrolment."""

    def __init__(self, room: Room, asked: Look, now: float) -> None:
        self.asked, self._room = asked, room
        self._until = now + asked.seconds
        self._challenge = Challenge(now, room.dice, room.order) if asked.challenge else None
        self._taken: list[Embedding] = []
        self._first: Embedding | None = None
        self._seen_at = self._taken_at = now
        self._searches = self._frames = 0
        self._told_at, self._told = now - TELL_S, ""

    def see(self, picture: "Picture", now: float) -> Told | LookFound | None:
        """Take a picture of `now` (monotonic seconds); returns what to say, the end being a `LookFound`."""
        if (late := self.late(now)) is not None:
            return late
        faces = self._room.eyes.faces(picture)
        asking = self._challenge is not None and self._challenge.state == "asked"
        verdict = judge(picture, faces, self._room.limits, turning=asking)
        self._watch(verdict, now)
        if verdict.reason != "good" or verdict.face is None:
            return self._tell(verdict.reason, verdict, now)
        if self._challenge is not None and asking:
            return self._asked(self._challenge, picture, verdict, verdict.face, now)
        return self._take(picture, verdict, verdict.face, now)

    def late(self, now: float) -> LookFound | None:
        """Return the end of a look whose time is over."""
        return self.given_up() if now >= self._until else None

    def given_up(self) -> LookFound:
        """Return the end without an answer."""
        return self._found("gave_up")

    def _watch(self, verdict: Verdict, now: float) -> None:
        """Begin again when it may be somebody else from here on."""
        if verdict.reason == "two_faces" or (verdict.face is None and now - self._seen_at > AWAY_S):
            self._restart(now)
        if verdict.face is not None:
            self._seen_at = now

    def _restart(self, now: float) -> None:
        self._taken, self._first = [], None
        if self._challenge is not None:
            self._challenge.lost(now)

    def _asked(
        self, challenge: Challenge, picture: "Picture", verdict: Verdict, face: "Face", now: float
    ) -> Told | LookFound | None:
        """Go on with the challenge; who begins it must be who is recognised after it."""
        if challenge.step != "hold_still" and self._first is None:
            self._first = self._room.eyes.embedding(picture, face)
        if challenge.see(face.turned, now) == "failed":
            return self._found("gave_up")
        if challenge.step == "hold_still":
            self._first = None
        return self._tell(challenge.asks, verdict, now, challenge.done)

    def _take(self, picture: "Picture", verdict: Verdict, face: "Face", now: float) -> Told | LookFound | None:
        """Take a good frame, and decide when there are enough."""
        enrols = self.asked.mode == "enrol"
        if enrols and now - self._taken_at < ENROL_GAP_S:
            return self._tell("hold_still", verdict, now)
        if self._room.passive is not None and not self._passes(self._room.passive, picture, face):
            return self._tell("not_live", verdict, now)
        embedding = self._room.eyes.embedding(picture, face)
        before = self._first if self._first is not None else embedding
        if float(before @ embedding) < self._room.threshold:  # somebody else took the place
            self._restart(now)
            return self._tell("hold_still", verdict, now)
        self._first, self._taken_at = before, now
        self._taken.append(embedding)
        self._frames += 1
        if len(self._taken) < (TAKEN_FRAMES if enrols else SEARCH_FRAMES):
            return self._tell("good", verdict, now, len(self._taken))
        return self._decided() or self._tell("good", verdict, now, len(self._taken))

    def _passes(self, passive: Passive, picture: "Picture", face: "Face") -> bool:
        score = passive.live(picture, face)
        return score is not None and score >= LIVE

    def _decided(self) -> LookFound | None:
        taken, self._taken = self._taken, []
        mean = mean_of(taken)
        self._searches += 1
        if self.asked.mode == "enrol":
            return self._enrolled(taken, mean)
        if self.asked.mode == "verify":
            return self._verified(mean)
        found = self._room.gallery.search(mean)
        if found.person is not None:
            return self._found("proposed", found.person, found.score, found.second)
        return self._found("unknown", "", found.score, found.second) if self._searches >= SEARCHES else None

    def _enrolled(self, taken: "list[Embedding]", mean: "Embedding") -> LookFound:
        """Keep the person. `score`: how alike the frames are at least; `second`: the nearest of those kept before."""
        nearest = self._room.gallery.search(mean).score
        check = Check(self.asked.phone4, self.asked.birthday)
        self._room.gallery.enrol(self.asked.person, taken, check, self.asked.consent)
        return self._found("enrolled", self.asked.person, min(float(one @ mean) for one in taken), nearest)

    def _verified(self, mean: "Embedding") -> LookFound | None:
        score = self._room.gallery.verify(self.asked.person, mean)
        if score is None:
            return self._found("unknown")
        if score >= self._room.threshold:
            return self._found("same", self.asked.person, score)
        return self._found("other", "", score) if self._searches >= SEARCHES else None

    def _found(self, outcome: Outcome, person: str = "", score: float = 0.0, second: float = 0.0) -> LookFound:
        people = len(self._room.gallery)
        return LookFound(
            ask=self.asked.ask, outcome=outcome, person=person, score=round(score, _DIGITS),
            second=round(second, _DIGITS), live=self._live(outcome), model=self._room.eyes.model, gallery=people,
            needs_second=outcome == "proposed" and needs_second(self._room.fmr, self._room.threshold, people),
            frames=self._frames,
        )  # fmt: skip

    def _live(self, outcome: Outcome) -> Live:
        if outcome == "gave_up":
            return "none"
        if self._room.passive is not None:
            return "passive"
        return "none" if self._challenge is None else "challenge"

    def _tell(self, reason: Reason, verdict: Verdict, now: float, step: int | None = None) -> Told | None:
        if now - self._told_at < TELL_S:
            return None
        self._told_at = now
        return Told(ask=self.asked.ask, reason=reason, box=verdict.box, step=step)


def mean_of(embeddings: "Sequence[Embedding]") -> "Embedding":
    """Return the direction of the mean."""
    total = np.stack(embeddings).sum(axis=0)
    direction: Embedding = (total / np.float32(np.linalg.norm(total))).astype(np.float32)
    return direction
