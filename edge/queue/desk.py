"""The station's queue: issues numbers, follows the cloud's board, and lets the hall call while the line is cut.

The cloud decides while it is there; what the hall did meanwhile (`pending`) holds until the board says that the cloud
has taken it (`Board.hall`), and the cloud lets it win over what never reached the hall (ADR 27).
"""

import asyncio
import contextlib
import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from edge.errors import OutboxError, TicketRefused
from edge.outbox import tickets as table
from edge.queue.held import Held, held_of_board, held_of_row
from edge.recorder import Recorder
from protocols.errors import DocumentError
from protocols.rules import queueing
from protocols.rules.opening import SHANGHAI
from protocols.rules.queueing import AT_COUNTER, OPEN, Act, IllegalAct, Move, Rules, Ticket
from protocols.venue.content import Manifest
from protocols.venue.ids import AGENT
from protocols.venue.queue import ITEM, MAX_CALLS, MAX_OPEN, Board, CallShown, CounterShown, ServiceShown

#: What a counter of the hall may ask for; `next` ends who is there and calls who waits.
HallAct = Literal["next", "recall", "start", "skip", "no_show", "done"]
#: How soon pages show another day, that a service has closed, or that the line is cut, s.
LOOK_S: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """A number just given out, with what its slip says."""

    held: Held
    service: str
    ahead: int
    estimate_s: int | None


