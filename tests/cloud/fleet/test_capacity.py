"""A hall with too many people in it is an alarm until it no longer is."""

import json
from datetime import UTC, datetime
from typing import Any

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived, load_handlers
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from protocols.venue.timestamps import format_time

TYPE = "cn.yizhan.agent.capacity.changed.v1"


def changed(data: dict[str, Any], number: int) -> Arrived:
    """Return the event that the hall's capacity is exceeded, or no longer."""
    envelope = Event.model_validate(
        {
            "specversion": "1.0", "id": f"0195f3c2-0000-7000-8000-{number:012}",
            "source": "/stations/st-01/slots/agent", "type": TYPE,
            "time": format_time(datetime(2026, 3, 2, tzinfo=UTC)), "datacontenttype": "application/json",
            "epoch": 1, "stream": "ops", "seq": number, "replay": False,
            "clock": "trusted", "data": data,
        }, strict=False,
    )  # fmt: skip
    return Arrived("st-01", "agent", "s-1", envelope, MESSAGES[TYPE].model_validate(data))


OVER = {"state": "over", "people": 121, "capacity": 120}
STEPS: list[tuple[dict[str, Any], list[str]]] = [
    (OVER, ["over_capacity"]),
    ({"state": "normal", "people": 108, "capacity": 120}, []),
    (OVER, ["over_capacity"]),
    ({"state": "normal", "people": None, "capacity": None}, []),
]


async def test_too_many_are_an_alarm_until_they_have_gone(core: Core) -> None:
    handler = load_handlers()["capacity.changed"]
    for number, (data, left) in enumerate(STEPS, 1):
        async with transaction():
            tell = await handler(core, [changed(data, number)])
        assert tell is not None
        await tell()
        alarms = await fleet.open_alarms()
        assert [one.kind for one in alarms] == left
        assert [json.loads(one.detail) for one in alarms] == [{"people": 121, "capacity": 120} for _ in left]
