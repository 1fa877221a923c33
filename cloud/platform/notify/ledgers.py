"""Rows of the ledger of messages: to whom by which way, and how it went; no text and no number."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from cloud.platform.core import Core
from cloud.platform.notify.models import Delivery
from cloud.platform.paging import each


async def delivery_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the deliveries that were begun in a time."""
    del core
    async for row in each(Delivery.filter(created_at__gte=start, created_at__lt=end).prefetch_related("notification")):
        yield {
            "created_at": row.created_at,
            "recipient": row.notification.recipient,
            "template": row.notification.template,
            "channel": row.channel,
            "state": row.state,
            "tries": row.tries,
            "cost": row.cost_fen,
            "sent_at": row.sent_at,
            "error": row.error,
        }
