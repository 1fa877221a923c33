"""The tables of equipment and repairs: what an item is, when a fault opens an order, who is told when. Pure."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

State = Literal["use", "spare", "repair", "scrapped"]
STATES: Final[tuple[State, ...]] = get_args(State)
#: Clauses of the assessment that the register answers (A2.1-A2.5), in order.
CLAUSES: Final = ("A2.1", "A2.2", "A2.3", "A2.4", "A2.5")
#: The rule of a kind that the table does not name.
OTHER: Final = "other"
MM2_PER_M2: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the list of equipment: its clause, the kind of slot it fills, the area that the clause asks."""

    id: str
    name: str
    clause: str
    slot_kind: str
    min_area_mm2: int


@dataclass(frozen=True, slots=True)
class RepairRule:
    """How a kind of equipment is repaired; minutes are those of the station's opening hours."""

    opens_after_s: int
    accept_minutes: int
    repair_minutes: int
    reopen_hours: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """At `percent` of a clock (accept or repair) these roles are told, and whoever works on it."""

    step: str
    clock: str
    percent: int
    roles: frozenset[str]


@cache
def items() -> Mapping[str, Item]:
    """Return the list of equipment, in its order."""
    return {
        row["item"]: Item(row["item"], row["name"], row["clause"], row["slot_kind"], int(row["min_area_mm2"] or 0))
        for row in _rows("equipment_items")
    }


def rule_on(kind: str, day: date) -> RepairRule:
    """Return the rule of a slot kind or an item on a day; before there was a table, its first rows hold."""
    rows = _rows("repair_rules")
    valid = {row["kind"]: row for row in rows if _holds(row, day)} or {row["kind"]: row for row in rows}
    row = valid.get(kind) or valid.get(kind_of(kind)) or valid[OTHER]
    names = ("opens_after_s", "accept_minutes", "repair_minutes", "reopen_hours")
    return RepairRule(*(int(row[name]) for name in names))


def kind_of(item: str) -> str:
    """Return the kind of slot that an item fills, empty for one that fills none."""
    return items()[item].slot_kind if item in items() else ""


@cache
def escalations() -> tuple[Escalation, ...]:
    """Return the steps of escalation, in order."""
    return tuple(
        Escalation(row["step"], row["clock"], int(row["percent"]), frozenset(row["roles"].split()))
        for row in _rows("repair_steps")
    )


@cache
def _rows(name: str) -> tuple[Mapping[str, str], ...]:
    text = (files("cloud.fleet") / "tables" / f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _holds(row: Mapping[str, str], day: date) -> bool:
    last = row["valid_to"]
    return date.fromisoformat(row["valid_from"]) <= day and (not last or day <= date.fromisoformat(last))
