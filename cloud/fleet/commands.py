"""Commands (W19-W23, D21-D23, D26): asked for, carried from state to state by what the station says, and ended.

A command is closed by the first of reply and `command.ended` event; what comes after the core has ended it by itself
is kept beside it as `late`. Whether an argument fits is the station's word: it knows the profile that it runs with.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final, Literal, cast, get_args

import uuid_utils
from pydantic import BaseModel, ConfigDict, Field

from cloud.fleet.models import Command, Slot
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.outbox import AfterCommit
from protocols.venue.commands import (
    ENDED,
    MAX_ARGS_BYTES,
    MAX_EXPIRY_S,
    MIN_EXPIRY_S,
    CommandState,
    IllegalTransition,
    Reply,
    step,
)
from protocols.venue.ids import AGENT
from protocols.venue.timestamps import format_time

#: Domain event: a command waits to be sent.
ASKED: Final = "command.asked"
#: Replies travel, and stations start again: the core ends a command only this long after its time was up.
GRACE_S: Final = 5.0
#: Steps kept in a history; a longer one loses progress reports from its middle, never a state.
MAX_HISTORY: Final = 100
#: Nothing longer is looked for: the ORM refuses what does not fit into the column.
MAX_ID_LENGTH: Final = 36
MAX_SLOT_LENGTH: Final = 32
MAX_BY: Final = 80
DEFAULT_EXPIRY_S: Final = 60
DEFAULT_TIMEOUT_S: Final = 60.0
#: Commands ended in one round of the timer.
CLOSE_AT_ONCE: Final = 200

Choice = Literal["happened", "not_happened", "again"]
CHOICES: Final[tuple[Choice, ...]] = get_args(Choice)
#: `reason.code` of a command that the core ended because nobody answered.
NO_ANSWER: Final = "no_answer"


class Order(BaseModel):
    """What a caller asks of a slot; the station judges `args` (W19)."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    args: dict[str, Any] = Field(default_factory=dict)
    expires_s: Annotated[int, Field(ge=MIN_EXPIRY_S, le=MAX_EXPIRY_S)] = DEFAULT_EXPIRY_S
    timeout_s: Annotated[float, Field(gt=0, le=MAX_EXPIRY_S)] = DEFAULT_TIMEOUT_S
    step_timeout_s: Annotated[float, Field(gt=0, le=MAX_EXPIRY_S)] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a reply or an ended event says of a command: `at` by the station's clock, `heard` by the core's."""

    state: CommandState
    at: datetime
    heard: datetime
    result: dict[str, Any] | None = None
    reason: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None


async def ask(  # noqa: PLR0913 - who asks what of whom
    core: Core, station: str, slot: str, order: Order, by: str, *, key: str | None = None
) -> Command:
    """Store a command that waits to be sent; NotFoundError for a slot that the site file does not name.

    `key` is the caller's own id for it, a UUID that he asks with once.
    """
    if slot != AGENT and (len(slot) > MAX_SLOT_LENGTH or not await Slot.exists(station_id=station, name=slot)):
        raise NotFoundError(f"station {station!r} has no slot {slot!r}")
    async with core.outbox.transaction():
        row = await _create(core, (station, slot), order, by, key=key)
        after_commit(partial(announce, core, row))
    return row


async def _create(  # noqa: PLR0913 - one row's columns
    core: Core, place: tuple[str, str], order: Order, by: str, *, key: str | None = None, again_of: str | None = None
) -> Command:
    args = json.dumps(order.args, ensure_ascii=False)
    if len(args.encode()) > MAX_ARGS_BYTES:
        raise InvalidInputError(f"args: at most {MAX_ARGS_BYTES} bytes", {"args": "too large"})
    now = core.now()
    expires_at = now + timedelta(seconds=order.expires_s)
    row = await Command.create(
        id=key or str(uuid_utils.uuid7()),
        station=place[0],
        slot=place[1],
        name=order.name,
        args=args,
        state="queued",
        asked_by=by,
        created_at=now,
        expires_at=expires_at,
        timeout_s=order.timeout_s,
        step_timeout_s=order.step_timeout_s or order.timeout_s,
        close_at=expires_at + timedelta(seconds=GRACE_S),
        again_of=again_of,
        history=json.dumps([{"state": "queued", "at": format_time(now)}]),
    )
    await core.outbox.emit(ASKED, row.id, {"station": row.station}, now)
    return row


async def find(command_id: str) -> Command:
    """Return a command; NotFoundError when there is none."""
    row = await Command.get_or_none(id=command_id) if len(command_id) <= MAX_ID_LENGTH else None
    if row is None:
        raise NotFoundError(f"there is no command {command_id!r}")
    return row


async def commands_of(station: str, limit: int = 10) -> list[Command]:
    """Return the newest commands of a station."""
    return await Command.filter(station=station).order_by("-id").limit(limit)


async def undecided(station: str | None = None, among: Collection[str] | None = None) -> list[Command]:
    """Return the commands of which a person must say what happened, oldest first."""
    found = Command.filter(undecided=True)
    if station is not None:
        found = found.filter(station=station)
    if among is not None:
        found = found.filter(station__in=list(among))
    return await found.order_by("id").limit(CLOSE_AT_ONCE)


def document(row: Command) -> dict[str, Any]:
    """Return a command as `GET /api/v1/commands/{id}` answers it."""
    decision = {"choice": row.decision, "by": row.decided_by, "at": _text(row.decided_at)} if row.decision else None
    return {
        "id": row.id,
        "station": row.station,
        "slot": row.slot,
        "name": row.name,
        "args": json.loads(row.args),
        "state": row.state,
        "late": _json(row.late),
        "result": _json(row.result),
        "reason": _json(row.reason),
        "created_at": format_time(row.created_at),
        "ended_at": _text(row.ended_at),
        "history": json.loads(row.history),
        "by": row.asked_by,
        "expires_at": format_time(row.expires_at),
        "again_of": row.again_of,
        "undecided": row.undecided,
        "decision": decision,
    }


async def mark_sent(core: Core, command_id: str) -> None:
    """Note that the broker has a command, unless its reply was faster."""
    async with core.outbox.transaction():
        row = await Command.select_for_update().get(id=command_id)
        if row.state != "queued":
            return
        _take(row, _own("sent", core.now()))
        await row.save()
    announce(core, row)


async def record_reply(core: Core, station: str, reply: Reply) -> None:
    """Take a reply; one that fits no state of its command changes nothing and is counted."""
    told = Told(
        state=reply.state,
        at=reply.at,
        heard=core.now(),
        result=reply.result,
        reason=reply.reason.to_object() if reply.reason else None,
        progress=reply.progress.to_object() if reply.progress else None,
    )
    async with core.outbox.transaction():
        row = await _note(core, station, reply.id, told)
    if row is not None:
        announce(core, row)


async def record_ended(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Close commands by their `command.ended` events (D23), in the transaction that stores those."""
    noted = []
    for one in arrived:
        data = one.data
        reason = data.reason.to_object() if data.reason else None
        told = Told(data.state, one.event.time, core.now(), result=data.result, reason=reason)
        row = await (_note(core, one.station, data.id, told) if data.by is None else _adopt(one, told))
        if row is not None:
            noted.append(row)

    async def tell() -> None:
        for row in noted:
            announce(core, row)

    return tell


