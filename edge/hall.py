"""The hall of a station as its sensors say it together: one footfall, how many are inside, and too many as an alarm."""

import json
import logging
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

from devices.driver import Json, Scalar
from edge.errors import StateDamaged
from edge.recorder import Recorder
from edge.signals import Signals
from edge.statefile import read_object, write_durably
from firmware_profiles.errors import ProfileError
from firmware_profiles.registry import profile
from protocols.rules.hall import Hall, Limit, Occupancy
from protocols.venue.ids import AGENT
from protocols.venue.vocabulary import SIGNALS, Kind
from provisioning.clock import Clock
from provisioning.site import Slot, Station

#: The hall is looked at as often as footfall is sampled (table of signals).
LOOK_S: Final = 10.0
#: Looks between two reports of the fused signal's open interval (W16: 60 s).
LOOKS_A_REPORT: Final = 6
#: Slots of this kind that make fusing worth an interval of its own: one alone says what it says.
ENOUGH: Final = 2
STATE_FILE: Final = "hall.json"

_log = logging.getLogger(__name__)


class HallWatch:
    """Takes what slots hand over, on its way; `run` says what follows of it."""

    def __init__(self, station: Station, state: Path, clock: Clock, recorder: Recorder, signals: Signals) -> None:
        given = station.capacity
        self._hall = Hall(Limit(given.people, given.clear_percent, given.hold_s) if given else None)
        self._presence = frozenset(slot.id for slot in station.slots if senses_presence(slot))
        sensing = sum(slot.kind == "occupancy" for slot in station.slots)
        #: Whether the station has anything that senses people.
        self.needed = sensing > 0 or given is not None
        self._fused = sensing >= ENOUGH
        self._path, self._clock, self._recorder, self._signals = state / STATE_FILE, clock, recorder, signals
        self._kept: Mapping[str, Any] = {}
        self._now = Occupancy()
        try:
            self._kept = read_object(self._path)
        except StateDamaged as error:
            _log.warning("the hall begins anew: %s", error)
        self._hall.restore(self._kept)
        #: Whether the cloud was told that there are too many.
        self._told = bool(self._kept.get("over"))

    def sampled(self, slot: str, kind: Kind, signal: str, value: str) -> None:
        """Take a sample: of a door, or of a slot whose device sees whether somebody is there."""
        now = self._clock.now()
        if signal == "door" and kind == "door":
            self._hall.door(slot, now, unlocked=value == SIGNALS["door"][0])
        elif signal == "footfall" and slot in self._presence:
            self._hall.sees(slot, now, somebody=value == SIGNALS["footfall"][0])

    def counted(self, slot: str, data: Json) -> None:
        """Take what a `count.changed` says."""
        entered, left, inside = (data.get(name) for name in ("in_total", "out_total", "inside"))
        if data.get("by") == "region" and isinstance(inside, int):
            self._hall.region(slot, inside, self._clock.now())
        elif isinstance(entered, int) and isinstance(left, int):
            self._hall.counts(slot, entered, left, self._clock.now())

    def values(self) -> dict[str, Scalar]:
        """Return what slots that sense people show beside their own values; nothing while there is no number."""
        if self._now.people is None:
            return {}
        limit = self._hall.limit
        return {"hall_people": self._now.people, **({"hall_limit": limit.people} if limit else {})}

    async def run(self) -> None:
        """Look at the hall, for ever; returns at once when the station has nothing that senses people."""
        if not self.needed:
            return
        looks = 0
        async with aclosing(self._clock.ticks(LOOK_S)) as ticks:
            async for _ in ticks:
                looks += 1
                await self._look(report=looks % LOOKS_A_REPORT == 0)

    async def _look(self, *, report: bool) -> None:
        self._now = self._hall.read(self._clock.now())
        if self._fused and self._now.somebody is not None:
            self._signals.sample(AGENT, "agent", "footfall", SIGNALS["footfall"][0 if self._now.somebody else 1])
            if report:
                await self._signals.report(AGENT)
        await self._tell()
        kept = self._hall.to_json()
        if kept != self._kept:
            write_durably(self._path, json.dumps(kept).encode())
            self._kept = kept

    async def _tell(self) -> None:
        """Say once that there are too many, and once that there no longer are."""
        limit, over = self._hall.limit, self._now.over
        if over == self._told:
            return
        self._told = over
        data = {
            "state": "over" if over else "normal",
            "people": self._now.people,
            "capacity": limit.people if limit else None,
        }
        (_log.warning if over else _log.info)("%s people are inside, %s may be", data["people"], data["capacity"])
        await self._recorder.say("capacity.changed", data)


def senses_presence(slot: Slot) -> bool:
    """Return whether the slot's device sees that somebody is there, not only that he passes (profile: `senses`)."""
    if slot.device is None:
        return False
    try:
        return profile(slot.device.profile).senses == "presence"
    except ProfileError:
        return False
