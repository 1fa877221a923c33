"""Commands to the slots (W19-W23): judged, entered in the ledger, run once, ended for certain."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from typing import Any, Final, Protocol

from devices.driver import Json
from devices.errors import DeviceError, DeviceRefused
from edge.answers import Answers
from edge.errors import OutboxError
from edge.host import Running
from edge.ledger import MAX_OPEN, Entry, Ledger
from edge.recorder import Recorder
from edge.requests import BadRequest, Outcome, Request, expired, failed, interrupted, read_request, rejected
from edge.uplink import Incoming
from firmware_profiles.schema import CommandSpec
from protocols.venue.ids import AGENT
from protocols.venue.vocabulary import Kind

#: Idempotent commands that one slot runs side by side; a command that is not idempotent runs alone.
MAX_RUNNING: Final = 8
#: Rows older than 30 days are looked for this often.
FORGET_INTERVAL_S: Final = 6 * 3600.0
#: The reply topic of what the station asks of itself: nobody waits for an answer.
OWN: Final = ""
#: A slip that did not come out within this is of no use to who waited for it.
OWN_EXPIRY_S: Final = 60.0
#: What is said of a command that a stop or crash interrupted.
STOPPED: Final = "the station stopped while it ran: nobody knows whether it took effect"

_log = logging.getLogger(__name__)


class Target(Protocol):
    """What runs the commands of one slot."""

    @property
    def kind(self) -> Kind:
        """The slot's kind."""

    def command_spec(self, name: str) -> CommandSpec | None:
        """Return what the slot's profile says of a command."""

    async def ready(self) -> None:
        """Return once there is something that can run a command; DeviceLost if the device is away."""

    async def command(self, name: str, args: Json, running: Running) -> Json:
        """Run one command and return its result; a DeviceError says why not."""

    async def settle(self, name: str, args: Json, running: Running) -> Json:
        """Return the result of one that was interrupted, without running it again; a DeviceError says why not."""


