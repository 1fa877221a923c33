"""Clears what the broker retains of stations that are no longer in the tree: nothing stays a ghost (W14)."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from cloud.fleet.models import RemovedStation, Station
from cloud.platform.errors import LinkDownError
from protocols.venue import topics

#: Stations swept at one connect, the last removed first.
MAX_SWEPT: Final = 1_000

#: (topic, payload): published with retain; an empty payload clears.
Publish = Callable[[str, bytes], Awaitable[None]]

_LOG = logging.getLogger(__name__)


async def sweep(publish: Publish) -> None:
    """Clear the retained documents of every removed station; what fails is done at the next connect."""
    known = {str(station) for station in await Station.all().values_list("id", flat=True)}
    try:
        for row in await RemovedStation.all().order_by("-removed_at").limit(MAX_SWEPT):
            for topic in retained_topics(row.station, json.loads(row.slots)) if row.station not in known else []:
                await publish(topic, b"")
    except LinkDownError as error:
        _LOG.debug("removed stations are swept after the next connect: %s", error)


def retained_topics(station: str, channels: list[str]) -> list[str]:
    """Return every topic of a station that may hold a retained document."""
    return [
        topics.station_topic(station, "presence"),
        topics.station_topic(station, "ack"),
        topics.station_topic(station, "gallery"),
        topics.twin(station, "desired"),
        topics.twin(station, "reported"),
        *(topics.content(station, channel) for channel in channels),
    ]
