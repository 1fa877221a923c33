"""What a message says, sealed as long as it is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cloud.platform.core import Core
from cloud.platform.keyring import place
from cloud.platform.notify.models import Notification

#: Keys of keyring.SEALED.
CONTENT: Final = "notification.content"
PHONE: Final = "notification.phone"


@dataclass(frozen=True, slots=True)
class Content:
    """What was told."""

    title: str
    text: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)


def seal_content(core: Core, notification: UUID, content: Content) -> str:
    """Return the content for the table."""
    words = {"title": content.title, "text": content.text, "values": dict(content.values)}
    return core.keyring.seal(json.dumps(words, ensure_ascii=False), place(CONTENT, notification))


def open_content(core: Core, row: Notification) -> Content | None:
    """Return what a message says, None when that was forgotten."""
    if row.content is None:
        return None
    words = json.loads(core.keyring.open(row.content, place(CONTENT, row.id)))
    return Content(words["title"], words["text"], words["values"])


def seal_phone(core: Core, notification: UUID, phone: str) -> str:
    """Return a phone number for the table."""
    return core.keyring.seal(phone, place(PHONE, notification))


def open_phone(core: Core, row: Notification) -> str | None:
    """Return the phone number that a message was written for, if it was."""
    return None if row.phone is None else core.keyring.open(row.phone, place(PHONE, row.id))
