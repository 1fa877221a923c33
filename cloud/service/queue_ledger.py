"""Rows of the ledger 取号叫号 (cloud/ledgers/registry.py names their columns)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.service import queue_rows as rows
from cloud.service.queue_models import QueueService, QueueTicket
from cloud.service.queue_stats import serve_s, wait_s
from protocols.rules.queueing import label

SECONDS_PER_MINUTE = 60


async def ticket_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the numbers that were given out in a time; nobody is named."""
    del core
    stations = await fleet.station_names()
    services = {(one.station, one.letter): one.name for one in await QueueService.all()}
    async for row in each(QueueTicket.filter(issued_at__gte=start, issued_at__lt=end)):
        ticket = rows.ticket_of(row)
        yield {
            "issued_at": row.issued_at,
            "station": stations.get(row.station, row.station),
            "label": label(row.letter, row.number),
            "service": services.get((row.station, row.service), row.service),
            "priority": row.priority,
            "called_at": row.called_at,
            "counter": row.counter,
            "ended_at": row.ended_at,
            "skips": row.skips,
            "state": row.state,
            "waited": _minutes(wait_s(ticket)),
            "served": _minutes(serve_s(ticket)),
        }


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds / SECONDS_PER_MINUTE)
