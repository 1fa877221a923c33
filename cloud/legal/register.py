"""The register of processing: which personal data there are, why, for how long, for whom. Pure, from one table.

`tables/register.json` names every table of the database once: in a kind of record, or as one without personal data.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

_TABLES: Final = "tables"


class RecordKind(BaseModel):
    """One kind of record with personal data (PIPL 51, 54, 55)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    subjects: str
    sensitive: bool
    fields: str
    purpose: str
    basis: str
    source: str
    recipients: str
    protection: str
    retention: str
    retention_basis: str
    retention_days: int | None
    tables: tuple[str, ...]
    slots: tuple[str, ...] = ()

    def in_use(self, tables: Collection[str], slots: Collection[str]) -> bool:
        """Return whether this core has a place for such records: a table, or a device of that kind."""
        return any(name in tables for name in self.tables) or any(kind in slots for kind in self.slots)


@lru_cache(maxsize=1)
def record_kinds() -> Sequence[RecordKind]:
    """Return every kind, in the order of the page."""
    return [RecordKind.model_validate(kind) for kind in read_table("register")["kinds"]]


def unregistered(tables: Collection[str]) -> list[str]:
    """Return the tables of which nobody has said whether they hold personal data."""
    said = set(read_table("register")["without_personal_data"])
    said |= {name for kind in record_kinds() for name in kind.tables}
    return sorted(set(tables) - said)


def read_table(name: str) -> Mapping[str, Any]:
    """Return one of the tables of this folder."""
    document: Mapping[str, Any] = json.loads(files("cloud.legal").joinpath(_TABLES, f"{name}.json").read_text("utf-8"))
    return document
