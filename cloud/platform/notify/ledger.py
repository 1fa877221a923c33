"""What was sent to whom and how it went: for the console, for delivery reports, for a person's decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, cast
from uuid import UUID

from tortoise.functions import Count, Sum

from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.notify.channels import Outcome
from cloud.platform.notify.models import Delivery, Notification
from cloud.platform.notify.records import Claimed, note
from cloud.platform.notify.service import Item, inbox, queue, recipient_of
from cloud.platform.notify.sms import outcome_of
from cloud.platform.notify.states import ENDS, REPEATABLE, STATES, Channel, State
from cloud.platform.times import MARKET_TIME
from protocols.sms import SmsStatus

MAX_LISTED: Final = 100
OPTED_OUT: Final = "opted_out"
MAX_EXPORTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries; an empty field does not filter."""

    state: str = ""
    channel: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery; no address and no text: who may see this list may not know what people were told."""

    id: str
    recipient: str
    template: str
    purpose: str
    channel: str
    state: State
    tries: int
    cost_fen: int
    provider_id: str
    error: str
    asked_by: str
    again_of: str | None
    repeated: bool
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None

    @property
    def repeatable(self) -> bool:
        """Whether a person may have it sent again."""
        return self.state in REPEATABLE and self.error != OPTED_OUT and not self.repeated


async def deliveries(
    which: Filter, after: str | None = None, limit: int = MAX_LISTED
) -> tuple[Sequence[Row], str | None]:
    """Return deliveries, the newest first, and what continues them."""
    limit = max(1, min(limit, MAX_LISTED))
    found = Delivery.all() if after is None else Delivery.filter(id__lt=_id(after))
    if which.state:
        found = found.filter(state=which.state)
    if which.channel:
        found = found.filter(channel=which.channel)
    if which.template:
        found = found.filter(notification__template=which.template)
    rows = await found.order_by("-id").limit(limit + 1).prefetch_related("notification")
    again = set(await Delivery.filter(again_of__in=[row.id for row in rows]).values_list("again_of", flat=True))
    items = [_row(row, repeated=row.id in again) for row in rows[:limit]]
    return items, items[-1].id if len(rows) > limit else None


async def counts() -> dict[State, int]:
    """Return how many deliveries are in each state."""
    rows = await Delivery.annotate(count=Count("id")).group_by("state").values("state", "count")
    found = {row["state"]: row["count"] for row in rows}
    return {state: found.get(state, 0) for state in STATES}


async def costs(month: date) -> dict[Channel, tuple[int, int]]:
    """Return (messages sent, fen) per channel of the month that holds a day."""
    # In UTC, as it is stored: SQLite compares texts.
    first = datetime(month.year, month.month, 1, tzinfo=MARKET_TIME).astimezone(UTC)
    after = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=MARKET_TIME).astimezone(UTC)
    sent = Delivery.filter(sent_at__gte=first, sent_at__lt=after)
    rows = (
        await sent.annotate(count=Count("id"), fen=Sum("cost_fen"))
        .group_by("channel")
        .values("channel", "count", "fen")
    )
    return {row["channel"]: (row["count"], row["fen"] or 0) for row in rows}


async def again(core: Core, delivery: str, by: str) -> str:
    """Send once more what failed or is unknown, because a person says so; return the new delivery's id."""
    async with transaction():
        row = await Delivery.select_for_update().get_or_none(id=_id(delivery))
        if row is None:
            raise NotFoundError(f"there is no delivery {delivery!r}")
        if row.state not in REPEATABLE:
            raise ConflictError("只有失败、结果不明或未发送的消息可以重发", "not-repeatable")
        if row.error == OPTED_OUT:
            raise ConflictError("本人不接收这类通知", "opted-out")
        if await Delivery.exists(again_of=row.id):
            raise ConflictError("这条消息已经重发过", "already-repeated")
        message = await Notification.get(id=row.notification_id)
        if message.content is None:
            raise ConflictError("这条消息的内容已按规定清除，不能重发", "forgotten")
        new = await queue(message, cast("Channel", row.channel), core.now(), asked_by=by, again_of=row.id)
    return str(new)


async def report(core: Core, status: SmsStatus) -> bool:
    """Take a delivery report; return whether it told something new. The same one again, or an older one, does not."""
    outcome: Outcome = outcome_of(status)
    async with transaction():
        # Locked: the worker may be writing down at this moment that the gateway took it.
        row = await Delivery.select_for_update().get_or_none(id=_id(status.id), channel="sms")
        if row is None:
            raise NotFoundError(f"there is no message {status.id!r}")
        if status.state == "accepted" or row.state in ENDS:
            return False
        return await note(core, Claimed(row, cast("State", row.state)), outcome, can_be_asked=True) == status.state


async def export_of(core: Core, recipient: UUID | str) -> list[Item]:
    """Return everything that a recipient's inbox holds (a data subject's copy)."""
    items: list[Item] = []
    after: str | None = None
    while len(items) < MAX_EXPORTED:
        piece = await inbox(core, recipient, after)
        items += piece.items
        after = piece.next
        if after is None:
            break
    return items


async def erase(recipient: UUID | str) -> int:
    """Forget what a recipient was told; how often something was sent and what it cost stays. Return the messages."""
    name = recipient_of(recipient)
    async with transaction():
        waiting = Delivery.filter(notification__recipient=name, state="queued")
        ids = await waiting.values_list("id", flat=True)
        await Delivery.filter(id__in=list(ids), state="queued").update(state="failed", next_at=None, error="erased")
        return int(await Notification.filter(recipient=name).update(recipient="erased", content=None, phone=None))


async def move(source: UUID | str, target: UUID | str) -> None:
    """Give one recipient's messages to another, who is the same."""
    await Notification.filter(recipient=recipient_of(source)).update(recipient=recipient_of(target))


async def forget_before(moment: datetime) -> int:
    """Delete messages older than a moment with their deliveries; return how many."""
    old = Notification.filter(created_at__lt=moment.astimezone(UTC))
    async with transaction():
        count = await old.count()
        await old.delete()
    return count


def _row(row: Delivery, *, repeated: bool) -> Row:
    return Row(
        id=str(row.id),
        recipient=row.notification.recipient,
        template=row.notification.template,
        purpose=row.notification.purpose,
        channel=row.channel,
        state=cast("State", row.state),
        tries=row.tries,
        cost_fen=row.cost_fen,
        provider_id=row.provider_id,
        error=row.error,
        asked_by=row.asked_by,
        again_of=None if row.again_of is None else str(row.again_of),
        repeated=repeated,
        created_at=row.created_at,
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        next_at=row.next_at,
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(f"there is no delivery {text!r}") from None
