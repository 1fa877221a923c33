"""What a device says is wrong with it: each fault told once when it begins and once when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from devices.driver import Host, Json
from devices.kept import keep, read_kept

#: The faults that were told, in the slot's folder: a driver lives for one connection, a fault for longer.
FAULTS_FILE: Final = "faults.json"
#: Faults of one device at a time.
MAX_FAULTS: Final = 32
MAX_TEXT: Final = 200

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Fault:
    """How bad a fault is and what a person should know of it; an `error` stops the device's work."""

    severity: Severity
    text: str = ""


class Faults:
    """The faults that a slot has told, over restarts."""

    def __init__(self) -> None:
        self._told: dict[str, Json] | None = None

    async def see(self, host: Host, present: Mapping[str, Fault]) -> None:
        """Tell what began and what ended since the last look; durable before it is not told again."""
        if self._told is None:
            self._told = self._read(host)
        for name in sorted(self._told.keys() - present.keys()):
            await host.event("fault.ended", {"cause": name, **self._told[name]})
            del self._told[name]
            self._keep(host)
        for name in sorted(present.keys() - self._told.keys())[: MAX_FAULTS - len(self._told)]:
            data = {"severity": present[name].severity, "text": present[name].text[:MAX_TEXT]}
            await host.event("fault.began", {"cause": name, **data})
            self._told[name] = data
            self._keep(host)

    def _read(self, host: Host) -> dict[str, Json]:
        kept = read_kept(host.state_dir / FAULTS_FILE)
        return kept if all(isinstance(one, dict) for one in kept.values()) else {}

    def _keep(self, host: Host) -> None:
        keep(host.state_dir / FAULTS_FILE, self._told or {})
