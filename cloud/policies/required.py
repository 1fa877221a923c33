"""The public items that every hall must show (C5), as a table; which of them are missing."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tortoise.expressions import Q

from cloud.policies.models import Policy


@dataclass(frozen=True, slots=True)
class Item:
    """One item that must be public, and by what."""

    id: str
    name: str
    basis: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An item with the policy that shows it now (None: it is missing) and the channels it is shown on."""

    item: Item
    policy: Policy | None
    channels: Sequence[str]


def required_on(day: date) -> Mapping[str, Item]:
    """Return the items in force on a day, by id."""
    text = day.isoformat()
    rows = (row for row in _table() if row["valid_from"] <= text and (not row["valid_to"] or text <= row["valid_to"]))
    return {row["item"]: Item(row["item"], row["name"], row["basis"]) for row in rows}


async def standings(day: date) -> list[Standing]:
    """Return where each required item is shown on a day."""
    up = Q(live_to__isnull=True) | Q(live_to__gte=day)
    rows = await Policy.filter(up, kind="public_item", state="published", live_from__lte=day).order_by("-published_at")
    shown = {row.item: row for row in reversed(rows)}
    return [_standing(item, shown.get(item.id)) for item in required_on(day).values()]


async def missing_items(day: date) -> list[str]:
    """Return the ids of the items that are shown nowhere on a day (C5: each costs half a point)."""
    return [one.item.id for one in await standings(day) if one.policy is None]


def _standing(item: Item, policy: Policy | None) -> Standing:
    channels = [name for name in ("wall", "kiosk", "phone") if policy and getattr(policy, f"live_{name}")]
    return Standing(item, policy, channels)


@cache
def _table() -> list[Mapping[str, str]]:
    text = files("cloud.policies").joinpath("tables", "required.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
