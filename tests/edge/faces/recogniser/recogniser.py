"""A recogniser process and both ends of its pipe, for tests and benchmarks."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from edge.faces.pipe import (
    Bodies,
    Confirmed,
    Counted,
    Erased,
    Failed,
    Followed,
    LookFound,
    Reply,
    Request,
    reply_of,
    to_bytes,
)

ROOT: Final = Path(__file__).parents[4]
ANSWER_S: Final = 40.0
ENDS: Final = (Confirmed, Counted, Erased, Failed, Followed, LookFound)


class Running:
    """The process; `said` keeps every byte that came out of it."""

    def __init__(self, first: Request | None = None, *, only_cpu: int | None = None) -> None:
        pin = ["taskset", "-c", str(only_cpu)] if only_cpu is not None else []
        self.process = subprocess.Popen(
            [*pin, sys.executable, "-m", "edge.faces.recogniser"], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.said = bytearray()
        self.replies: queue.Queue[Reply | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="replies")
        self._reader.start()
        if first is not None:
            self.send(first)

    def send(self, request: Request) -> None:
        """Send a request."""
        self.write(to_bytes(request))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def until(self, *kinds: type[Any]) -> Any:
        """Return the next reply of one of some kinds; AssertionError when the process ends before."""
        while (reply := self.replies.get(timeout=ANSWER_S)) is not None:
            if isinstance(reply, kinds):
                return reply
        raise AssertionError(f"the process ended: {self.end()}")

    def ask(self, request: Request) -> Any:
        """Send a request and return what ends it."""
        self.send(request)
        while True:
            reply = self.until(*ENDS)
            if getattr(reply, "ask", "") == getattr(request, "ask", ""):
                return reply

    def end(self) -> tuple[int, str]:
        """Close the pipe; returns (exit code, what it wrote to stderr)."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        told = self.process.stderr.read().decode()
        code = self.process.wait(10)
        self._reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()
        return code, told

    def _read(self) -> None:
        bodies = Bodies()
        assert self.process.stdout is not None
        while data := os.read(self.process.stdout.fileno(), 65536):
            self.said += data
            for body in bodies.feed(data):
                self.replies.put(reply_of(body))
        self.replies.put(None)
