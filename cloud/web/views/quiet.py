"""What the page of a station shows of its own rules and of what is quiet. Plain values, no tables and no requests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """Until when something is quiet, who said so and why; `waits`: the station has not said that it does it."""

    until: datetime
    by: str
    reason: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the station: `raised_at` when it holds now, `order` the work order that is open for its slot."""

    id: str
    slot: str
    text: str
    condition: str
    severity: str
    work_order: bool
    raised_at: datetime | None = None
    quiet: Quiet | None = None
    order: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A slot (empty: the station) that is worked on, by the site file (`start`) or by an order that can be ended."""

    slot: str
    quiet: Quiet
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class RulesView:
    """What the station's page shows; `until` is what its form proposes."""

    rules: Sequence[RuleRow] = field(default_factory=tuple)
    works: Sequence[WorkRow] = field(default_factory=tuple)
    until: str = ""
