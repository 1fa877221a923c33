"""What a counter does at the console: call the next, recall, start, skip, transfer, done, no-show.

Every act is one transaction under the station's book and a conditional update of the number: two counters that press
at once are two, one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Literal, get_args

import uuid_utils

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.times import market_day
from cloud.service import queue_rows as rows
from cloud.service.queue_models import QueueBook, QueueMove, QueueTicket
from cloud.service.queue_rules import rules_on
from protocols.rules import queueing
from protocols.rules.queueing import AT_COUNTER, Act, IllegalAct, Move, label
from protocols.venue.timestamps import format_time

#: What staff may do to one number; `close` is the core's.
StaffAct = Literal["call", "recall", "start", "skip", "transfer", "done", "no_show"]
STAFF_ACTS: Final[tuple[StaffAct, ...]] = get_args(StaffAct)
#: Calls looked at for the rule of priority.
RECENT: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an act happens."""

    core: Core
    book: QueueBook
    day: date
    now: datetime
    counter: int
    by: str

    @property
    def station(self) -> str:
        """The station's id."""
        return self.book.station


async def call_next(core: Core, station: str, counter: int, *, by: str) -> QueueTicket | None:
    """End who is at the counter and call who is next; returns who was called, None when nobody waits."""
    async with core.outbox.transaction():
        place = await _enter(core, station, counter, by)
        here = await rows.here_at(station, place.day, counter)
        if here is not None:
            await _do(place, here, "done")
        found = await _choose(place)
        if found is not None:
            await _do(place, found, "call")
        if here is not None or found is not None:
            await _changed(place)
    return found


async def act(  # noqa: PLR0913 - who does what to which number
    core: Core, station: str, ticket: str, wanted: StaffAct, counter: int, *, by: str, to: str = ""
) -> QueueTicket:
    """Do one thing to one number; ConflictError when its state, or where it is, does not allow it."""
    async with core.outbox.transaction():
        place = await _enter(core, station, counter, by)
        row = await rows.ticket_row(station, ticket)
        if row.day != place.day:
            raise ConflictError("这个号不是今天的", "queue-day")
        if row.state in AT_COUNTER and row.counter != counter:
            raise ConflictError(f"这个号在 {row.counter} 号窗口", "queue-elsewhere")
        if wanted == "transfer" and not to:
            raise InvalidInputError("to: which service", {"to": "选择要转到的业务"})
        if wanted == "transfer":
            await rows.service_of(station, to)
        if wanted in {"call", "recall"} and row.state not in AT_COUNTER:
            await _leave_none_here(place)
        await _do(place, row, wanted, to)
        await _changed(place)
    return row


async def _enter(core: Core, station: str, counter: int, by: str) -> Place:
    """Take the station's book; a station whose line is cut calls by itself."""
    await fleet.require_station(station)
    book = await rows.hold(station)
    if await fleet.station_state(station) == "offline":
        raise ConflictError("这个站点现在断网，请用大厅的窗口叫号页叫号", "station-offline")
    found = await rows.counter_of(station, counter)
    if not found.active:
        raise ConflictError(f"{counter} 号窗口已停用", "queue-counter-closed")
    now = core.now()
    return Place(core, book, market_day(now), now, counter, by)


async def _choose(place: Place) -> QueueTicket | None:
    waiting = await rows.open_rows(place.station, place.day)
    services = await rows.services_of(place.station)
    letters = rows.letters_for(await rows.counter_of(place.station, place.counter), services)
    recent = await rows.recent_rows(place.station, place.day, RECENT)
    found = queueing.choose(
        map(rows.ticket_of, waiting),
        letters,
        await rows.calls_done(place.station, place.day),
        queueing.priority_streak(map(rows.ticket_of, recent)),
        rules_on(place.day).rules,
    )
    return next((one for one in waiting if found is not None and str(one.id) == found.id), None)


async def _leave_none_here(place: Place) -> None:
    """Refuse a second number at one counter: who is there is ended first."""
    here = await rows.here_at(place.station, place.day, place.counter)
    if here is not None:
        raise ConflictError(f"先办结 {label(here.letter, here.number)}", "queue-busy")


async def _do(place: Place, row: QueueTicket, wanted: Act, to: str = "") -> None:
    """Move one number on and keep the move; ConflictError when the table does not allow it."""
    rules = rules_on(place.day).rules
    back_at = 0
    if wanted == "skip":
        back_at = (await rows.calls_done(place.station, place.day)).get(row.service, 0) + rules.skip_returns_after
    move = Move(wanted, place.now, place.counter, to, back_at)
    try:
        after = queueing.act_on(rows.ticket_of(row), move, rules)
    except IllegalAct as error:
        raise ConflictError(f"号码状态为 {row.state}，不能 {wanted}", "queue-state") from error
    changed = await QueueTicket.filter(id=row.id, state=row.state).update(**rows.folded(after))
    if changed != 1:
        raise ConflictError("这个号刚被别的窗口处理", "queue-state")
    await QueueMove.create(
        id=uuid_utils.uuid7().hex, station=place.station, day=place.day, ticket=row.id, act=wanted, at=place.now,
        counter=place.counter, service=row.service, to=to, back_at=back_at, by=place.by, source="console",
        rev=place.book.rev,
    )  # fmt: skip
    row.update_from_dict(rows.folded(after))
    if after.state == "called":
        words = f"请 {label(row.letter, row.number)} 到 {place.counter} 号窗口"
        await fleet.call_out(place.core, place.station, words, place.by)


async def _changed(place: Place) -> None:
    await announce(place.core, [place.station], place.now)


async def announce(core: Core, stations: Sequence[str], now: datetime) -> None:
    """Have boards made and pages look again; call inside the transaction that changed the queues."""
    for station in stations:
        await core.outbox.emit(rows.CHANGED, station, {}, now)
        after_commit(partial(core.hub.publish, "queue", {"station": station}))


def shown(row: QueueTicket) -> dict[str, Any]:
    """Return a number as REST shows it."""
    times = ("issued_at", "called_at", "last_called_at", "served_at", "ended_at")
    return {
        "id": str(row.id),
        "label": label(row.letter, row.number),
        "day": row.day.isoformat(),
        "service": row.service,
        "priority": row.priority,
        "state": row.state,
        "counter": row.counter,
        "skips": row.skips,
        **{name: _time(getattr(row, name)) for name in times},
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
