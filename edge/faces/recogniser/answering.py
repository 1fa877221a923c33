"""What the process answers to each request, and the look that is under way: one at a time, all in one thread."""

import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from edge.errors import EdgeError
from edge.faces.pipe import (
    MAX_ERASED,
    Confirm,
    Confirmed,
    Count,
    Counted,
    Erase,
    Erased,
    Failed,
    Follow,
    Followed,
    Lag,
    Look,
    LookFound,
    Open,
    PipeError,
    Ready,
    Reply,
    Request,
    Stop,
)
from edge.faces.recogniser.looks import Looking, Room
from edge.faces.recogniser.source import Source
from edge.faces.terms import MAX_PEOPLE, MAX_WRONG_ANSWERS
from provisioning.errors import PackError

#: So long a proposal can be confirmed.
PROPOSAL_S: Final = 180.0
#: So long a frame is waited for before requests are looked at again, and a request while there is no look.
_FRAME_S: Final = 0.1
_IDLE_S: Final = 0.5
LAG_S: Final = 60.0
#: Frames whose times are kept.
MAX_TIMES: Final = 4_000
_TEXT_CHARS: Final = 300

End = Literal["end"]
Inbox = queue.Queue["Request | PipeError | End"]


@dataclass(slots=True)
class Proposal:
    """Who may confirm now, until when, and how often he was wrong."""

    person: str = ""
    until: float = 0.0
    wrong: int = 0


@dataclass(slots=True)
class Times:
    """Frames since the last `Lag`."""

    since: float
    frames: int = 0
    dropped: int = 0
    took_ms: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_TIMES))

    def lag(self) -> Lag:
        """Return the figures."""
        ordered = sorted(self.took_ms) or [0.0]
        p50, p95 = ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100]
        return Lag(frames=self.frames, dropped=self.dropped, p50_ms=round(p50, 1), p95_ms=round(p95, 1))


