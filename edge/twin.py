"""Desired settings applied slot by slot, and what came of it; a bad one is taken back (W17, D20)."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from devices.errors import DeviceLost, DeviceRefused
from edge.errors import StateDamaged
from edge.statefile import read_object, write_durably
from firmware_profiles.schema import Profile
from protocols.errors import DocumentError
from protocols.venue.timestamps import format_time, parse_time
from protocols.venue.twin import Desired, Refusal, Reported, ReportedSlot

TWIN_FILE: Final = "twin.json"
#: A device that has not taken its settings by then is treated as lost.
CONFIGURE_TIMEOUT_S: Final = 10.0
#: A new configuration under which a working slot is unhealthy for this long, all in all, is rolled back (W17).
ROLL_BACK_S: Final = 60.0
#: And one under which it works for this long without a break is kept.
LOOK_INTERVAL_S: Final = 1.0
#: A device's own words in a refusal are cut here.
MAX_REASON: Final = 120

_log = logging.getLogger(__name__)


class Configurable(Protocol):
    """What the twin needs of a slot."""

    @property
    def profile(self) -> Profile | None:
        """The profile of the slot's device."""

    @property
    def works(self) -> bool:
        """Whether the slot's device works now."""

    async def configure(self, settings: Mapping[str, Any]) -> None:
        """Apply settings that the profile accepted."""


@dataclass(slots=True)
class _Slot:
    """Wishes in force in one slot (defaults left out), since when, what was refused, and those before on trial."""

    wishes: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    rejected: dict[str, str] = field(default_factory=dict)
    before: dict[str, Any] | None = None

    def to_object(self) -> dict[str, Any]:
        return {
            "wishes": self.wishes,
            "at": None if self.at is None else format_time(self.at),
            "rejected": self.rejected,
            "before": self.before,
        }

    @classmethod
    def from_object(cls, kept: Mapping[str, Any]) -> "_Slot":
        at, before = kept["at"], kept["before"]
        return cls(
            dict(kept["wishes"]),
            None if at is None else parse_time(at),
            dict(kept["rejected"]),
            None if before is None else dict(before),
        )


@dataclass(slots=True)
class _Trial:
    """How a slot has done under its new settings; seconds of the monotonic clock."""

    good_s: float = 0.0
    bad_s: float = 0.0

    def look(self, *, works: bool, passed_s: float) -> None:
        if works:
            self.good_s += passed_s
        else:
            self.good_s = 0.0
            self.bad_s += passed_s