class Queue:
    """All numbers of the station's day. Decisions are taken one at a time, and told only after they are durable."""

    def __init__(self, recorder: Recorder, online: Callable[[], bool]) -> None:
        self._recorder = recorder
        self._outbox = recorder.outbox
        self._online = online
        self._lock = asyncio.Lock()
        self._came = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self._receivers: list[Callable[[str, Issued], None]] = []
        self._own_calls: list[tuple[int, CallShown]] = []
        self.board: Board | None = None
        self.rev = 0
        self.day = ""
        self.held: dict[str, Held] = {}
        #: Grows with every change that a page can see.
        self.version = 0

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when pages have something new to show."""
        self._watchers.append(changed)

    def on_issued(self, take: Callable[[str, Issued], None]) -> None:
        """Have `take` called with the kiosk's slot and each number that is given out there, once."""
        self._receivers.append(take)

    def status(self) -> dict[str, Any]:
        """Return what the agent says of its queue."""
        services = [one.letter for one in self.board.services] if self.board else []
        return {"day": self.day, "rev": self.rev, "services": services, "numbers": len(self.held)}

    def take(self, manifest: Manifest | None) -> None:
        """Take the cloud's board, which the content verified; None when it is no longer valid."""
        try:
            board = board_of(manifest)
        except DocumentError as error:
            _log.warning("the queue's board is not taken: %s", error)
            return
        self.board, self.rev = board, manifest.rev if manifest else 0
        self._tell()
        self._came.set()

    async def run(self) -> None:
        """Follow the board, the day and the line, for ever."""
        shown: object = None
        while True:
            came = self._came.is_set()
            self._came.clear()
            try:
                async with self._lock:
                    await (self._follow() if came else self._roll())
            except OutboxError as error:
                _log.warning("the queue's board is followed later: %s", error)
            state = (self.day, self._online(), self._closed())
            if came or state != shown:
                shown = state
                self._tell()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._came.wait()

    def _closed(self) -> tuple[str, ...]:
        return tuple(self.closed_why(one) for one in self.board.services) if self.board else ()

    async def issue(self, slot: str, letter: str, priority: str, key: str) -> Issued:
        """Give out a number, durable on return; `key` names the wish, so that asking twice gives one number."""
        async with self._lock:
            await self._roll()
            known = self.held.get(key)
            if known is not None:
                return self._issued(known)
            service = self._judge(letter, priority)
            now = self._recorder.author.timekeeper.now()
            ticket = Ticket(id=key, service=letter, place=now, priority=priority != "")
            told = self._issued(Held(self.day, letter, 0, priority, ticket))
            give = self._giver(slot, told, service)
            held = await self._outbox.record("evidence", give)
            self.held[key] = held
        self._tell()
        issued = replace(told, held=held)
        for take in self._receivers:
            take(slot, issued)
        return issued

    async def act(self, counter: int, act: HallAct, by: str) -> Held | None:
        """Do something at a counter of the hall; returns who is at it now. TicketRefused says why not."""
        async with self._lock:
            await self._roll()
            if self._online():
                raise TicketRefused("online")
            place = self.counter(counter)
            if place is None:
                raise TicketRefused("unknown_counter")
            moves = self._moves(place, act)
            told = await self._outbox.record("evidence", lambda connection: self._write(connection, moves, by))
            for held, call in told:
                self.held[held.ticket.id] = held
                if call is not None:
                    self._own_calls.append((held.pending, call))
            self._own_calls = self._own_calls[-MAX_CALLS:]
        self._tell()
        return self.at_counter(counter)

    def counter(self, number: int) -> CounterShown | None:
        """Return a counter of the board."""
        return next((one for one in self.board.counters if one.number == number), None) if self.board else None

    def at_counter(self, number: int) -> Held | None:
        """Return who is called to or served at a counter."""
        there = [one for one in self.held.values() if one.ticket.counter == number and one.ticket.state in AT_COUNTER]
        return max(there, key=lambda one: str(one.ticket.last_called_at), default=None)

    def find_open(self, ticket: str) -> Issued | None:
        """Return a number of today that is not over, as its slip would say it now."""
        held = self.held.get(ticket)
        return self._issued(held) if held is not None and held.ticket.state in OPEN else None

    def calls(self) -> list[CallShown]:
        """Return the newest calls of the day, newest first, each once."""
        board = self.board.calls if self.board and self.board.day == self.day else []
        merged = {one.id: one for one in (*board, *(call for _, call in self._own_calls))}
        return sorted(merged.values(), key=lambda one: (one.at, one.id), reverse=True)[:MAX_CALLS]

    def closed_why(self, service: ServiceShown) -> str:
        """Return why a service gives out no numbers now: `closed` or `hours`; empty when it does."""
        if not service.open:
            return "closed"
        clock = _local(self._recorder.author.timekeeper.now()).strftime("%H:%M")
        return "" if service.opens <= clock < service.closes else "hours"

    def waiting_in(self, letter: str) -> int:
        """Return how many wait for a service."""
        return sum(1 for one in self.held.values() if one.ticket.state == "waiting" and one.ticket.service == letter)

    def estimate_s(self, service: ServiceShown, ahead: int) -> int | None:
        """Return the seconds until one with `ahead` people before him is called; None while no counter serves him."""
        counters = self.board.counters if self.board else []
        serving = sum(1 for one in counters if one.staffed and service.letter in one.letters)
        return queueing.estimate_s(ahead, service.serve_s, serving)

    def _service(self, letter: str) -> ServiceShown | None:
        return next((one for one in self.board.services if one.letter == letter), None) if self.board else None

    def _judge(self, letter: str, priority: str) -> ServiceShown:
        """Return the service of a wish, or refuse the wish."""
        service = self._service(letter)
        if service is None or self.board is None:
            raise TicketRefused("unknown_service")
        why = self.closed_why(service)
        if why:
            raise TicketRefused(why)
        if priority and priority not in {one.key for one in self.board.rules.priorities}:
            raise TicketRefused("unknown_priority")
        if sum(1 for one in self.held.values() if one.ticket.state in OPEN) >= MAX_OPEN:
            raise TicketRefused("full")
        return service

    def _issued(self, held: Held) -> Issued:
        service = self._service(held.ticket.service)
        ahead = queueing.ahead_of(held.ticket, (one.ticket for one in self.held.values()))
        if service is None:
            return Issued(held, "", ahead, None)
        return Issued(held, service.name, ahead, self.estimate_s(service, ahead))

    def _giver(
        self, slot: str, told: Issued, service: ServiceShown
    ) -> Callable[[sqlite3.Connection], tuple[Held, list[str]]]:
        """Return the job that gives a number out and says so, in one transaction."""
        known = service.known if self.board and self.board.day == self.day else 0
        wish = told.held

        def give(connection: sqlite3.Connection) -> tuple[Held, list[str]]:
            earlier = table.find(connection, wish.ticket.id)
            if earlier is not None:  # the same wish on another day
                raise TicketRefused("used_key")
            number = table.number_after(connection, wish.day, wish.letter, known)
            held = replace(wish, number=number)
            table.keep(connection, [held.to_row()])
            data = {
                "ticket": wish.ticket.id, "day": wish.day, "letter": wish.letter, "number": number,
                "priority": wish.priority, "ahead": told.ahead, "estimate_s": told.estimate_s,
            }  # fmt: skip
            return held, [self._recorder.author.text(slot, "kiosk", "ticket.issued", data, "evidence")]

        return give

    def _moves(self, place: CounterShown, act: HallAct) -> list[tuple[Held, Move]]:
        """Return what an act of a counter does to which numbers; TicketRefused when nothing can be done."""
        now = self._recorder.author.timekeeper.now()
        here = self.at_counter(place.number)
        if act != "next":
            if here is None:
                raise TicketRefused("nobody_here")
            return [(here, self._move(here, act, now, place.number))]
        found = queueing.choose(
            (one.ticket for one in self.held.values()),
            place.letters,
            self._calls_done(),
            queueing.priority_streak(one.ticket for one in self.held.values()),
            self._rules(),
        )
        ended = [] if here is None else [(here, self._move(here, "done", now, place.number))]
        if found is None and not ended:
            raise TicketRefused("nobody_waits")
        following = [] if found is None else [self.held[found.id]]
        return [*ended, *((one, self._move(one, "call", now, place.number)) for one in following)]

    def _move(self, held: Held, act: Act, now: datetime, counter: int) -> Move:
        back_at = self._calls_done().get(held.ticket.service, 0) + self._rules().skip_returns_after
        return Move(act, now, counter, back_at=back_at if act == "skip" else 0)

    def _write(
        self, connection: sqlite3.Connection, moves: Sequence[tuple[Held, Move]], by: str
    ) -> tuple[list[tuple[Held, CallShown | None]], list[str]]:
        """Enter moves with their numbers and events; all or nothing."""
        try:
            after = [(held, move, queueing.act_on(held.ticket, move, self._rules())) for held, move in moves]
        except IllegalAct as error:
            raise TicketRefused("illegal", str(error)) from error
        told: list[tuple[Held, CallShown | None]] = []
        texts = []
        for held, move, ticket in after:
            number = table.move_after(connection, int(move.at.timestamp() * 1000))
            moved = held.after(ticket, number)
            table.keep(connection, [moved.to_row()])
            data = {"ticket": ticket.id, "n": number, "base": self.rev, "act": move.act, "counter": move.counter,
                    "back_at": move.back_at, "by": by}  # fmt: skip
            text = self._recorder.author.text(AGENT, "agent", "ticket.moved", data, "evidence")
            texts.append(text)
            told.append((moved, _call(moved, move, text)))
        return told, texts

    def _calls_done(self) -> dict[str, int]:
        """Return how often each service was called today: what the cloud counted, and what the hall did since."""
        if self.board is None or self.board.day != self.day:
            return {}
        done = {one.letter: one.calls for one in self.board.services}
        for one in self.held.values():
            if one.pending > self.board.hall and one.ticket.last_called_at is not None:
                done[one.ticket.service] = done.get(one.ticket.service, 0) + 1
        return done

    def _rules(self) -> Rules:
        shown = self.board.rules if self.board else None
        return Rules(shown.skip_returns_after, shown.max_skips, shown.priority_in_row) if shown else Rules()

    async def _roll(self) -> None:
        """Read the day's numbers when it is another day than before."""
        today = _local(self._recorder.author.timekeeper.now()).date()
        if (day := today.isoformat()) == self.day:
            return
        oldest = (today - timedelta(days=table.KEPT_DAYS)).isoformat()

        def read(connection: sqlite3.Connection) -> list[table.Kept]:
            table.forget_before(connection, oldest)
            return table.of_day(connection, day)

        found = [held_of_row(row) for row in await self._outbox.transact(read)]
        self.day, self.held = day, {one.ticket.id: one for one in found}
        self._own_calls = []
        self._came.set()

    async def _follow(self) -> None:
        """Bring the numbers to what the board says of them."""
        await self._roll()
        board = self.board
        if board is None or board.day != self.day:
            return
        shown = {one.id: held_of_board(board.day, one) for one in board.tickets}
        known = {one.letter: one.known for one in board.services}
        told = [one for one in self.held.values() if one.pending <= board.hall]
        changed = [after for one in told if (after := _as_told(one, shown.get(one.ticket.id), known)) != one]
        changed += [one for name, one in shown.items() if name not in self.held]
        if changed:
            await self._outbox.transact(lambda connection: table.keep(connection, [one.to_row() for one in changed]))
        self.held |= {one.ticket.id: one for one in changed}
        self._own_calls = [(number, call) for number, call in self._own_calls if number > board.hall]

    def _tell(self) -> None:
        self.version += 1
        for watcher in self._watchers:
            watcher()


def board_of(manifest: Manifest | None) -> Board | None:
    """Return the board in a manifest of the channel `queue`; DocumentError when what is in it is none."""
    if manifest is None:
        return None
    item = next((one for one in manifest.items if one.id == ITEM), None)
    if item is None or item.data is None:
        raise DocumentError("there is no board in it")
    # Through JSON: the model reads times from text.
    return Board.from_bytes(json.dumps(item.data).encode())


def _as_told(held: Held, shown: Held | None, known: dict[str, int]) -> Held:
    """Return a number as the board has it; one that the cloud knows and that is not open any more is over."""
    if shown is not None:
        return shown
    if held.number <= known.get(held.letter, 0) and held.ticket.state in OPEN:
        return held.after(replace(held.ticket, state="done"), 0)
    return replace(held, pending=0)


def _call(held: Held, move: Move, text: str) -> CallShown | None:
    """Return a call as pages show it, named by its event: the cloud will name it so too."""
    if held.ticket.state != "called" or move.counter is None:
        return None
    event = json.loads(text)["id"]
    return CallShown(id=event, letter=held.letter, number=held.number, counter=move.counter, at=move.at)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)