async def _adopt(one: Arrived, told: Told) -> Command | None:
    """Keep a command that a station gave itself, if it did not end well: a person must see it, and may decide."""
    data = one.data
    if told.state == "done" or await Command.exists(id=data.id):
        return None
    return await Command.create(
        id=data.id, station=one.station, slot=one.slot, name=data.name, asked_by=data.by[:MAX_BY],
        args=json.dumps(data.args or {}, ensure_ascii=False), state=told.state, created_at=told.at,
        expires_at=told.at + timedelta(seconds=DEFAULT_EXPIRY_S), timeout_s=DEFAULT_TIMEOUT_S,
        step_timeout_s=DEFAULT_TIMEOUT_S, ended_at=told.heard, result=_dump(told.result), reason=_dump(told.reason),
        undecided=told.state == "indeterminate",
        history=json.dumps([{"state": told.state, "at": format_time(told.at)}]),
    )  # fmt: skip


async def close_overdue(core: Core) -> None:
    """End the commands whose time is up and of which nobody spoke (W22)."""
    now = core.now()
    due = await Command.filter(close_at__lt=now).order_by("close_at").limit(CLOSE_AT_ONCE).values_list("id", flat=True)
    for command_id in due:
        async with core.outbox.transaction():
            row = await Command.select_for_update().get(id=command_id)
            if row.close_at is None or row.close_at >= now:
                continue
            state: CommandState = "expired" if row.state in {"queued", "sent"} else "timed_out"
            _take(row, _own(state, now, {"code": NO_ANSWER, "text": "the station did not answer in time"}))
            await row.save()
            core.metrics.commands_ended.labels(state).inc()
        announce(core, row)


