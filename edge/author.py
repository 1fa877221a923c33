"""Writes events: the one place of the agent where an id, a time and an envelope meet the data."""

import json
from collections.abc import Mapping

import uuid_utils

from edge.epoch import Start
from edge.timekeeping import Timekeeper
from protocols.venue.events import check_size, event_body
from protocols.venue.ids import AGENT
from protocols.venue.vocabulary import Kind, Stream


class Author:
    """Makes event texts of one station in one start; safe to call from the outbox's thread too."""

    def __init__(self, station: str, start: Start, timekeeper: Timekeeper) -> None:
        self.station = station
        self.start = start
        self.timekeeper = timekeeper

    def text(self, slot: str, kind: Kind, name: str, data: Mapping[str, object], stream: Stream) -> str:
        """Return a new event as the outbox stores it; EventTooLarge above the contract's limit (D9)."""
        trust = self.timekeeper.trust
        if trust == "untrusted":
            self.timekeeper.untrusted_total += 1
        body = event_body(
            event_id=str(uuid_utils.uuid7()),
            station=self.station,
            slot=slot,
            type_=f"cn.yizhan.{kind}.{name}.v1",
            time=self.timekeeper.now(),
            epoch=self.start.epoch,
            stream=stream,
            clock=trust,
            data=data,
            boot_ms=None if trust == "trusted" else self.timekeeper.boot_ms(),
        )
        return check_size(json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False))

    def agent_text(self, name: str, data: Mapping[str, object], stream: Stream) -> str:
        """Return a new event of the station itself."""
        return self.text(AGENT, "agent", name, data, stream)
