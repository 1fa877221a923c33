"""A recogniser that sees what a file says: the real pipe and a real process, without models.

The camera's film is JSON: {"person": id or "", "live": …, "needs_second": …, "die": …}; the gallery is JSON too.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from edge.faces import pipe

MODEL = "peer@1"


class Peer:
    """Keeps who is enrolled, and answers."""

    def __init__(self, opened: pipe.Open) -> None:
        self.film = Path(opened.source.removeprefix("file:"))
        self.file = Path(opened.gallery)
        self.people: dict[str, list[str]] = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.asked: pipe.Look | None = None
        self.keep: set[str] = set()

    def answer(self, asked: pipe.Request) -> list[pipe.Reply]:
        """Return the replies to a request."""
        match asked:
            case pipe.Look():
                return self.look(asked)
            case pipe.Stop():
                return [self.found(asked.ask, "gave_up")]
            case pipe.Confirm():
                right = asked.answer in self.people.get(asked.person, [])
                return [pipe.Confirmed(ask=asked.ask, right=right)]
            case pipe.Count():
                return [pipe.Counted(ask=asked.ask, people=len(self.people))]
            case pipe.Erase():
                self.forget(set(asked.persons))
                return [pipe.Erased(ask=asked.ask, persons=asked.persons)]
            case pipe.Follow():
                return self.follow(asked)
            case pipe.Open():
                raise SystemExit(2)

    def look(self, asked: pipe.Look) -> list[pipe.Reply]:
        """Look at the film once."""
        scene: dict[str, Any] = json.loads(self.film.read_text())
        if scene.get("die"):
            raise SystemExit(1)
        if scene.get("busy"):
            return [pipe.Failed(what="request", fault="busy", text="another look is under way", ask=asked.ask)]
        said: list[pipe.Reply] = [pipe.Told(ask=asked.ask, reason="nobody")]
        person = scene.get("person", "")
        if not person:
            return said
        if asked.mode == "enrol":
            self.people[asked.person] = [asked.phone4, asked.birthday]
            self.save()
            said += [pipe.Told(ask=asked.ask, reason="good", box=(100, 200, 300, 400), step=step) for step in (1, 5)]
            return [*said, self.found(asked.ask, "enrolled", person=asked.person, frames=5, **scene.get("found", {}))]
        if person not in self.people:
            return [*said, self.found(asked.ask, "unknown", score=0.31)]
        values = {"person": person, "score": 0.8149, "second": 0.3251, **scene.get("found", {})}
        return [*said, self.found(asked.ask, "proposed", **values)]

    def follow(self, asked: pipe.Follow) -> list[pipe.Reply]:
        """Take a piece of a list."""
        self.keep |= set(asked.keep)
        if not asked.last:
            return []
        kept = self.keep & self.people.keys()
        missing = len(self.keep - self.people.keys())
        self.forget(self.people.keys() - self.keep)
        self.keep = set()
        return [pipe.Followed(ask=asked.ask, rev=asked.rev, count=len(kept), missing=missing)]

    def forget(self, people: set[str]) -> None:
        """Erase people."""
        self.people = {person: check for person, check in self.people.items() if person not in people}
        self.save()

    def save(self) -> None:
        """Keep the gallery."""
        self.file.write_text(json.dumps(self.people))

    def found(self, ask: str, outcome: Any, **values: Any) -> pipe.LookFound:
        """Return the end of a look."""
        values = {"live": "challenge", **values}
        return pipe.LookFound(ask=ask, outcome=outcome, model=MODEL, gallery=len(self.people), **values)


def first(peer: Peer, opened: pipe.Open) -> pipe.Reply:
    """Return what is said first: what it sees with, or that the pack or the camera is missing."""
    if Path(opened.pack).name == "missing":
        return pipe.Failed(what="pack", fault="settings", text="there is no such pack")
    if not peer.film.exists():
        return pipe.Failed(what="source", fault="unplugged", text="the camera is not there")
    return pipe.Ready(model=MODEL, people=len(peer.people), fmr=0.01, licence="tests")


def main() -> int:
    """Speak until the pipe ends."""
    bodies, peer = pipe.Bodies(), None
    while data := os.read(0, 65536):
        for body in bodies.feed(data):
            asked = pipe.request_of(body)
            if isinstance(asked, pipe.Open):
                peer = Peer(asked)
                told: list[pipe.Reply] = [first(peer, asked)]
            elif peer is not None:
                told = peer.answer(asked)
            for reply in told:
                os.write(1, pipe.to_bytes(reply))
                if isinstance(reply, pipe.Failed) and reply.what == "pack":
                    return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
