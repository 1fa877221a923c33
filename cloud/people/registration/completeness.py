"""How complete a registration is, and what is missing; and from when on it counts. Pure.

The tender asks for basic data, needs, training wishes and ability (item 19); the items and their points are a table.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from protocols.rules.working_age import WORKS, standing_on

Part = Literal["basic", "needs", "training", "ability"]
#: What somebody may have nothing to say to, which is an answer as well.
ANSWERABLE: Final = frozenset({"skills", "trainings", "ability", "places", "pay"})
WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a whole registration holds."""

    name: str
    part: Part
    points: int
    rule: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """The score from 0 to 100, and the items that are missing in the order of the table."""

    score: int
    missing: tuple[Item, ...]


def judge(items: Sequence[Item], held: Collection[str]) -> Completeness:
    """Return the score of somebody whose registration holds these items."""
    missing = tuple(item for item in items if item.name not in held)
    return Completeness(sum(item.points for item in items) - sum(item.points for item in missing), missing)


def held_by(person: Mapping[str, Any], profile: Mapping[str, Any]) -> frozenset[str]:
    """Return the items that a record holds; both are documents as REST shows them.

    With somebody who wants no work now his needs are answered.
    """
    pay = profile["pay"]
    found = {
        "identity": person["id_number"],
        "phone": person["phone"] or profile["contact_phone"],
        "education": profile["education"],
        "district": profile["district"] and profile["street"],
        "wishes": profile["wishes"],
        "forms": profile["forms"],
        "places": profile["places"],
        "hours": profile["hours"],
        "pay": pay,
        "trainings": profile["trainings"],
        "skills": profile["skills"] or profile["certificates"],
        "ability": profile["has_ability"],
    }
    answered = ANSWERABLE & set(profile["answered"])
    needless = frozenset({"wishes", "forms", "places", "hours", "pay"}) if profile["willing"] is False else frozenset()
    return frozenset(name for name, value in found.items() if value) | answered | needless


def counts_as_registered(birth: date | None, day: date, held: Collection[str]) -> bool:
    """Return whether this is a registration (求职登记): of working age, somebody, and he said what he wants."""
    return standing_on(birth, day) in WORKS and "wishes" in held and not {"phone", "identity"}.isdisjoint(held)
