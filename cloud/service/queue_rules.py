"""The table of the queue's rules: which are in force on a day, in numbers and in words. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from protocols.rules.queueing import Rules


@dataclass(frozen=True, slots=True)
class QueueRules:
    """One entry; `priorities` are (key, name) of the classes of people who go first."""

    valid_from: date
    source: str
    rules: Rules
    text: str
    priorities: tuple[tuple[str, str], ...]

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of the classes."""
        return frozenset(key for key, _ in self.priorities)


@cache
def table() -> tuple[QueueRules, ...]:
    """Return all entries, oldest first."""
    text = (files("cloud") / "service" / "tables" / "queue_rules.toml").read_text("utf-8")
    found = [
        QueueRules(
            valid_from=row["valid_from"],
            source=row["source"],
            rules=Rules(row["skip_returns_after"], row["max_skips"], row["priority_in_row"]),
            text=row["text"],
            priorities=tuple((one["key"], one["name"]) for one in row["priorities"]),
        )
        for row in tomllib.loads(text)["rules"]
    ]
    return tuple(sorted(found, key=lambda one: one.valid_from))


def rules_on(day: date) -> QueueRules:
    """Return the entry in force; before the first one, the first."""
    entries = table()
    return next((one for one in reversed(entries) if one.valid_from <= day), entries[0])
