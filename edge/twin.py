"""Desired settings applied slot by slot, and what came of it (W17, D20)."""

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
from protocols.venue.twin import Desired, Refusal, Reported, ReportedSlot

TWIN_FILE: Final = "twin.json"
#: A device that has not taken its settings by then is treated as lost.
CONFIGURE_TIMEOUT_S: Final = 10.0
#: A device's own words in a refusal are cut here.
MAX_REASON: Final = 120

_log = logging.getLogger(__name__)


class Configurable(Protocol):
    """What the twin needs of a slot."""

    @property
    def profile(self) -> Profile | None:
        """The profile of the slot's device."""

    async def configure(self, settings: Mapping[str, Any]) -> None:
        """Apply settings that the profile accepted."""


@dataclass(slots=True)
class _Slot:
    """Wishes in force in one slot (defaults left out), since when, and what was refused."""

    wishes: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    rejected: dict[str, str] = field(default_factory=dict)


class Twin:
    """The station's desired and reported settings; survives restarts in the state directory."""

    def __init__(self, state: Path, now: Callable[[], datetime]) -> None:
        self._file = state / TWIN_FILE
        self._now = now
        self._slots: dict[str, _Slot] = {}
        self._desired: dict[str, Any] | None = None
        self._applied_rev = 0
        self._rev = 0
        self._at = now()
        self._error: str | None = None
        self._load()

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
        try:
            desired = Desired.from_bytes(payload)
        except DocumentError as error:
            _log.warning("the desired settings are not valid and change nothing: %s", error)
            changed = self._error is None
            self._error = "not_json"
            return self._count(changed=changed)
        content = {"rev": desired.rev, "slots": desired.slots}
        if content == self._desired and self._error is None:
            return False
        self._error = None
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
            return _Slot(good, before.at, rejected)
        refusal = await _configure(slots[name], {**known.defaults(), **good} if known else good)
        if refusal is None:
            return _Slot(good, self._now(), rejected)
        changed = {field for field in good.keys() | before.wishes.keys() if good.get(field) != before.wishes.get(field)}
        return _Slot(before.wishes, before.at, rejected | dict.fromkeys(sorted(changed), refusal))

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
        wishes = {name: slot.wishes for name, slot in self._slots.items()}
        kept = {"applied_rev": self._applied_rev, "rev": self._rev, "desired": self._desired, "wishes": wishes}
        write_durably(self._file, json.dumps(kept, ensure_ascii=False).encode())

    def _load(self) -> None:
        try:
            kept = read_object(self._file)
            self._applied_rev, self._rev = int(kept.get("applied_rev", 0)), int(kept.get("rev", 0))
            self._slots = {name: _Slot(dict(wishes), self._at) for name, wishes in kept.get("wishes", {}).items()}
        except (StateDamaged, ValueError, TypeError, AttributeError) as error:
            _log.warning("the settings in force are forgotten until the cloud sends them: %s", error)


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
