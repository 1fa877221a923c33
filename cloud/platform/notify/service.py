"""The door of notifications: tell a person something once, show him what he was told, see how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import uuid_utils
from tortoise.queryset import QuerySet

from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError, NotFoundError
from cloud.platform.notify.contents import Content, open_content, seal_content, seal_phone
from cloud.platform.notify.models import Delivery, Notification
from cloud.platform.notify.purposes import PURPOSES
from cloud.platform.notify.states import CHANNELS, Channel
from firmware_profiles.errors import BadMessages
from firmware_profiles.ui.messages import Purpose, Template, Templates, load_templates

#: Domain event: somebody has something new in his inbox; data: recipient, template, purpose.
CREATED: Final = "notification.created"
MAX_KEY_CHARS: Final = 128
MAX_RECIPIENT_CHARS: Final = 80
MAX_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an inbox."""

    id: str
    template: str
    purpose: str
    title: str
    text: str = field(repr=False)
    link: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A piece of an inbox, the newest first; `next` continues it."""

    items: Sequence[Item]
    next: str | None


def templates(core: Core) -> Templates:
    """Return the templates in force."""
    return _templates(core.settings.notify_templates_file)


@cache
def _templates(overrides: Path | None) -> Templates:
    return load_templates(overrides)


def recipient_of(person: UUID | str) -> str:
    """Return how a recipient is written in the table: `person:<uuid>`, or another's name such as `staff:li`."""
    text = f"person:{person}" if isinstance(person, UUID) else person
    if not 1 <= len(text) <= MAX_RECIPIENT_CHARS:
        raise InvalidInputError(f"a recipient has 1 to {MAX_RECIPIENT_CHARS} characters")
    if text.startswith("person:"):
        _id(text.removeprefix("person:"))
    return text


async def send(  # noqa: PLR0913 - one door
    core: Core,
    person: UUID | str,
    template: str,
    values: Mapping[str, str],
    dedup_key: str,
    *,
    phone: str = "",
    place: str = "",
) -> None:
    """Tell a person something, once per `dedup_key`; call it inside the transaction that makes it true.

    `person` is a UUID, or a name such as `staff:li`. `phone` is for somebody who is no person of the market yet,
    `place` (`station/slot`) is where to call it out.
    """
    known = _known(core, template)
    try:
        title, text = known.render(values)
    except BadMessages as error:
        raise InvalidInputError(str(error)) from error
    if not 1 <= len(dedup_key) <= MAX_KEY_CHARS:
        raise InvalidInputError(f"dedup_key: 1 to {MAX_KEY_CHARS} characters")
    key, now = _uuid7(), core.now()
    row = Notification(
        id=key,
        recipient=recipient_of(person),
        template=template,
        purpose=known.purpose,
        dedup_key=dedup_key,
        content=seal_content(core, key, Content(title, text, values)),
        phone=seal_phone(core, key, phone) if phone else None,
        place=place,
        inbox=known.inbox,
        created_at=now,
    )
    # Not get_or_create: on PostgreSQL a key that another transaction took meanwhile would end this one.
    await Notification.bulk_create([row], ignore_conflicts=True)
    if not await Notification.exists(id=key):
        return
    for channel in (*channels_of(core, known)[:1], *(("call",) if known.call and place else ())):
        await queue(row, channel, now)
    if known.inbox:
        data = {"recipient": row.recipient, "template": template, "purpose": known.purpose}
        await core.outbox.emit(CREATED, str(key), data, now)


def channels_of(core: Core, template: Template) -> list[Channel]:
    """Return the ways to a person's phone that a template has; one is tried after the other, so that he hears once."""
    by_wechat = template.wechat is not None and core.settings.notify_wechat_app_id != ""
    has = {"wechat": by_wechat, "sms": template.sms is not None}
    return [name for name in CHANNELS if has.get(name)]


async def queue(  # noqa: PLR0913 - one row's columns
    row: Notification,
    channel: Channel,
    now: datetime,
    *,
    give_up_at: datetime | None = None,
    asked_by: str = "",
    again_of: UUID | None = None,
) -> UUID:
    """Have a worker deliver a message one way; twice for the same `again_of` is once."""
    one = Delivery(
        id=_uuid7(),
        notification_id=row.id,
        channel=channel,
        state="queued",
        next_at=now,
        give_up_at=give_up_at or now + PURPOSES[cast("Purpose", row.purpose)].max_age,
        asked_by=asked_by,
        again_of=again_of,
        created_at=now,
    )
    await Delivery.bulk_create([one], ignore_conflicts=True)
    return one.id


async def inbox(core: Core, recipient: UUID | str, after: str | None = None, limit: int = 30) -> Inbox:
    """Return what a recipient was told, the newest first; `after` is the `next` of the piece before."""
    limit = max(1, min(limit, MAX_LISTED))
    found = _inbox_of(recipient)
    if after is not None:
        found = found.filter(id__lt=_id(after))
    rows = await found.order_by("-id").limit(limit + 1)
    items = [_item(core, row) for row in rows[:limit]]
    return Inbox(items, items[-1].id if len(rows) > limit else None)


async def unread_count(recipient: UUID | str) -> int:
    """Return how many messages of an inbox were not read."""
    return await _inbox_of(recipient).filter(read_at=None).count()


async def mark_read(core: Core, recipient: UUID | str, ids: Sequence[str] | None = None) -> int:
    """Mark messages of this recipient as read (None: all); return how many were not before."""
    found = _inbox_of(recipient).filter(read_at=None)
    if ids is not None:
        found = found.filter(id__in=[_id(one) for one in ids[:MAX_LISTED]])
    return int(await found.update(read_at=core.now()))


async def remove(core: Core, recipient: UUID | str, message: str) -> None:
    """Take a message out of an inbox; what was delivered stays on record."""
    if not await _inbox_of(recipient).filter(id=_id(message)).update(deleted_at=core.now()):
        raise NotFoundError(f"there is no message {message!r} in this inbox")


def _inbox_of(recipient: UUID | str) -> QuerySet[Notification]:
    return Notification.filter(recipient=recipient_of(recipient), inbox=True, deleted_at=None)


def _item(core: Core, row: Notification) -> Item:
    content = open_content(core, row)
    template = templates(core).get(row.template)
    return Item(
        id=str(row.id),
        template=row.template,
        purpose=row.purpose,
        title=content.title if content else "",
        text=content.text if content else "",
        link=template.link if template else "",
        created_at=row.created_at,
        read_at=row.read_at,
    )


def _known(core: Core, name: str) -> Template:
    try:
        return templates(core)[name]
    except KeyError:
        raise NotFoundError(f"there is no message template {name!r}") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(f"there is no message {text!r}") from None


def _uuid7() -> UUID:
    return UUID(str(uuid_utils.uuid7()))
