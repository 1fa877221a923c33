"""Drains the outbox into batches (D9): evidence before ops before telemetry, live before backlog (W8)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from edge.line import Line
from edge.outbox import Outbox, Row
from edge.timekeeping import Timekeeper
from edge.window import Flight, Pace, Window
from protocols.venue.delivery import Ack, Resend
from protocols.venue.events import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Properties, encode_batch, render
from protocols.venue.vocabulary import STREAMS, Stream

#: A batch of new events leaves this long after its first one (D9).
BATCH_WAIT_S: Final = 0.2
#: Whether a shed stream may go again is looked at this often.
SHED_LOOK_S: Final = 60.0
#: Brackets of the array and a comma per event.
_FRAME_BYTES: Final = 2

#: Sends one batch and returns when the broker has it; LinkLost if it never will.
Publish = Callable[[Stream, bytes, Properties], Awaitable[None]]


class Sender:
    """The events' side of one connection."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of one connection
        self,
        outbox: Outbox,
        timekeeper: Timekeeper,
        epoch: int,
        credit: int,
        publish: Publish,
        allows: Callable[[Stream], bool] = lambda _stream: True,
    ) -> None:
        self._outbox = outbox
        self._timekeeper = timekeeper
        self._epoch = epoch
        self._publish = publish
        self._allows = allows
        self._windows = {stream: Window(credit) for stream in STREAMS}
        self._line = Line()
        self._pace = Pace(MAX_BATCH_EVENTS)
        self._seen_at: dict[Stream, float] = {}
        self._seen_chars: dict[Stream, int] = {}
        self._hurried: set[Stream] = set()
        self._wake = asyncio.Event()
        self._online = False
        self.batches_total = 0
        self.retries_total = 0

    def wake(self) -> None:
        """Look again whether there is something to do."""
        self._wake.set()

    def hurry(self, stream: Stream) -> None:
        """Have the next batch of new events leave without waiting for more of them (ADR 41)."""
        self._hurried.add(stream)
        self.wake()

    def core_online(self) -> None:
        """Begin to drain: whatever has no ack yet is backlog."""
        for stream, window in self._windows.items():
            head = self._outbox.head(stream)
            window.begin(head.upto, head.last, self._now())
        self._seen_at.clear()
        self._online = True
        self.wake()

    def core_offline(self) -> None:
        """Keep what is recorded (W15)."""
        self._online = False

    async def take_ack(self, ack: Ack, *, fresh: bool) -> None:
        """Take the cloud's watermarks; a `fresh` one (not retained) also compares the clocks."""
        taken = await self._outbox.ack(ack)
        for stream, upto in taken.raised.items():
            draining = self._windows[stream].has_backlog
            sent_at = self._windows[stream].ack(upto, self._now())
            if draining and sent_at is not None:
                self._pace.acked(self._now() - sent_at)
            mark = getattr(ack, stream)
            if fresh and sent_at is not None:
                self._timekeeper.compared(mark.at, round_trip_s=self._now() - sent_at)
        for stream, upto in taken.lowered.items():
            self._windows[stream].rewind(upto, self._now())
        self.wake()

    async def take_resend(self, resend: Resend) -> None:
        """Send a range again and declare what of it is gone (W7)."""
        kept = await self._outbox.declare_missing(resend)
        if kept is not None:
            self._windows[resend.stream].resend(*kept)
        self.wake()

    async def run(self) -> None:
        """Drain until cancelled; LinkLost ends it."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                while self._online and await self._send_one(group):
                    pass
                await self._sleep()

    async def _send_one(self, group: asyncio.TaskGroup) -> bool:
        for window in self._windows.values():
            self.retries_total += window.retry(self._now())
        windows = {stream: window for stream, window in self._windows.items() if self._may_send(stream)}
        for stream, window in windows.items():
            if self._live_due(stream) <= self._now() and window.may_send_live():
                return await self._send_live(group, stream)
        for stream, window in windows.items():
            wanted = window.next_backlog()
            if wanted is not None:
                return await self._send_backlog(group, stream, wanted)
            if window.has_backlog and window.attempt == 0:
                return False  # the lower streams wait for it, unless the cloud does not answer on it at all
        return False

    async def _send_live(self, group: asyncio.TaskGroup, stream: Stream) -> bool:
        window = self._windows[stream]
        wanted = window.live_next
        found = await self._outbox.drain(stream, wanted - 1, MAX_BATCH_EVENTS)
        if window.live_next != wanted:  # a new session began meanwhile
            return True
        self._seen_at.pop(stream, None)
        self._hurried.discard(stream)
        rows, batch = cut(found, self._line.batch_bytes, replay=False)
        if not rows:  # thinned before it was ever sent; the gap is declared
            window.live_next = self._outbox.head(stream).last + 1
            return True
        flight = window.sent_live(rows[0].seq, rows[-1].seq, self._now())
        self._launch(group, stream, flight, batch)
        return True

    async def _send_backlog(self, group: asyncio.TaskGroup, stream: Stream, wanted: tuple[int, int]) -> bool:
        window = self._windows[stream]
        found = await self._outbox.drain(stream, wanted[0] - 1, self._pace.events, wanted[1])
        if window.next_backlog() != wanted:  # an ack or a resend came meanwhile
            return True
        rows, batch = cut(found, self._line.batch_bytes, replay=True)
        if not rows:
            window.skip_backlog()
            return True
        flight = window.sent_backlog(rows[0].seq, rows[-1].seq, self._now())
        self._launch(group, stream, flight, batch)
        return True

    def _launch(self, group: asyncio.TaskGroup, stream: Stream, flight: Flight, batch: bytes) -> None:
        properties = Properties(stream, flight.first, flight.last, self._epoch, self._outbox.store)
        self.batches_total += 1
        self._line.left(stream)
        group.create_task(self._deliver(stream, flight, batch, properties), name=f"batch-{stream}-{flight.first}")

    async def _deliver(self, stream: Stream, flight: Flight, batch: bytes, properties: Properties) -> None:
        left_at = self._now()
        await self._publish(stream, batch, properties)
        self._line.confirmed(stream, len(batch), self._now() - left_at)
        self._windows[stream].arrived(flight)
        self.wake()

    def _may_send(self, stream: Stream) -> bool:
        return self._allows(stream) and self._line.may_send(stream)

    def _live_due(self, stream: Stream) -> float:
        """Return when the next batch of new events is to leave; infinity without any."""
        window, last = self._windows[stream], self._outbox.head(stream).last
        if last < window.live_next:
            return float("inf")
        put_chars = self._outbox.put_chars[stream]
        if stream not in self._seen_at:
            self._seen_at[stream] = self._now()
            self._seen_chars[stream] = put_chars
        full = last - window.live_next + 1 >= MAX_BATCH_EVENTS
        return (
            0.0
            if full or stream in self._hurried or put_chars - self._seen_chars[stream] >= MAX_BATCH_BYTES
            else self._seen_at[stream] + BATCH_WAIT_S
        )

    async def _sleep(self) -> None:
        """Wait for something to do: new events, an ack, a batch that is due, a retry."""
        moments = [float("inf")]
        if self._online:
            allowed = [stream for stream in STREAMS if self._allows(stream)]
            moments += [
                self._live_due(stream)
                for stream in allowed
                if self._windows[stream].may_send_live() and self._line.may_send(stream)
            ]
            moments += [self._now() + SHED_LOOK_S] if len(allowed) < len(STREAMS) else []
            moments += [due for window in self._windows.values() if (due := window.deadline()) is not None]
        until = min(moments)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(None if until == float("inf") else until):
                await self._wake.wait()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def cut(rows: list[Row], max_bytes: int = MAX_BATCH_BYTES, *, replay: bool) -> tuple[list[Row], bytes]:
    """Return as many leading rows as make one batch without holes (D9, D12), and that batch."""
    rendered: list[str] = []
    size = _FRAME_BYTES
    for row in rows:
        text = render(row.text, row.seq, replay=replay)
        size += len(text.encode()) + 1
        if (rendered and size > max_bytes) or row.seq != rows[0].seq + len(rendered):
            break
        rendered.append(text)
    return rows[: len(rendered)], encode_batch(rendered)
