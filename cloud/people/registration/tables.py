"""Tables that come with the package, read once when first asked; each is bounded by its file.

Education, districts, what a registration holds, groups and their proofs, what minors may not do.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

from cloud.people.registration.completeness import Item, Part
from cloud.people.registration.groups import GroupRule, Kind
from protocols.rules.working_age import Bar, BarKind

_TABLES = files("cloud.people") / "tables"


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of this package."""
    return list(csv.DictReader((_TABLES / f"{name}.csv").read_text("utf-8").splitlines()))


@cache
def educations() -> Mapping[str, str]:
    """Return code of GB/T 4658 -> what people call it, the lowest first."""
    found = sorted(rows_of("education"), key=lambda row: int(row["rank"]))
    return MappingProxyType({row["code"]: row["name"] for row in found})


@cache
def districts() -> Mapping[str, str]:
    """Return code -> name of the districts of the city."""
    return MappingProxyType({row["code"]: _plain(row["name"]) for row in _divisions("district")})


@cache
def streets() -> Mapping[str, Mapping[str, str]]:
    """Return code of a district -> code -> name of its streets and towns."""
    found: dict[str, dict[str, str]] = {code: {} for code in districts()}
    for row in _divisions("street"):
        found[row["parent"]][row["code"]] = _plain(row["name"])
    return MappingProxyType(found)


@cache
def items() -> Sequence[Item]:
    """Return what a whole registration holds; the points make 100."""
    return tuple(
        Item(row["item"], cast("Part", row["part"]), int(row["points"]), row["rule"]) for row in rows_of("completeness")
    )


@cache
def groups() -> Mapping[str, GroupRule]:
    """Return the groups of people whom the market helps first."""
    return MappingProxyType(
        {
            row["group"]: GroupRule(
                id=row["group"],
                kind=cast("Kind", row["kind"]),
                name=row["name"],
                basis=row["basis"],
                proofs=tuple(row["proofs"].split("|")),
                days=int(row["days"]),
                min_age={"female": _number(row["min_age_female"]) or 0, "male": _number(row["min_age_male"]) or 0},
                max_age=_number(row["max_age"]),
                start=date.fromisoformat(row["valid_from"]),
                end=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                note=row["note"],
            )
            for row in rows_of("groups")
        }
    )


@cache
def proof_kinds() -> Mapping[str, str]:
    """Return papers that prove a group -> what people call them."""
    return MappingProxyType({row["proof"]: row["name"] for row in rows_of("proof_kinds")})


@cache
def minor_bars() -> Sequence[Bar]:
    """Return what minors may not do."""
    return tuple(
        Bar(
            kind=cast("BarKind", row["kind"]),
            code=row["code"],
            word=row["word"],
            law=row["law"],
            start=date.fromisoformat(row["valid_from"]),
            end=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in rows_of("minors")
    )


def _divisions(level: str) -> list[dict[str, str]]:
    return [row for row in rows_of("divisions") if row["level"] == level]


def _plain(name: str) -> str:
    """Return a name without the remark that the statistics put behind it."""
    return name.partition("(")[0]


def _number(text: str) -> int | None:
    return int(text) if text else None
