"""Who has been heard when: memory of the process that reads the broker; changes of state are returned to be stored.

Silence is measured on the loop's clock, so that a step of the wall clock makes nobody stale.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloud.fleet.states import SlotState, StationState, slot_state, station_state
from protocols.venue.presence import STALE_AFTER_CORE_START_S, STALE_AFTER_S

#: (station, slot)
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A station (slot None) or a slot is in another state now."""

    station: str
    slot: str | None
    state: StationState | SlotState
    cause: str | None = None


@dataclass(slots=True)
class _StationMemory:
    online: bool = False
    state: StationState = "offline"
    heard_s: float = 0.0
    patience_s: float = STALE_AFTER_S
    last_heard: datetime | None = None


@dataclass(slots=True)
class _SlotMemory:
    heartbeat_s: float
    state: SlotState
    health: SlotState
    cause: str | None
    heard_s: float
    #: The cause as it was last told.
    told_cause: str | None = None
    #: The station itself has said that the device is gone, with a cause or (in a live document, a birth) without.
    lost: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    values_at: datetime | None = None


class Liveness:
    """The states of all stations and slots as this process believes them."""

    def __init__(self) -> None:
        self._stations: dict[str, _StationMemory] = {}
        self._slots: dict[Place, _SlotMemory] = {}

    def knows(self, station: str) -> bool:
        """Return whether a site file names this station."""
        return station in self._stations

    def knows_slot(self, place: Place) -> bool:
        """Return whether a site file names this slot."""
        return place in self._slots

    def stations(self) -> Iterator[str]:
        """Yield every station."""
        return iter(self._stations)

    def slots_of(self, station: str) -> Iterator[str]:
        """Yield the slots of a station."""
        return (slot for at, slot in self._slots if at == station)

    def add_station(
        self, station: str, *, online: bool, state: StationState, last_heard: datetime | None, anew: bool = False
    ) -> None:
        """Remember a station as the database knows it; one already in memory stays, unless all is read `anew`."""
        if anew or station not in self._stations:
            memory = _StationMemory(online=online, state=state, last_heard=last_heard, heard_s=_now_s())
            self._stations[station] = memory

    def add_slot(
        self, place: Place, *, heartbeat_s: float, state: SlotState, cause: str | None, anew: bool = False
    ) -> None:
        """Remember a slot as the database knows it; of one already in memory only the heartbeat changes."""
        known = self._slots.get(place)
        if anew or known is None:
            told = _SlotMemory(heartbeat_s, state, state, cause, _now_s(), cause, lost=cause is not None)
            self._slots[place] = told
        else:
            known.heartbeat_s = heartbeat_s

    def keep_only(self, stations: set[str], places: set[Place]) -> None:
        """Forget what is no longer in the database."""
        self._stations = {name: memory for name, memory in self._stations.items() if name in stations}
        self._slots = {place: memory for place, memory in self._slots.items() if place in places}

    def core_connected(self) -> None:
        """Give every station that is believed online the short time in which it answers a new core epoch."""
        for memory in self._stations.values():
            memory.heard_s, memory.patience_s = _now_s(), STALE_AFTER_CORE_START_S

    def heard(self, station: str, at: datetime) -> list[Change]:
        """Note that a station spoke just now."""
        memory = self._stations[station]
        memory.heard_s, memory.patience_s, memory.last_heard = _now_s(), STALE_AFTER_S, at
        return self._judge_station(station)

    def presence(self, station: str, *, online: bool) -> list[Change]:
        """Note what a presence that counts says."""
        self._stations[station].online = online
        return self._judge_station(station)

    def slot_heard(self, place: Place) -> list[Change]:
        """Note a message of a slot; one that was silent is good again, one that lost its device is not."""
        memory = self._slots.get(place)
        if memory is None:
            return []
        memory.heard_s = _now_s()
        if not memory.lost:
            memory.health = "good"
        return self._judge_slot(place)

    def slot_health(self, place: Place, health: SlotState, cause: str | None = None) -> list[Change]:
        """Note what the station itself says about a slot; live values say that it is not good, and not why."""
        memory = self._slots.get(place)
        if memory is None:
            return []
        memory.heard_s = _now_s()
        kept = memory.cause if health == memory.health else None
        memory.health, memory.cause = health, None if health == "good" else cause or kept
        memory.lost = health == "stale"
        return self._judge_slot(place)

    def slot_values(self, place: Place, values: Mapping[str, Any], at: datetime) -> None:
        """Keep the newest live values of a slot."""
        memory = self._slots.get(place)
        if memory is not None:
            memory.values, memory.values_at = values, at

    def values(self, place: Place) -> tuple[Mapping[str, Any], datetime | None]:
        """Return the newest live values of a slot and their time."""
        memory = self._slots.get(place)
        return ({}, None) if memory is None else (memory.values, memory.values_at)

    def last_heard(self, station: str) -> datetime | None:
        """Return when this process last heard a station."""
        memory = self._stations.get(station)
        return None if memory is None else memory.last_heard

    def judge_all(self) -> list[Change]:
        """Return every change that the passing of time has brought."""
        changes = [change for station in self._stations for change in self._judge_station(station)]
        return changes + [change for place in self._slots for change in self._judge_slot(place)]

    def count_states(self) -> dict[StationState, int]:
        """Return how many stations are in each state."""
        counts: dict[StationState, int] = {"online": 0, "stale": 0, "offline": 0}
        for memory in self._stations.values():
            counts[memory.state] += 1
        return counts

    def _judge_station(self, station: str) -> list[Change]:
        memory = self._stations[station]
        silent_s = _now_s() - memory.heard_s
        state = station_state(online=memory.online, silent_s=silent_s, patience_s=memory.patience_s)
        if state == memory.state:
            return []
        memory.state = state
        slots = [change for slot in list(self.slots_of(station)) for change in self._judge_slot((station, slot))]
        return [Change(station, None, state), *slots]

    def _judge_slot(self, place: Place) -> list[Change]:
        memory = self._slots[place]
        station = self._stations[place[0]]
        silent_s = _now_s() - memory.heard_s
        state = slot_state(memory.health, station=station.state, silent_s=silent_s, heartbeat_s=memory.heartbeat_s)
        if (state, memory.cause) == (memory.state, memory.told_cause):
            return []
        memory.state, memory.told_cause = state, memory.cause
        return [Change(*place, state, memory.cause)]


def _now_s() -> float:
    return asyncio.get_running_loop().time()
