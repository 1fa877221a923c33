"""What is written of a policy, an announcement or a public item, and what is asked about one."""

import hashlib
import json
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from pydantic import Field, model_validator

from cloud.platform.inputs import CalendarDay, Link, text
from cloud.platform.shapes import Asked

Kind = Literal["policy", "announcement", "public_item"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Category = Literal["employment", "startup", "training", "hardship", "rights", "insurance", "market", "other"]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
Channel = Literal["wall", "kiosk", "phone"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
Place = Literal["counter", "phone", "fair", "kiosk", "online"]
PLACES: Final[tuple[Place, ...]] = get_args(Place)

MAX_BODY: Final = 20_000
#: What a wall shows of it; more is not legible at 8 m.
MAX_SUMMARY: Final = 140


class PolicyDraft(Asked):
    """One text with its validity; `summary` is what a wall shows, `item` which public item it is."""

    kind: Kind
    item: Annotated[str, text(16)] = ""
    title: Annotated[str, text(60, 2)]
    summary: Annotated[str, text(MAX_SUMMARY, 2)]
    body: Annotated[str, text(MAX_BODY, 2)]
    audience: Annotated[str, text(80)] = ""
    category: Category
    issuer: Annotated[str, text(80)] = ""
    document: Annotated[str, text(80)] = ""
    source_url: Link = ""
    valid_from: CalendarDay
    valid_to: CalendarDay | None = None
    channels: Annotated[list[Channel], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _fits(self) -> "PolicyDraft":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("有效期的结束不能早于开始")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("渠道重复")
        if (self.kind == "public_item") != bool(self.item):
            raise ValueError("公示事项须选择是哪一项，其他内容不选")
        if self.kind == "policy" and not self.document and not self.source_url:
            raise ValueError("政策须写明文号或原文网址")
        return self


class EndAsked(Asked):
    """Why something is taken down before its time."""

    note: Annotated[str, text(300, 2)]


class PublishAsked(Asked):
    """Why it is published now; the second person reads it."""

    reason: Annotated[str, text(300)] = ""


class EnquiryDraft(Asked):
    """A question about policies and what was answered; no names."""

    policy: UUID | None = None
    topic: Annotated[str, text(80, 2)]
    place: Place
    station: Annotated[str, text(32)] = ""
    question: Annotated[str, text(500, 2)]
    answer: Annotated[str, text(500, 2)]


def content_of(draft: PolicyDraft) -> str:
    """Return a draft as it is kept: canonical JSON, so that equal texts have an equal hash."""
    return json.dumps(draft.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def draft_of(content: str) -> PolicyDraft:
    """Return what was kept."""
    values: dict[str, Any] = json.loads(content)
    return PolicyDraft.model_validate(values)


def hash_of(content: str) -> str:
    """Return the SHA-256 of what is kept."""
    return hashlib.sha256(content.encode()).hexdigest()
