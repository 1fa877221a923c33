"""What a process that stored something tells the one that holds the lease: one row per commit (W27)."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from cloud.ingest.models import Relayed


@dataclass(slots=True)
class Told:
    """What one row of the relay says: lists, as JSON has them."""

    #: Stations that spoke, slots that spoke.
    heard: list[str] = field(default_factory=list)
    slots: list[list[str]] = field(default_factory=list)
    #: [station, slot, health, cause, ms of the station's clock]
    health: list[list[Any]] = field(default_factory=list)
    #: [station, slot, time, values]; their health is told above.
    lives: list[list[Any]] = field(default_factory=list)
    #: [station, store] whose ack is due.
    acks: list[list[str]] = field(default_factory=list)
    #: [topic, data] for the pages.
    news: list[list[Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether it says anything."""
        return any(getattr(self, name) for name in _MEMBERS)

    async def send(self) -> None:
        """Leave it for the holder of the lease, inside the transaction that makes it true."""
        text = json.dumps({name: getattr(self, name) for name in _MEMBERS if getattr(self, name)}, ensure_ascii=False)
        await Relayed.create(text=text)


_MEMBERS: Final = ("heard", "slots", "health", "lives", "acks", "news")


def read_told(row: Relayed) -> Told:
    """Return what a row says; a process of another version may say more."""
    values = json.loads(row.text)
    return Told(**{name: values[name] for name in _MEMBERS if name in values})