class Twin:
    """The station's desired and reported settings; survives restarts in the state directory."""

    def __init__(self, state: Path, now: Callable[[], datetime], roll_back_s: float = ROLL_BACK_S) -> None:
        self._file = state / TWIN_FILE
        self._now = now
        self._roll_back_s = roll_back_s
        self._trials: dict[str, _Trial] = {}
        self._applying = asyncio.Lock()
        self._changed: Callable[[], None] = lambda: None
        self._slots: dict[str, _Slot] = {}
        self._desired: dict[str, Any] | None = None
        self._applied_rev = 0
        self._rev = 0
        self._at = now()
        self._error: str | None = None
        self._load()

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when there is something to report that no desired document caused."""
        self._changed = changed

    def settings(self, slot: str) -> Mapping[str, Any]:
        """Return the wishes in force in a slot."""
        return self._slots[slot].wishes if slot in self._slots else {}

    def reported(self, slots: Mapping[str, Configurable]) -> Reported:
        """Return the whole report of the station."""
        listed = {name: self._reported_slot(name, slot.profile) for name, slot in slots.items()}
        strangers = {name: self._reported_slot(name, None) for name in self._slots if name not in slots}
        report = Reported(applied_rev=self._applied_rev, rev=self._rev, at=self._at, slots={**listed, **strangers})
        return report if self._error is None else report.model_copy(update={"error": self._error})

    async def apply(self, payload: bytes, slots: Mapping[str, Configurable]) -> bool:
        """Apply a desired document; returns whether there is something new to report."""
        async with self._applying:
            return await self._apply(payload, slots)

    async def keep_watch(self, slots: Mapping[str, Configurable]) -> None:
        """Judge new configurations by how their slots do, for ever; roll back what makes one unhealthy."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(min(LOOK_INTERVAL_S, self._roll_back_s / 10))
            passed_s, looked = loop.time() - looked, loop.time()
            async with self._applying:
                for name in [name for name, slot in self._slots.items() if slot.before is not None]:
                    await self._judge(name, slots.get(name), passed_s)

    async def _judge(self, name: str, target: Configurable | None, passed_s: float) -> None:
        slot, trial = self._slots[name], self._trials.setdefault(name, _Trial())
        trial.look(works=target is not None and target.works, passed_s=passed_s)
        if trial.bad_s >= self._roll_back_s and target is not None:
            await self._roll_back(name, slot, target)
        elif trial.good_s >= self._roll_back_s:
            slot.before = None
            del self._trials[name]
            self._save()

    async def _roll_back(self, name: str, slot: _Slot, target: Configurable) -> None:
        good = slot.before or {}
        _log.warning("the new settings of %s made it unhealthy: they are taken back", name)
        rejected = slot.rejected | dict.fromkeys(_differing(good, slot.wishes), "rolled_back")
        self._slots[name] = _Slot(good, self._now(), rejected)
        del self._trials[name]
        known = target.profile
        await _configure(target, {**known.defaults(), **good} if known else good)
        self._count(changed=True)
        self._changed()

    async def _apply(self, payload: bytes, slots: Mapping[str, Configurable]) -> bool:
        try:
            desired = Desired.from_bytes(payload)
        except DocumentError as error:
            _log.warning("the desired settings are not valid and change nothing: %s", error)
            changed = self._error is None
            self._error = "not_json"
            return self._count(changed=changed)
        profiles = {name: slot.profile.id for name, slot in slots.items() if slot.profile}
        content = {"rev": desired.rev, "slots": desired.slots, "profiles": profiles}
        mended, self._error = self._error is not None, None
        if content == self._desired:  # also what was rolled back: the same wish is not tried again
            return self._count(changed=mended)
        applied = {name: await self._apply_slot(name, wished, slots) for name, wished in desired.slots.items()}
        for name in self._slots.keys() - applied.keys():
            applied[name] = await self._apply_slot(name, {}, slots)
        self._slots = {name: slot for name, slot in applied.items() if slot.at is not None or slot.rejected}
        self._desired, self._applied_rev = content, desired.rev
        return self._count(changed=True)

    async def _apply_slot(self, name: str, wished: Mapping[str, Any], slots: Mapping[str, Configurable]) -> _Slot:
        if name not in slots:
            return _Slot(rejected={"*": "unknown_slot"} if wished else {})
        known = slots[name].profile
        good, bad = known.judge_settings(wished) if known else ({}, dict.fromkeys(wished, "unknown_field"))
        before = self._slots.get(name, _Slot())
        rejected: dict[str, str] = dict(bad)
        if good == before.wishes:
            return _Slot(good, before.at, rejected, before.before)
        worked = slots[name].works
        refusal = await _configure(slots[name], {**known.defaults(), **good} if known else good)
        if refusal is not None:
            refused = dict.fromkeys(_differing(good, before.wishes), refusal)
            return _Slot(before.wishes, before.at, rejected | refused, before.before)
        self._trials.pop(name, None)
        proven = before.wishes if before.before is None else before.before
        # A slot that did not work before cannot show what the new settings do to it.
        return _Slot(good, self._now(), rejected, proven if worked or before.before is not None else None)

    def _reported_slot(self, name: str, known: Profile | None) -> ReportedSlot:
        slot = self._slots.get(name, _Slot())
        values = {**known.defaults(), **slot.wishes} if known else dict(slot.wishes)
        if slot.at is None:
            return ReportedSlot(values=values, rejected=slot.rejected)
        return ReportedSlot(values=values, at=slot.at, rejected=slot.rejected)

    def _count(self, *, changed: bool) -> bool:
        if changed:
            self._rev += 1
            self._at = self._now()
            self._save()
        return changed

    def _save(self) -> None:
        kept = {
            "applied_rev": self._applied_rev,
            "rev": self._rev,
            "at": format_time(self._at),
            "error": self._error,
            "desired": self._desired,
            "slots": {name: slot.to_object() for name, slot in self._slots.items()},
        }
        write_durably(self._file, json.dumps(kept, ensure_ascii=False).encode())

    def _load(self) -> None:
        try:
            kept = read_object(self._file)
            self._applied_rev, self._rev = int(kept.get("applied_rev", 0)), int(kept.get("rev", 0))
            self._slots = {name: _Slot.from_object(slot) for name, slot in kept.get("slots", {}).items()}
            self._error, self._desired = kept.get("error"), kept.get("desired")
            self._at = parse_time(kept["at"]) if "at" in kept else self._at
        except (StateDamaged, DocumentError, KeyError, ValueError, TypeError, AttributeError) as error:
            _log.warning("the settings in force are forgotten until the cloud sends them: %s", error)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the fields in which two sets of wishes differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


async def _configure(slot: Configurable, settings: Mapping[str, Any]) -> str | None:
    """Hand settings to a driver; returns the refusal, None when taken. A lost device takes them when it is back."""
    refused: Refusal = "device_refused"
    try:
        async with asyncio.timeout(CONFIGURE_TIMEOUT_S):
            await slot.configure(settings)
    except DeviceRefused as error:
        return f"{refused}: {error}"[:MAX_REASON]
    except (DeviceLost, TimeoutError) as error:
        _log.info("settings wait for their device: %s", error)
    return None
