"""What a driver must remember of its slot over restarts: small JSON files in the slot's folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.driver import Host, Json
from protocols.venue.vocabulary import Stream


def read_kept(path: Path) -> dict[str, Any]:
    """Return what was kept; a file that is missing or broken is nothing."""
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(path: Path, values: Mapping[str, Any]) -> None:
    """Replace what is kept, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(values, ensure_ascii=False), "utf-8")
    fresh.replace(path)


class Told:
    """The last event of one name that a slot told: the same is not told again, not even after a restart."""

    def __init__(self, name: str, stream: Stream = "ops") -> None:
        self._name, self._stream = name, stream
        self._last: Json | None = None

    async def say(self, host: Host, key: Json, data: Json) -> bool:
        """Store the event when `key` differs from that of the last one; durable before it is remembered."""
        path = host.state_dir / f"{self._name}.json"
        if self._last is None:
            self._last = read_kept(path)
        if self._last == key:
            return False
        await host.event(self._name, data, self._stream)
        keep(path, key)
        self._last = dict(key)
        return True