class Recogniser:
    """Answers requests until the pipe ends; `say` sends one reply, `ready` says what it sees with."""

    def __init__(self, room: Room, source: Source, ready: Callable[[], Ready], say: Callable[[Reply], None]) -> None:
        self._room, self._source, self._ready, self._say = room, source, ready, say
        self._looking: Looking | None = None
        self._seen = 0
        self._camera: Literal["unknown", "seeing", "lost"] = "unknown"
        self._proposal = Proposal()
        self._keep: set[str] = set()
        self._rev = -1  # of the list that comes in
        self._times = Times(time.monotonic())

    def run(self, inbox: Inbox) -> None:
        """Work until the end of the pipe; PipeError when something else than requests came through it."""
        while (work := self._next(inbox)) != "end":
            if isinstance(work, PipeError):
                raise work
            if work is not None:
                self._answer(work)
            self._tell_camera()
            self._look()
            self._tell_times()

    def _next(self, inbox: Inbox) -> "Request | PipeError | End | None":
        try:
            return inbox.get_nowait() if self._looking else inbox.get(timeout=_IDLE_S)
        except queue.Empty:
            return None

    def _answer(self, asked: Request) -> None:
        try:
            match asked:
                case Look():
                    self._begin(asked)
                case Stop():
                    self._stop(asked)
                case Follow():
                    self._follow(asked)
                case Erase():
                    self._erase(asked)
                case Confirm():
                    self._say(Confirmed(ask=asked.ask, right=self._confirmed(asked)))
                case Count():
                    self._count(asked)
                case Open():
                    self._refuse("", "it is open already")
        except EdgeError as error:
            self._say(Failed(what="gallery", fault="failed", text=short(error), ask=getattr(asked, "ask", "")))

    def _begin(self, asked: Look) -> None:
        loss = self._source.loss
        if self._looking is not None:
            self._refuse(asked.ask, "another look is under way", "busy")
        elif (asked.mode != "sign_in") > bool(asked.person):
            self._refuse(asked.ask, f"{asked.mode} needs a person")
        elif asked.mode == "enrol" and not (asked.consent and (asked.phone4 or asked.birthday)):
            self._refuse(asked.ask, "an enrolment needs the id of a consent, and something to confirm by")
        elif loss is not None:
            self._say(Failed(what="source", fault=loss.fault, text=loss.text[:_TEXT_CHARS], ask=asked.ask))
        else:
            self._proposal = Proposal()
            self._seen = self._source.frames  # what was seen before is not what is asked about
            self._looking = Looking(self._room, asked, time.monotonic())

    def _refuse(self, ask: str, text: str, fault: str = "rejected") -> None:
        self._say(Failed(what="request", fault=fault, text=text, ask=ask))

    def _stop(self, asked: Stop) -> None:
        if self._looking is not None and self._looking.asked.ask == asked.ask:
            self._end(self._looking.given_up())

    def _look(self) -> None:
        """Show the newest frame to the look that is under way."""
        looking = self._looking
        if looking is None:
            return
        frame = self._source.newest(self._seen, _FRAME_S)
        if frame is None:
            over = looking.given_up() if self._source.loss else looking.late(time.monotonic())
            if over is not None:
                self._end(over)
            return
        self._times.dropped += frame.number - self._seen - 1
        self._times.frames += 1
        self._seen = frame.number
        try:
            said = looking.see(frame.picture, frame.at)
        except EdgeError as error:  # the gallery takes no more, or the disk is full
            self._fail(looking, "gallery", error)
            return
        except PackError as error:
            self._fail(looking, "pack", error)
            return
        self._times.took_ms.append(1000 * (time.monotonic() - frame.at))
        if isinstance(said, LookFound):
            self._end(said)
        elif said is not None:
            self._say(said)

    def _fail(self, looking: Looking, what: Literal["gallery", "pack"], error: Exception) -> None:
        self._looking = None
        self._say(Failed(what=what, fault="rejected", text=short(error), ask=looking.asked.ask))

    def _end(self, found: LookFound) -> None:
        self._looking = None
        if found.outcome in {"proposed", "same"}:
            self._proposal = Proposal(found.person, time.monotonic() + PROPOSAL_S)
        self._say(found)

    def _confirmed(self, asked: Confirm) -> bool:
        """Compare an answer; only who was found last can confirm, and not after too many wrong answers."""
        proposal = self._proposal
        if not asked.person or asked.person != proposal.person or time.monotonic() > proposal.until:
            return False
        right = self._room.gallery.confirm(asked.person, asked.answer)
        proposal.wrong += not right
        if right or proposal.wrong >= MAX_WRONG_ANSWERS:
            self._proposal = Proposal()
        return right

    def _erase(self, asked: Erase) -> None:
        left = self._forget(asked.persons)
        gone = [person for person in asked.persons if person not in left]
        self._say(Erased(ask=asked.ask, persons=gone, left=sorted(left)[:MAX_ERASED]))

    def _forget(self, people: list[str]) -> frozenset[str]:
        """Erase people; who is looked at for it, or was proposed, is not any more."""
        if self._looking is not None and self._looking.asked.person in people:
            self._end(self._looking.given_up())
        if self._proposal.person in people:
            self._proposal = Proposal()
        return self._room.gallery.erase(people)

    def _follow(self, asked: Follow) -> None:
        if self._rev != asked.rev:
            self._keep, self._rev = set(), asked.rev
        self._keep.update(asked.keep)
        if len(self._keep) > MAX_PEOPLE:
            self._keep, self._rev = set(), -1
            self._refuse(asked.ask, f"a list of more than {MAX_PEOPLE} people")
        elif asked.last:
            self._forget(sorted(self._room.gallery.ids() - self._keep))
            self._followed(asked)

    def _followed(self, asked: Follow) -> None:
        gallery = self._room.gallery
        found = self._keep & (gallery.ids() - gallery.missing())
        self._say(Followed(ask=asked.ask, rev=asked.rev, count=len(found), missing=len(self._keep) - len(found)))
        self._keep, self._rev = set(), -1

    def _count(self, asked: Count) -> None:
        gallery = self._room.gallery
        self._say(Counted(ask=asked.ask, people=len(gallery.ids()), other_model=len(gallery.missing())))

    def _tell_camera(self) -> None:
        """Say once that the camera is away, and once that it is there (again)."""
        loss = self._source.loss
        if loss is not None and self._camera != "lost":
            self._camera = "lost"
            self._say(Failed(what="source", fault=loss.fault, text=loss.text[:_TEXT_CHARS]))
        elif loss is None and self._camera != "seeing" and self._source.frames:
            self._camera = "seeing"
            self._say(self._ready())

    def _tell_times(self) -> None:
        now = time.monotonic()
        if now - self._times.since >= LAG_S:
            self._say(self._times.lag())
            self._times = Times(now)


def short(error: Exception) -> str:
    """Return an error's text as the pipe takes it."""
    return str(error)[:_TEXT_CHARS]
