"""Rows of the ledgers of policies and of what people asked (cloud/ledgers/registry.py names their columns)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.policies.displays import best_level, displays_of
from cloud.policies.drafts import draft_of
from cloud.policies.enquiries import enquiries_about
from cloud.policies.models import PolicyEnquiry, PolicyVersion


async def policy_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the versions that were published in a time, with the best proof that a wall gave of each."""
    del core
    found = PolicyVersion.filter(at__gte=start, at__lt=end).prefetch_related("policy")
    async for version in each(found):
        text, row = draft_of(version.content), version.policy
        shown = [one for one in (await displays_of([row.id]))[row.id] if one.version == version.version]
        yield {
            "at": version.at,
            "title": text.title,
            "kind": text.kind,
            "issuer": text.issuer,
            "document": text.document,
            "version": version.version,
            "valid_from": text.valid_from,
            "valid_to": text.valid_to,
            "channels": "、".join(_CHANNELS[name] for name in text.channels),
            "level": best_level(shown) or "none",
            "walls": sum(one.shown for one in shown),
            "asked": (await enquiries_about([row.id]))[row.id],
            "by": version.by.removeprefix("staff:"),
            "ended_at": row.ended_at,
            "end_note": row.end_note,
        }


async def enquiry_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield what was asked in a time."""
    del core
    names = await fleet.station_names(None)
    async for row in each(PolicyEnquiry.filter(at__gte=start, at__lt=end)):
        yield {
            "at": row.at,
            "topic": row.topic,
            "place": row.place,
            "station": names.get(row.station, row.station),
            "question": row.question,
            "answer": row.answer,
            "by": row.by.removeprefix("staff:"),
        }


_CHANNELS = {"wall": "大屏", "kiosk": "自助机", "phone": "手机"}