async def decide(core: Core, command_id: str, choice: str, by: str) -> tuple[Command, Command | None]:
    """Take a person's word on an indeterminate command; `again` returns the new command as well."""
    if choice not in CHOICES:
        raise InvalidInputError(f"choice: one of {', '.join(CHOICES)}", {"choice": ", ".join(CHOICES)})
    async with core.outbox.transaction():
        await find(command_id)
        row = await Command.select_for_update().get(id=command_id)
        if not row.undecided:
            raise ConflictError("nobody has to decide about this command", "command-decided")
        row.undecided, row.decision, row.decided_by, row.decided_at = False, choice, by, core.now()
        await row.save()
        again = await _repeat(core, row, by) if choice == "again" else None
        for one in filter(None, (row, again)):
            after_commit(partial(announce, core, one))
    return row, again


def announce(core: Core, row: Command) -> None:
    """Tell the pages; call it after the commit."""
    core.hub.publish("command", {"station": row.station, "id": row.id, "state": row.state})


async def _repeat(core: Core, row: Command, by: str) -> Command:
    expires_s = max(MIN_EXPIRY_S, round((row.expires_at - row.created_at).total_seconds()))
    order = Order(name=row.name, args=json.loads(row.args), expires_s=expires_s, timeout_s=row.timeout_s,
                  step_timeout_s=row.step_timeout_s)  # fmt: skip
    return await _create(core, (row.station, row.slot), order, by, again_of=row.id)


async def _note(core: Core, station: str, command_id: str, told: Told) -> Command | None:
    """Bring what was told into the command's row; None when it changes nothing."""
    row = await Command.select_for_update().get_or_none(id=command_id, station=station)
    before = row.state if row else ""
    if row is None or not _take(row, told):
        core.metrics.replies_ignored.inc()
        return None
    await row.save()
    if row.state in ENDED and before != row.state:
        core.metrics.commands_ended.labels(row.state).inc()
    return row


def _take(row: Command, told: Told) -> bool:
    """Bring the command one step further if the table of states allows it; return whether anything changed."""
    if row.state == "queued" and told.state not in {"sent", "expired", "timed_out"}:
        _take(row, _own("sent", told.heard))  # an answer proves that it was sent
    try:
        row.state = step(cast("CommandState", row.state), told.state)
    except IllegalTransition:
        return _take_late(row, told)
    _write(row, told)
    if row.state in ENDED:
        row.ended_at, row.close_at = told.heard, None
        row.result, row.reason = _dump(told.result), _dump(told.reason)
        row.undecided = row.state == "indeterminate"
    elif row.state in {"received", "accepted"}:
        row.close_at = told.heard + timedelta(seconds=row.timeout_s + GRACE_S)
    return True


def _take_late(row: Command, told: Told) -> bool:
    ended_by_core = (_json(row.reason) or {}).get("code") == NO_ANSWER
    if not ended_by_core or row.late is not None or told.state not in ENDED:
        return False
    late = {"state": told.state, "at": format_time(told.at), "result": told.result, "reason": told.reason}
    row.late = _dump(late)
    row.undecided = told.state == "indeterminate"
    _write(row, told)
    return True


def _write(row: Command, told: Told) -> None:
    line: dict[str, Any] = {"state": told.state, "at": format_time(told.at)}
    if told.progress is not None:
        line["progress"] = told.progress
    history = [*json.loads(row.history), line]
    if len(history) > MAX_HISTORY:
        oldest = next(index for index, one in enumerate(history) if one["state"] == "progress")
        del history[oldest]
    row.history = json.dumps(history, ensure_ascii=False)


def _own(state: CommandState, now: datetime, reason: dict[str, Any] | None = None) -> Told:
    return Told(state, now, now, reason=reason)


def _dump(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
