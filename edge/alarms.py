"""Local rules at the station: looked at every few seconds, told once when they begin to hold and once when they end.

A rule goes on without the cloud and over restarts: what was raised is kept, so that its end is told. Within a time of
maintenance, and while it is muted, a rule raises nothing and what it had raised is over.
"""

import json
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from devices.driver import Json
from devices.errors import DeviceRefused
from edge.errors import OutboxError, StateDamaged
from edge.live import LiveBoard
from edge.recorder import Recorder
from edge.signals import Signals
from edge.statefile import read_object, write_durably
from edge.supervisor import SlotRunner
from protocols.errors import DocumentError
from protocols.rules.alarms import HEALTH, AlarmRule, AlarmState, Scalar
from protocols.venue.timestamps import format_time, parse_time
from protocols.venue.vocabulary import SIGNALS
from provisioning.clock import Clock
from provisioning.site import Station

#: Alarms need not be quicker than the devices are asked.
LOOK_S: Final = 5.0
#: What is muted longer is forgotten; a rule that is wrong belongs out of the site file.
MAX_MUTED_MINUTES: Final = 7 * 24 * 60
STATE_FILE: Final = "alarms.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a rule finds its value: the slots, what they show, their signals."""

    slots: Mapping[str, SlotRunner]
    live: LiveBoard
    signals: Signals

    def value(self, slot: str, name: str) -> Scalar | None:
        """Return what is known right now; None: nothing, for a slot that is lost shows nothing."""
        health = self.slots[slot].status.health
        if name == HEALTH:
            return health
        if health != "good":
            return None
        signal = self.signals.value(slot, name) if name in SIGNALS else None
        return signal if signal is not None else self.live.values(slot).get(name)


class LocalAlarms:
    """Every rule of the station with what it has seen."""

    def __init__(self, station: Station, state: Path, clock: Clock, seen: Seen) -> None:
        self._path, self._clock, self._seen = state / STATE_FILE, clock, seen
        self._rules = {one.id: one.rule for one in station.alarms}
        self._maintenance = station.maintenance
        kept = self._read()
        self._raised: dict[str, str] = kept["raised"]
        self._muted: dict[str, str] = kept["muted"]
        #: Slot (empty: every one) -> until when it is worked on, by order.
        self._maintained: dict[str, str] = kept["maintained"]
        self._states = {
            name: AlarmState(rule, raised=self._raised.get(name) == rule.slot) for name, rule in self._rules.items()
        }

    async def run(self, recorder: Recorder) -> None:
        """Look at every rule, for ever."""
        await self._end_removed(recorder)
        if not self._rules:
            return
        async with aclosing(self._clock.ticks(LOOK_S)) as ticks:
            async for _ in ticks:
                await self.look(recorder)

    async def look(self, recorder: Recorder) -> None:
        """Look at every rule once; what cannot be stored is told the next time."""
        now = self._clock.now()
        for name, state in self._states.items():
            value, quiet = self._seen.value(state.rule.slot, state.rule.value), self._quiet(state.rule, now)
            if quiet:
                state.reset()
            else:
                state.see(value, now)
            if state.raised and name not in self._raised:
                state.raised = await self._raise(recorder, state.rule, value)
            elif name in self._raised and not state.raised:
                state.raised = not await self._clear(recorder, name, "muted" if quiet else "over")

    async def mute(self, rule: str, minutes: int) -> Json:
        """Have a rule raise nothing for so long, 0: no longer; DeviceRefused when there is no such rule."""
        if rule not in self._rules:
            raise DeviceRefused(f"there is no rule {rule!r}; there are {', '.join(sorted(self._rules)) or 'none'}")
        until = self._until(minutes)
        self._muted = _with(self._muted, rule, until)
        self._keep()
        return {"rule": rule, "until": until}

    async def maintain(self, slot: str, minutes: int) -> Json:
        """Have every rule of a slot (empty: of the station) raise nothing for so long, 0: no longer."""
        if slot and slot not in self._seen.slots:
            raise DeviceRefused(f"there is no slot {slot!r}; there are {', '.join(sorted(self._seen.slots)) or 'none'}")
        until = self._until(minutes)
        self._maintained = _with(self._maintained, slot, until)
        self._keep()
        return {"slot": slot, "until": until}

    def _until(self, minutes: int) -> str:
        return format_time(self._clock.now() + timedelta(minutes=minutes)) if minutes else ""

    def _quiet(self, rule: AlarmRule, now: datetime) -> bool:
        ordered = (self._muted.get(rule.id), self._maintained.get(rule.slot), self._maintained.get(""))
        if any(until is not None and now < parse_time(until) for until in ordered):
            return True
        return any(one.slot in {"", rule.slot} and one.start <= now < one.end for one in self._maintenance)

    async def _raise(self, recorder: Recorder, rule: AlarmRule, value: Scalar | None) -> bool:
        data: dict[str, Any] = {
            "rule": rule.id, "severity": rule.severity, "text": rule.text or rule.describe(), "value": value,
            "work_order": rule.work_order,
        }  # fmt: skip
        if not await self._store(recorder, rule.slot, "alarm.raised", data):
            return False
        self._raised[rule.id] = rule.slot
        self._keep()
        return True

    async def _clear(self, recorder: Recorder, name: str, reason: str) -> bool:
        stored = await self._store(recorder, self._raised[name], "alarm.cleared", {"rule": name, "reason": reason})
        if stored:
            del self._raised[name]
            self._keep()
        return stored

    async def _end_removed(self, recorder: Recorder) -> None:
        """Tell that what was raised is over when its rule is no longer in the site file."""
        for name, slot in tuple(self._raised.items()):
            if name not in self._rules or self._rules[name].slot != slot:
                await self._clear(recorder, name, "removed")

    async def _store(self, recorder: Recorder, slot: str, event: str, data: Mapping[str, object]) -> bool:
        kind = self._seen.slots[slot].kind if slot in self._seen.slots else None
        if kind is None:  # the slot has gone with its rule: nobody can say anything for it
            return True
        try:
            await recorder.event(slot, kind, event, data, "ops")
        except OutboxError as error:
            _log.debug("%s of %s was not stored: %s", event, slot, error)
            return False
        return True

    def _read(self) -> dict[str, dict[str, str]]:
        empty: dict[str, dict[str, str]] = {"raised": {}, "muted": {}, "maintained": {}}
        try:
            kept = read_object(self._path)
            for name in empty:
                empty[name] = {str(rule): str(text) for rule, text in kept.get(name, {}).items()}
            for text in (*empty["muted"].values(), *empty["maintained"].values()):
                parse_time(text)
        except (StateDamaged, DocumentError, AttributeError, ValueError) as error:
            _log.warning("%s is not used: %s", STATE_FILE, error)
            return {"raised": {}, "muted": {}, "maintained": {}}
        return empty

    def _keep(self) -> None:
        kept = {"raised": self._raised, "muted": self._muted, "maintained": self._maintained}
        write_durably(self._path, json.dumps(kept, ensure_ascii=False).encode())


def _with(kept: Mapping[str, str], name: str, until: str) -> dict[str, str]:
    """Return what is quiet with one more, or one less where there is no time."""
    return {**{one: text for one, text in kept.items() if one != name}, **({name: until} if until else {})}
