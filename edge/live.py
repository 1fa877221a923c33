"""Live values of the slots: the newest only, shown and never stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.driver import Scalar


@dataclass(slots=True)
class LiveBoard:
    """What each slot shows right now, and which slots have changed since they were last taken."""

    _values: dict[str, dict[str, Scalar]] = field(default_factory=dict)
    _changed: dict[str, None] = field(default_factory=dict)

    def show(self, slot: str, values: Mapping[str, Scalar]) -> None:
        """Replace a slot's values."""
        if self._values.get(slot) != values:
            self._values[slot] = dict(values)
            self._changed[slot] = None

    def mark(self, slot: str) -> None:
        """Have a slot sent again although its values are the same (its health changed)."""
        self._changed[slot] = None

    def values(self, slot: str) -> Mapping[str, Scalar]:
        """Return a slot's values, empty before the first."""
        return self._values.get(slot, {})

    def take_changed(self) -> list[str]:
        """Return the slots that changed since the last call, in the order of their change."""
        changed = list(self._changed)
        self._changed.clear()
        return changed