class Commands:
    """All commands of the station; `run` does the work that `take` accepts."""

    def __init__(self, recorder: Recorder, ledger: Ledger, targets: Mapping[str, Target], answers: Answers) -> None:
        self._recorder = recorder
        self._ledger = ledger
        self._targets = targets
        self._answers = answers
        self._timekeeper = recorder.author.timekeeper
        self._ready: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(MAX_OPEN)
        self._open: dict[str, Request] = {}
        self._alone: set[str] = set()
        self._running: Counter[str] = Counter()
        self._queued: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Lock] = {}
        #: Set when what the last start left behind is taken up: what came before would be taken for it, and run twice.
        self._recovered = asyncio.Event()
        #: Commands by how they ended, since the start.
        self.ended: Counter[str] = Counter()
        self.refused_total = 0

    async def take(self, message: Incoming) -> None:
        """Take one message of `{slot}/cmd/{name}`."""
        arrived = asyncio.get_running_loop().time()
        await self._recovered.wait()
        slot = message.topic.name
        target = self._targets.get(slot)
        kind: Kind = target.kind if target else "agent"
        try:
            request, command = read_request(message, self._recorder.author.station, kind, self._timekeeper.now())
        except BadRequest as refusal:
            await self._refuse(message, refusal)
            return
        deadline = arrived + (message.expiry_s or 0)
        late = self._timekeeper.trust == "trusted" and self._timekeeper.now() > command.expires_at
        outcome = expired("it came after its expiry") if late or message.expiry_s == 0 else self._judge(request, target)
        known = await self._ledger.receive(request, outcome)
        if known is not None:
            self._answer_repeat(request, known)
        elif outcome is not None:
            await self._announce(request, outcome)
        else:
            self._answers.say(request.id, request.topic, "received")
            self._accept(request, deadline)

    async def give(self, slot: str, name: str, args: dict[str, Any], *, key: str) -> None:
        """Give a command of the station's own, with the same ledger and rules; one `key` is one command for ever."""
        await self._recovered.wait()
        target, now = self._targets.get(slot), self._timekeeper.now()
        request = Request(
            id=key, slot=slot, kind=target.kind if target else "agent", name=name, args=args, topic=OWN,
            received_at=now, expires_at=now + timedelta(seconds=OWN_EXPIRY_S), timeout_s=OWN_EXPIRY_S,
            step_timeout_s=OWN_EXPIRY_S,
        )  # fmt: skip
        outcome = self._judge(request, target)
        if await self._ledger.receive(request, outcome) is not None:
            return
        if outcome is not None:
            await self._announce(request, outcome)
        else:
            self._accept(request, asyncio.get_running_loop().time() + OWN_EXPIRY_S)

    async def run(self) -> None:
        """Finish what the last start left behind, then run what is taken, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answers.run(), name="replies")
            group.create_task(self._forget_old(), name="ledger-age")
            await self._recover()
            self._recovered.set()
            while True:
                work = await self._ready.get()
                group.create_task(_finish(work()), name="command")

    async def answer_unreplied(self) -> None:
        """Tell the cloud how commands ended whose terminal reply never left; there is a connection again."""
        for entry in await self._ledger.unreplied():
            if entry.outcome is not None:
                self._answers.end(entry.request.id, entry.request.topic, entry.outcome)

    def _judge(self, request: Request, target: Target | None) -> Outcome | None:
        """Return why a command is not run at all, None if it may be."""
        if target is None:
            return rejected("unknown_slot", f"there is no slot {request.slot}")
        spec = target.command_spec(request.name)
        if spec is None:
            return rejected("unknown_command", f"{request.slot} has no command {request.name}")
        problem = spec.refuse(request.args)
        if problem is not None:
            return rejected("bad_args", problem)
        if self._busy(request.slot, spec) or len(self._open) >= MAX_OPEN:
            return rejected("busy", f"{request.slot} runs another command")
        return None

    def _busy(self, slot: str, spec: CommandSpec) -> bool:
        """Return whether a slot can take no such command now; one that queues only minds those that do not."""
        if spec.queued:
            return self._running[slot] > self._queued[slot]
        return slot in self._alone or self._running[slot] >= (MAX_RUNNING if spec.idempotent else 1)

    def _accept(self, request: Request, deadline: float | None, *, settles: bool = False) -> None:
        """Occupy the slot and have the command run; `deadline` is on the loop's clock, None after a restart.

        One that `settles` is not run: its device is asked what became of it.
        """
        target = self._targets[request.slot]
        spec = target.command_spec(request.name)
        if spec is None:  # judged before
            return
        self._open[request.id] = request
        self._running[request.slot] += 1
        if spec.queued:
            self._queued[request.slot] += 1
        if not spec.idempotent:
            self._alone.add(request.slot)
        if not settles:
            self._answers.say(request.id, request.topic, "accepted")
        self._ready.put_nowait(lambda: self._work(request, target, spec, deadline, settles=settles))

    async def _work(
        self, request: Request, target: Target, spec: CommandSpec, deadline: float | None, *, settles: bool
    ) -> None:
        try:
            try:
                if settles:
                    outcome = await self._settle(request, target, spec)
                else:
                    async with self._turn(request.slot, spec):
                        outcome = await self._perform(request, target, spec, deadline)
                await self._ledger.finish(request.id, outcome)
            finally:
                # Before anybody hears of the end: what he asks for next finds the slot free.
                self._leave(request.slot, spec)
            await self._announce(request, outcome)
        finally:
            del self._open[request.id]

    def _turn(self, slot: str, spec: CommandSpec) -> AbstractAsyncContextManager[None]:
        """Return what a command holds while it runs: first come, first served where commands queue."""
        return self._turns.setdefault(slot, asyncio.Lock()) if spec.queued else nullcontext()

    def _leave(self, slot: str, spec: CommandSpec) -> None:
        self._running[slot] -= 1
        if spec.queued:
            self._queued[slot] -= 1
        if not self._running[slot]:
            self._alone.discard(slot)

    async def _perform(self, request: Request, target: Target, spec: CommandSpec, deadline: float | None) -> Outcome:
        """Run a command under its two timers (W22) and return how it ended."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(request.timeout_s, spec.timeout_s)

        def step_ends() -> float:
            return min(ends, loop.time() + request.step_timeout_s)

        def tell(step: str, done: int, total: int) -> None:
            scope.reschedule(step_ends())
            progress = {"step": step, "done": done, "total": total}
            self._answers.say(request.id, request.topic, "progress", progress=progress)

        running = Running(request.id, tell)
        scope = asyncio.timeout_at(step_ends())
        try:
            async with scope:
                await target.ready()
                if deadline is not None and loop.time() >= deadline:
                    return expired("it expired before its device was ready")
                await self._ledger.start(request.id)
                return Outcome("done", result=dict(await target.command(request.name, request.args, running)))
        except (DeviceError, TimeoutError) as error:
            whole = loop.time() >= ends
            return _outcome_of(error, request, running, (whole if scope.expired() else None))
        except OutboxError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary between the agent and code for one device
            _log.exception("command %s of %s failed", request.name, request.slot)
            text = f"{type(error).__name__}: {error}"
            return interrupted(text) if running.begun else failed("device", text)

    async def _settle(self, request: Request, target: Target, spec: CommandSpec) -> Outcome:
        """Ask the device what became of a command that the last start left running; never run it again."""

        def tell(step: str, done: int, total: int) -> None:
            _log.debug("%s of %s: %s %d/%d", request.name, request.slot, step, done, total)

        try:
            async with asyncio.timeout(min(request.timeout_s, spec.timeout_s)):
                await target.ready()
                found = await target.settle(request.name, request.args, Running(request.id, tell, begun=True))
                return Outcome("done", result=dict(found))
        except DeviceRefused as error:
            return failed("device", str(error))
        except (DeviceError, TimeoutError) as error:
            return interrupted(f"{STOPPED}; {error or 'its device does not say'}")
        except OutboxError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary between the agent and code for one device
            _log.exception("asking %s what became of %s failed", request.slot, request.name)
            return interrupted(f"{STOPPED}; {type(error).__name__}: {error}")

    async def _announce(self, request: Request, outcome: Outcome) -> None:
        """Tell how a command ended, by reply and by event; whichever arrives first closes it (D23)."""
        self.ended[outcome.state] += 1
        self._answers.end(request.id, request.topic, outcome)
        slot = request.slot if request.slot in self._targets else AGENT
        data: dict[str, Any] = {"id": request.id, "name": request.name, **outcome.members()}
        if request.topic == OWN:  # the cloud hears of it for the first time
            data |= {"by": f"slot:{slot}", "args": request.args}
        try:
            await self._recorder.event(slot, request.kind, "command.ended", data, "ops")
        except OutboxError as error:  # told again after the next start
            _log.debug("the end of command %s was not stored: %s", request.id, error)
        else:
            await self._ledger.told(request.id)
            if request.topic == OWN:
                await self._ledger.replied(request.id)

    def _answer_repeat(self, request: Request, known: Entry) -> None:
        if not known.request.same_as(request):
            refusal = rejected("id_reused", "this id was used for another command")
            self._answers.refuse(request.id, request.topic, refusal)
        elif known.outcome is not None:
            self._answers.end(request.id, request.topic, known.outcome, ledger=True)
        else:
            self._answers.repeat(request.id, request.topic, "received" if known.state == "received" else "accepted")

    async def _refuse(self, message: Incoming, refusal: BadRequest) -> None:
        self.refused_total += 1
        data = {"slot": message.topic.name, "name": message.topic.command, "text": str(refusal)[:300]}
        await self._recorder.say("command.refused", data)
        if refusal.topic is not None and refusal.command_id is not None:
            outcome = rejected("bad_request", str(refusal))
            self._answers.refuse(refusal.command_id, refusal.topic, outcome)

    async def _recover(self) -> None:
        for entry in await self._ledger.unfinished():
            await self._recover_one(entry)

    async def _recover_one(self, entry: Entry) -> None:
        request, target = entry.request, self._targets.get(entry.request.slot)
        spec = target.command_spec(request.name) if target else None
        now = self._timekeeper.now()
        if entry.outcome is not None:
            await self._announce(request, entry.outcome)
        elif entry.state == "started" and spec is not None and spec.traceable:
            self._accept(request, None, settles=True)
        elif entry.state == "started" and (spec is None or not spec.idempotent):
            await self._end(request, interrupted(STOPPED))
        elif not request.received_at <= now < request.expires_at:
            await self._end(request, expired("it expired while the station was away"))
        elif (refusal := self._judge(request, target)) is not None:
            await self._end(request, refusal)
        else:
            self._accept(request, None)

    async def _end(self, request: Request, outcome: Outcome) -> None:
        await self._ledger.finish(request.id, outcome)
        await self._announce(request, outcome)

    async def _forget_old(self) -> None:
        while True:
            await self._ledger.forget_old(self._timekeeper.now())
            await asyncio.sleep(FORGET_INTERVAL_S)


def _outcome_of(error: Exception, request: Request, running: Running, whole: bool | None) -> Outcome:  # noqa: FBT001
    """Return how a command ended that raised; `whole` says which timer ran out, None: neither.

    Only a device that refuses knows that it did nothing; whatever else happens after the effect began leaves it open.
    """
    if isinstance(error, DeviceRefused):
        return failed("device", str(error))
    if running.begun:
        return interrupted(str(error) or "the time was used up while it ran: nobody knows whether it took effect")
    if isinstance(error, DeviceError):
        return failed("device", str(error))
    if whole is None:
        return failed("device", "the device did not answer in time")
    if whole:
        return failed("timeout", "the whole time was used up")
    return failed("step_timeout", f"no progress within {request.step_timeout_s:g} s")


async def _finish(work: Awaitable[None]) -> None:
    """Run one command's work; a ledger that says no leaves its row as it is, for the next start."""
    try:
        await work
    except OutboxError as error:
        _log.error("a command could not be entered in the ledger: %s", error)
