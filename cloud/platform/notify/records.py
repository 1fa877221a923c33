"""How a delivery went, written down: every step of its state is one statement that only fits the step before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.notify.channels import Away, Busy, Outcome, Refused, Sent, Unclear, Unheard, Withheld
from cloud.platform.notify.models import Delivery, Notification
from cloud.platform.notify.service import channels_of, queue, templates
from cloud.platform.notify.states import ENDS, Channel, State, step

#: A message that was not taken is tried again after this, twice as long each time, up to RETRY_MAX.
RETRY_MIN_S: Final = 2.0
MAX_DOUBLINGS: Final = 10
RETRY_MAX: Final = timedelta(minutes=5)
#: A gateway is asked what became of a message after these times without a report, s; then it stays as it is.
ASK_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1_440, 2_880))
MAX_ERROR_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in this worker's hand; `state` is the one before (of a claim whose owner died: `queued`)."""

    row: Delivery
    state: State


async def note(core: Core, claimed: Claimed, outcome: Outcome, *, can_be_asked: bool) -> State:
    """Write down what came of a try; return the state in force."""
    row, now = claimed.row, core.now()
    values = _values(claimed, outcome, now, can_be_asked=can_be_asked)
    async with transaction():
        other = await _other_way(core, row, outcome, now)
        if other is not None and isinstance(outcome, Withheld):
            # It never left, so this same delivery goes the other way.
            values = _again(row, now, "", unclear=False, pause=timedelta()) | {"channel": other, "tries": 0}
        state = cast("State", values["state"])
        # `tries` fences off a worker that was slow while another one took over, and a report that was faster.
        if not await Delivery.filter(id=row.id, state=row.state, tries=row.tries).update(**values):
            return cast("State", (await Delivery.get(id=row.id)).state)
        if other is not None and state == "failed":
            await queue(await Notification.get(id=row.notification_id), other, now, give_up_at=row.give_up_at)
    count_end(core, row.channel, state)
    return state


async def postpone(claimed: Claimed, until: datetime) -> None:
    """Put a delivery back until a time; that was no try."""
    row = claimed.row
    mine = Delivery.filter(id=row.id, state="sending", tries=row.tries)
    await mine.update(state="queued", next_at=until, tries=row.tries - 1, claimed_by="")


async def _other_way(core: Core, row: Delivery, outcome: Outcome, now: datetime) -> Channel | None:
    """Return the channel to try next when this one certainly did not reach the person, if there is one."""
    if isinstance(outcome, Withheld) and outcome.code == "opted_out":
        return None
    if not isinstance(outcome, Withheld | Refused) or row.again_of is not None or now >= row.give_up_at:
        return None
    message = await Notification.get(id=row.notification_id)
    template = templates(core).get(message.template)
    ways = channels_of(core, template) if template is not None else []
    at = ways.index(row.channel) if row.channel in ways else len(ways)
    return ways[at + 1] if at + 1 < len(ways) and message.content is not None else None


def count_end(core: Core, channel: str, state: State) -> None:
    """Count a delivery that has come to its end."""
    if state in ENDS or state == "unknown":
        core.metrics.messages_ended.labels(channel, state).inc()


def _values(claimed: Claimed, outcome: Outcome, now: datetime, *, can_be_asked: bool) -> dict[str, Any]:
    row = claimed.row
    values: dict[str, Any]
    match outcome:
        case Sent():
            values = _sent(row, outcome, now, can_be_asked=can_be_asked)
        case Refused(code, text, cost_fen):
            values = _ended(row, "failed", now, f"{code}: {text}" if text else code)
            values |= {"cost_fen": cost_fen} if cost_fen else {}
        case Withheld(code):
            values = _ended(row, "withheld", now, code)
        case Unheard():
            values = _unheard(claimed, now)
        case Busy(text, wait_s):
            pause = max(_backoff(row), timedelta(seconds=wait_s))
            values = _again(row, now, text, unclear=row.unclear, pause=pause)
        case Away(text):
            values = _again(row, now, text, unclear=row.unclear, pause=_backoff(row))
        case Unclear(text):
            values = _unclear(claimed, now, text, can_be_asked=can_be_asked)
    return values


def _unheard(claimed: Claimed, now: datetime) -> dict[str, Any]:
    row = claimed.row
    if claimed.state == "queued":
        # It was asked for because an earlier try was unclear: it never arrived, so it may go now.
        return _again(row, now, "it never reached the provider", unclear=False, pause=timedelta())
    if claimed.state == "sent":
        return _ended(row, "unknown", now, "the provider no longer knows it")
    return _ended(row, "failed", now, "unheard: it never reached the provider")


def _sent(row: Delivery, outcome: Sent, now: datetime, *, can_be_asked: bool) -> dict[str, Any]:
    kept = {
        "provider_id": outcome.provider_id or row.provider_id,
        "cost_fen": outcome.cost_fen or row.cost_fen,
        "sent_at": row.sent_at or now,
        "unclear": False,
    }
    if outcome.delivered:
        return _ended(row, "delivered", now, "") | kept
    next_at = _next_question(row, now) if can_be_asked else None
    state = row.state if row.state == "sent" else step(cast("State", row.state), "sent")
    return {"state": state, "next_at": next_at, "error": "", "claimed_by": ""} | kept


def _unclear(claimed: Claimed, now: datetime, text: str, *, can_be_asked: bool) -> dict[str, Any]:
    row = claimed.row
    if not can_be_asked:
        return _ended(row, "unknown", now, text)
    if claimed.state in {"sent", "unknown"}:
        return {"next_at": _next_question(row, now), "state": row.state}
    if now >= row.give_up_at:
        return _ended(row, "unknown", now, text) | {"next_at": now + ASK_AFTER[0]}
    return _again(row, now, text, unclear=True, pause=_backoff(row))


def _again(row: Delivery, now: datetime, text: str, *, unclear: bool, pause: timedelta) -> dict[str, Any]:
    if row.state in {"sent", "unknown"}:
        return {"next_at": _next_question(row, now), "state": row.state}
    if now >= row.give_up_at:
        if unclear:
            return _ended(row, "unknown", now, text) | {"next_at": now + ASK_AFTER[0]}
        return _ended(row, "failed", now, f"too late: {text}")
    return {
        "state": step(cast("State", row.state), "queued"),
        "next_at": min(now + pause, max(row.give_up_at, now)),
        "error": text[:MAX_ERROR_CHARS],
        "unclear": unclear,
        "claimed_by": "",
    }


def _ended(row: Delivery, state: State, now: datetime, error: str) -> dict[str, Any]:
    return {
        "state": step(cast("State", row.state), state),
        "next_at": None,
        "ended_at": now,
        "error": error[:MAX_ERROR_CHARS],
        "claimed_by": "",
    }


def _backoff(row: Delivery) -> timedelta:
    doublings = min(row.tries - 1, MAX_DOUBLINGS)
    return min(timedelta(seconds=RETRY_MIN_S * float(2**doublings)), RETRY_MAX)


def _next_question(row: Delivery, now: datetime) -> datetime | None:
    """Return when the provider is asked again, None when it was asked often enough."""
    since = now - (row.sent_at or row.created_at)
    pause = next((after for after in ASK_AFTER if after > since), None)
    return None if pause is None else (row.sent_at or row.created_at) + pause
