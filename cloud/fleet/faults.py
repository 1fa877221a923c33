"""What stations say of the loss of a slot's device, finer than its cause (ADR 0034): kept beside the slot's state."""

from collections.abc import Sequence
from typing import Final

from cloud.fleet.models import Slot
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core

#: Characters of the station's own words that are kept.
MAX_TEXT: Final = 300
#: Characters of a fault's name, a word of ours or of a driver.
MAX_NAME: Final = 16


async def record_changed(core: Core, arrived: Sequence[Arrived]) -> None:
    """Keep the newest fault of each slot (handler of `slot.changed`); whether it is stale is judged elsewhere.

    The live document of a slot may have told the state before the event, then without a cause.
    """
    del core
    newest = {(one.station, one.slot): one.data for one in arrived if not one.event.replay}
    for (station, name), data in newest.items():
        lost = data.health != "good"
        fault, text = (data.fault[:MAX_NAME] or None, data.text[:MAX_TEXT]) if lost else (None, None)
        values = {"fault": fault, "text": text}
        if lost and data.cause is not None:
            values["cause"] = data.cause
        await Slot.filter(station_id=station, name=name).update(**values)
