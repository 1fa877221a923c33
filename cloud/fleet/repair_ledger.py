"""Rows of the ledger 设备维修 (cloud/ledgers/registry.py names their columns)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from cloud.fleet import service
from cloud.fleet.equipment_models import RepairOrder
from cloud.fleet.repair_stats import ended_at
from cloud.fleet.repairs import STATE_WORDS, subject_of
from cloud.platform.core import Core
from cloud.platform.paging import each

_MINUTE_S: Final = 60


async def repair_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the work orders that were opened in a time."""
    del core
    stations = await service.station_names()
    async for row in each(RepairOrder.filter(opened_at__gte=start, opened_at__lt=end), "number"):
        ended = ended_at(row)
        yield {
            "opened_at": row.opened_at,
            "number": row.number,
            "station": stations.get(row.station, row.station),
            "subject": await subject_of(row),
            "slot": row.slot,
            "faulty_since": row.faulty_since,
            "ended_at": ended,
            "minutes": round((ended - row.faulty_since).total_seconds() / _MINUTE_S) if ended else None,
            "state": STATE_WORDS[row.state],
            "faults": row.faults,
            "late": "超时" if row.repair_due_at < (ended or row.closed_at or row.repair_due_at) else "",
            "finding": row.finding,
            "parts": row.parts,
            "cost": row.cost_fen,
            "reason": row.reason,
        }
