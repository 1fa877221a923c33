"""What a camera's picture has is one alarm at a time, until it is over."""

import json
from datetime import UTC, datetime

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived, load_handlers
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from protocols.venue.timestamps import format_time

TYPE = "cn.yizhan.camera.health.changed.v1"


def changed(state: str, number: int) -> Arrived:
    """Return the event that a camera's health changed."""
    data = {"state": state}
    envelope = Event.model_validate(
        {
            "specversion": "1.0", "id": f"0195f3c2-0000-7000-8000-{number:012}", "source": "/stations/st-01/slots/cam",
            "type": TYPE, "time": format_time(datetime(2026, 3, 2, tzinfo=UTC)), "datacontenttype": "application/json",
            "epoch": 1, "stream": "ops", "seq": number, "replay": False, "clock": "trusted", "data": data,
        }, strict=False,
    )  # fmt: skip
    return Arrived("st-01", "cam", "s-1", envelope, MESSAGES[TYPE].model_validate(data))


async def test_one_alarm_at_a_time_until_the_picture_is_well_or_the_stream_is_lost(core: Core) -> None:
    handler = load_handlers()["health.changed"]
    for number, (states, left) in enumerate(
        [(["ok"], []), (["moved"], ["cam moved"]), (["moved", "black"], ["cam black"]), (["ok"], []),
         (["frozen"], ["cam frozen"]), (["lost"], [])]
    ):  # fmt: skip
        async with transaction():
            tell = await handler(core, [changed(state, 10 * number + at + 1) for at, state in enumerate(states)])
        assert tell is not None
        await tell()
        alarms = await fleet.open_alarms()
        assert [one.subject for one in alarms] == left
        assert [json.loads(one.detail)["text"] for one in alarms] == [one.split()[1] for one in left]
