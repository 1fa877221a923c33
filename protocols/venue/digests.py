"""The daily digest of a stream (W11, D18): a hash chain over a UTC day's events in the order of their seq."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

#: h(0) of every day.
START: Final = bytes(32)


def canonical(event: Mapping[str, Any]) -> bytes:
    """Return the bytes of an event that both sides hash: without `replay`, members sorted, no spaces, UTF-8."""
    kept = {name: value for name, value in event.items() if name != "replay"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def extend(chain: bytes, event: Mapping[str, Any]) -> bytes:
    """Return h(n) = SHA-256(h(n-1) ‖ SHA-256(canonical event))."""
    return hashlib.sha256(chain + hashlib.sha256(canonical(event)).digest()).digest()


def written(chain: bytes) -> str:
    """Return a chain as the wire and REST write it; an empty day is the hash of h(0) itself."""
    last = hashlib.sha256(START).digest() if chain == START else chain
    return f"sha256:{last.hex()}"


def day_of(time: datetime) -> date:
    """Return the UTC day that an event belongs to."""
    return time.astimezone(UTC).date()
