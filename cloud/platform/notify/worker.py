"""Delivers messages: takes what is due, hands it to its channel, writes down what came of it.

A worker that dies leaves its claim behind. The next one finds it, and asks the provider what became of the message
before it does anything else; a provider that cannot be asked makes it `unknown`, which a person decides.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from tortoise.expressions import Q

from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError
from cloud.platform.lease import is_dead, this_process
from cloud.platform.notify.channels import (
    Away,
    Busy,
    Channel,
    Contact,
    Contacts,
    Letter,
    Outcome,
    Refused,
    Unclear,
    Withheld,
)
from cloud.platform.notify.contents import open_content, open_phone
from cloud.platform.notify.models import Delivery, Notification
from cloud.platform.notify.purposes import PURPOSES, quiet_until
from cloud.platform.notify.records import Claimed, note, postpone
from cloud.platform.notify.service import templates
from cloud.platform.notify.states import CHANNELS, State
from cloud.platform.notify.states import Channel as ChannelName
from firmware_profiles.ui.messages import Purpose

#: Deliveries taken at once.
BATCH: Final = 20
#: Longer than a channel's time limit: a claim older than this has no owner any more.
CLAIM: Final = timedelta(seconds=60)
POLL_S: Final = 1.0
RECLAIM_S: Final = 5.0
#: A channel of which nobody answers is tried with one message, first after the minimum, then twice as long.
PAUSE_MIN_S: Final = 1.0
PAUSE_MAX_S: Final = 30.0
RETRY_MAX_S: Final = 30.0

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


@dataclass
class _Door:
    """Whether a channel answers; while it does not, one message at a time finds out."""

    pause_s: float = 0.0
    open_at_s: float = 0.0

    def room(self, now_s: float) -> int:
        """Return how many messages may be tried now."""
        if not self.pause_s:
            return BATCH
        return 1 if now_s >= self.open_at_s else 0

    def heard(self, name: str, outcome: Outcome, now_s: float) -> Outcome:
        """Close when nobody answers, open when somebody does; each is logged once. Return the outcome."""
        if isinstance(outcome, Withheld):
            return outcome
        if isinstance(outcome, Away | Unclear):
            if not self.pause_s:
                _LOG.warning("messages by %s wait: %s", name, outcome.text)
            self.pause_s = min(max(self.pause_s * 2, PAUSE_MIN_S), PAUSE_MAX_S)
            self.open_at_s = now_s + self.pause_s
        elif self.pause_s:
            _LOG.info("messages by %s go again", name)
            self.pause_s = 0.0
        return outcome


class Worker:
    """The worker of one process; several may run beside each other."""

    def __init__(self, core: Core, contacts: Contacts, channels: Mapping[ChannelName, Channel]) -> None:
        self._core = core
        self._contacts = contacts
        self._channels = channels
        self._doors = {name: _Door() for name in CHANNELS}
        self._process = this_process()
        self._reclaimed_s = -RECLAIM_S

    async def run(self) -> None:
        """Deliver for ever; a database that is away changes nothing."""
        pause_s = 0.0
        while True:
            try:
                more = await self.round()
            except _LATER as error:
                _LOG.log(logging.DEBUG if pause_s else logging.WARNING, "messages wait: %r", error)
                pause_s, more = min(max(pause_s * 2, POLL_S), RETRY_MAX_S), False
            else:
                pause_s = 0.0
            if not more:
                await asyncio.sleep(pause_s or POLL_S)

    async def round(self) -> bool:
        """Do what is due now; return whether there may be more."""
        await self._tidy()
        more = False
        for name in CHANNELS:
            claimed = await self._claim(name, self._doors[name].room(_now_s()))
            async with asyncio.TaskGroup() as group:
                for one in claimed:
                    group.create_task(self._deliver(one), name=f"message-{one.row.id}")
            more |= len(claimed) == BATCH
        return more

    async def _tidy(self) -> None:
        now_s = _now_s()
        if now_s - self._reclaimed_s < RECLAIM_S:
            return
        self._reclaimed_s = now_s
        now = self._core.now()
        for process in await Delivery.filter(state="sending").distinct().values_list("claimed_by", flat=True):
            if is_dead(str(process)):
                await Delivery.filter(state="sending", claimed_by=process).update(next_at=now)
        for purpose, rules in PURPOSES.items():
            if rules.forget_after is not None:
                old = Notification.filter(purpose=purpose, created_at__lt=now - rules.forget_after)
                await old.filter(Q(content__isnull=False) | Q(phone__isnull=False)).update(content=None, phone=None)

    async def _claim(self, channel: ChannelName, room: int) -> list[Claimed]:
        """Take what is due; of a channel that does not answer only what is too late by now."""
        now = self._core.now()
        due = Delivery.filter(channel=channel, next_at__lte=now)
        if not room:
            due = due.filter(give_up_at__lte=now, state__in=["queued", "sending"])
        if not await due.exists():
            return []
        async with transaction():
            rows = await due.order_by("next_at").limit(room or BATCH).select_for_update(skip_locked=True)
            return [await self._take(row, now) for row in rows]

    async def _take(self, row: Delivery, now: datetime) -> Claimed:
        """Put this process's name on a delivery; what another one had under way may have been sent."""
        before = cast("State", row.state)
        if before == "sending":
            row.unclear = True
        if before in {"queued", "sending"}:
            row.state = "sending"
        row.tries += 1
        row.claimed_by, row.next_at = self._process, now + CLAIM
        await row.save(update_fields=["state", "unclear", "tries", "claimed_by", "next_at"])
        return Claimed(row, "queued" if before == "sending" else before)

    async def _deliver(self, claimed: Claimed) -> None:
        """Take one delivery a step further; when that cannot be written down its claim ends by itself."""
        row = claimed.row
        name = cast("ChannelName", row.channel)
        channel = self._channels.get(name)
        try:
            outcome = Withheld("no_provider") if channel is None else await self._try(claimed, name, channel)
            if outcome is not None:
                await note(self._core, claimed, outcome, can_be_asked=channel is not None and channel.can_be_asked)
        except _LATER as error:
            _LOG.warning("message %s waits until its claim ends: %r", row.id, error)
        except Exception:  # noqa: BLE001 - the boundary: a bug that one message meets ends neither the others nor us
            _LOG.exception("message %s waits until its claim ends", row.id)

    async def _try(self, claimed: Claimed, name: ChannelName, channel: Channel) -> Outcome | None:
        """Return what came of a delivery's turn; None when it waits for the morning."""
        row, now, door = claimed.row, self._core.now(), self._doors[name]
        if claimed.state in {"sent", "unknown"} or (row.unclear and channel.can_be_asked):
            return door.heard(name, await channel.ask(str(row.id)), _now_s())
        if row.unclear:
            return Unclear("the worker ended while it was sending")
        if now >= row.give_up_at:
            return Refused("too late", row.error)
        message = await Notification.get(id=row.notification_id)
        rules = PURPOSES[cast("Purpose", message.purpose)]
        morning = None if rules.asked else quiet_until(now)
        if morning is not None:
            await postpone(claimed, morning)
            return None
        try:
            letter = await self._letter(row, message, asked=rules.asked)
        except CloudError as error:
            return Busy(f"not ready: {error}")
        return letter if isinstance(letter, Withheld) else door.heard(name, await channel.send(letter), _now_s())

    async def _letter(self, row: Delivery, message: Notification, *, asked: bool) -> Letter | Withheld:
        template = templates(self._core).get(message.template)
        content = open_content(self._core, message)
        if template is None or content is None:
            return Withheld("forgotten" if content is None else "no_template")
        contact = await self._contact(message)
        if not asked and message.purpose in contact.opted_out:
            return Withheld("opted_out")
        return Letter(str(row.id), template, content.values, content.text, contact, message.place)

    async def _contact(self, message: Notification) -> Contact:
        phone = open_phone(self._core, message)
        if phone is not None:
            return Contact(phone=phone)
        kind, _, key = message.recipient.partition(":")
        return await self._contacts.of(UUID(key) if kind == "person" else message.recipient)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
