"""The recogniser's process as the agent has it: started, watched, replaced; every wait has a bound."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from devices.driver import FacesSeen, Fault
from devices.errors import Cause, ConfigurationError
from edge.errors import EdgeError
from edge.faces import pipe
from edge.faces.pipe import PipeError
from firmware_profiles.errors import ProfileError

COMMAND: Final = (sys.executable, "-m", "edge.faces.recogniser")
#: Loading the models takes a few seconds on a small machine, opening a large gallery one more.
START_S: Final = 60.0
#: It speaks once a minute: whoever is silent for longer hangs.
SILENT_S: Final = 150.0
#: Settings are compared this often; changed ones begin a new process.
CHECK_S: Final = 1.0
ANSWER_S: Final = 10.0
END_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 30.0
#: A process that has worked for so long starts again with the first pause.
SETTLED_S: Final = 60.0
#: Questions that wait for their answers.
MAX_WAITING: Final = 32
#: What goes into the pipe before the process reads it.
MAX_UNREAD_BYTES: Final = 1024 * 1024
#: One thread each: the station's machine has a page to paint meanwhile.
_QUIET: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Answer = pipe.Erased | pipe.Followed | pipe.Confirmed | pipe.Counted
T = TypeVar("T", pipe.Erased, pipe.Followed, pipe.Confirmed, pipe.Counted)
#: Of a look: what the person should do, how it ended, why it cannot be.
OfLook = pipe.Told | pipe.LookFound | pipe.Failed
Heard = Callable[[OfLook], Awaitable[None]]

_log = logging.getLogger(__name__)


class ChildAway(EdgeError):  # noqa: N818 - the state is the message
    """There is no process that answers, or it said no: ask again later."""


class _Ended(Exception):  # noqa: N818 - how one process ended
    """Why another process is needed; without a fault it begins at once."""

    def __init__(self, fault: Fault | None, *, wrong: bool = False) -> None:
        super().__init__(fault.text if fault else "")
        self.fault, self.wrong = fault, wrong


class Child:
    """One slot's recogniser; `wish` says what it is started with, and is asked again while it runs."""

    def __init__(self, slot: str, wish: Callable[[], pipe.Open], heard: Heard, ready: Callable[[], None]) -> None:
        self.slot = slot
        self._wish, self._heard, self._when_ready = wish, heard, ready
        #: What it said of itself; None before its first word.
        self.seen: FacesSeen | None = None
        #: How many processes have ended: a look of an earlier one is over.
        self.ended_total = 0
        self._ready: pipe.Ready | None = None
        #: It has its gallery open, whether or not it sees anything: people can be erased.
        self._open = False
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    @property
    def model(self) -> str:
        """The pack that it works with, empty while it does not."""
        return self._ready.model if self._ready else ""

    @property
    def works(self) -> bool:
        """Whether it can look."""
        return self._ready is not None and self.seen is not None and self.seen.fault is None

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return self._process.pid if self._process else None

    async def send(self, request: pipe.Request) -> None:
        """Hand over a request; ChildAway."""
        stdin = self._process.stdin if self._process else None
        if stdin is None or not (self._open or isinstance(request, pipe.Open)):
            raise ChildAway(f"the recogniser of {self.slot} does not run")
        if stdin.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            raise ChildAway(f"the recogniser of {self.slot} reads nothing")
        stdin.write(pipe.to_bytes(request))
        try:
            async with asyncio.timeout(ANSWER_S):
                await stdin.drain()
        except OSError as error:  # a TimeoutError is one
            raise ChildAway(f"the recogniser of {self.slot} reads nothing") from error

    async def ask(self, request: pipe.Follow | pipe.Erase | pipe.Confirm | pipe.Count, kind: type[T]) -> T:
        """Return the answer to a question; ChildAway."""
        if len(self._waiting) >= MAX_WAITING:
            raise ChildAway(f"the recogniser of {self.slot} is asked too much")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request.ask] = future
        try:
            await self.send(request)
            async with asyncio.timeout(ANSWER_S):
                answer = await future
        except TimeoutError as error:
            raise ChildAway(f"the recogniser of {self.slot} does not answer") from error
        finally:
            self._waiting.pop(request.ask, None)
        if not isinstance(answer, kind):
            raise ChildAway(f"the recogniser of {self.slot} answers something else")
        return answer

    async def run(self) -> None:
        """Keep a process running, for ever."""
        backoff_s, loop = FIRST_BACKOFF_S, asyncio.get_running_loop()
        while True:
            began = loop.time()
            ended = await self._live()
            if ended.fault is None:
                backoff_s = FIRST_BACKOFF_S
                continue
            _log.warning("the recogniser of %s: %s", self.slot, ended.fault.text)
            self.seen = replace(self.seen or FacesSeen(), fault=ended.fault)
            settled = loop.time() - began >= SETTLED_S
            backoff_s = MAX_BACKOFF_S if ended.wrong else FIRST_BACKOFF_S if settled else backoff_s
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)

    async def _live(self) -> _Ended:
        """Have one process work until it ends; returns why."""
        try:
            wish = self._wish()
            self._process = await _started()
            await self.send(wish)
            await self._listen(self._process, wish)
        except _Ended as ended:
            return ended
        except (ConfigurationError, ProfileError) as error:
            return _Ended(Fault("settings", "driver", str(error)), wrong=True)
        except (ChildAway, PipeError, OSError) as error:
            return _Ended(_failed(str(error)))
        finally:
            await self._end()
        return _Ended(_failed("the recogniser ended"))

    async def _listen(self, process: asyncio.subprocess.Process, wish: pipe.Open) -> None:
        """Take what the process says until it ends."""
        loop, bodies = asyncio.get_running_loop(), pipe.Bodies()
        heard_at = loop.time()
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        while True:
            if self._wish() != wish:
                raise _Ended(None)
            if loop.time() - heard_at > (SILENT_S if self._open else START_S):
                raise _Ended(_failed("the recogniser says nothing"))
            try:
                async with asyncio.timeout(CHECK_S):
                    data = await process.stdout.read(pipe.MAX_MESSAGE_BYTES)
            except TimeoutError:
                continue
            if not data:
                return
            heard_at = loop.time()
            for body in bodies.feed(data):
                await self._take(pipe.reply_of(body))

    async def _take(self, reply: pipe.Reply) -> None:
        match reply:
            case pipe.Ready():
                self._ready = reply
                self.seen = FacesSeen(
                    reply.model, reply.people, reply.other_model, reply.fmr, reply.impostor_pairs, reply.licence
                )
                self._opened()
            case pipe.Failed() if reply.ask and reply.ask not in self._waiting:
                await self._heard(reply)
            case pipe.Failed():
                self._fail(reply)
            case pipe.Told() | pipe.LookFound():
                self._sees()
                await self._heard(reply)
            case pipe.Lag():
                if reply.frames:
                    self._sees()
                if self.seen is not None:
                    self.seen = replace(
                        self.seen, frames=reply.frames, dropped=reply.dropped, p50_ms=reply.p50_ms, p95_ms=reply.p95_ms
                    )
            case _:
                self._answer(reply)

    def _opened(self) -> None:
        self._open = True
        self._when_ready()

    def _sees(self) -> None:
        """Note that pictures come."""
        if self.seen is not None and self.seen.fault is not None:
            self.seen = replace(self.seen, fault=None)

    def _answer(self, reply: Answer) -> None:
        if isinstance(reply, pipe.Counted) and self.seen is not None:
            self.seen = replace(self.seen, people=reply.people, other_model=reply.other_model)
        future = self._waiting.get(reply.ask)
        if future is not None and not future.done():
            future.set_result(reply)

    def _fail(self, reply: pipe.Failed) -> None:
        future = self._waiting.get(reply.ask)
        if future is not None and not future.done():
            future.set_exception(ChildAway(f"the recogniser of {self.slot}: {reply.text}"))
            return
        cause: Cause = "driver"
        if reply.what == "source":
            cause = "unplugged" if reply.fault == "unplugged" else "network" if "//" in self._wish().source else "usb"
        fault = Fault(reply.fault, cause, reply.text)
        if reply.what in {"pack", "gallery"}:
            raise _Ended(fault, wrong=True)
        if reply.what == "source":
            self.seen = replace(self.seen or FacesSeen(), fault=fault)
            self._opened()
        else:
            _log.warning("the recogniser of %s refused a request: %s", self.slot, reply.text)

    async def _end(self) -> None:
        """End the process, and whoever waits for it."""
        process, self._process, self._ready, self._open = self._process, None, None, False
        self.ended_total += 1
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ChildAway(f"the recogniser of {self.slot} ended"))
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # it lets go of its gallery and ends
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except BaseException as error:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if not isinstance(error, TimeoutError):
                raise


def _failed(text: str) -> Fault:
    return Fault("failed", "driver", text)


async def _started() -> asyncio.subprocess.Process:
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, **_QUIET, **path}
    )
