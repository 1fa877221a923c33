"""Impact assessments (PIPL 55, 56): a document made of what is configured now and what a person concludes. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from cloud.legal.register import RecordKind, read_table, record_kinds
from cloud.legal.texts import Text

#: The kinds, in the order of the page.
KINDS: Final = ("face", "recommendation", "province", "cameras")


class Kind(BaseModel):
    """What a kind of assessment is about; `needs_table`: it is not in operation before that table exists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    slots: tuple[str, ...]
    records: tuple[str, ...]
    texts: tuple[str, ...]
    needs_table: str
    purpose: str
    necessity: str
    basis: str
    impacts: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A device that is in a slot of a station now; `device` is empty while the slot is."""

    station: str
    name: str
    slot: str
    kind: str
    device: str
    profile: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is configured: the document says it, and its hash tells when it has changed."""

    operator: str
    running: bool
    places: tuple[Place, ...]
    texts: tuple[tuple[str, str, str, str], ...]
    records: tuple[tuple[str, str, str, str, str], ...]
    safeguards: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """Return the hash of the configuration."""
        return digest(asdict(self))


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its id."""
    return {name: Kind.model_validate(values) for name, values in read_table("assessments").items()}


def facts_of(name: str, operator: str, places: Sequence[Place], texts: Mapping[str, Text], state: "State") -> Facts:
    """Return the configuration that an assessment of a kind is about."""
    kind = kinds()[name]
    mine = tuple(place for place in places if place.kind in kind.slots)
    there = state.tables
    running = kind.needs_table in there if kind.needs_table else any(place.device for place in mine)
    records = [one for one in record_kinds() if one.id in kind.records]
    return Facts(
        operator=operator,
        running=running,
        places=mine,
        texts=tuple((text.name, text.title, text.version, text.sha256) for text in map(texts.__getitem__, kind.texts)),
        records=tuple(_record(one) for one in records),
        safeguards=state.safeguards,
    )


@dataclass(frozen=True, slots=True)
class State:
    """What of the core itself matters: its tables, and how it is protected as (what, how)."""

    tables: frozenset[str]
    safeguards: tuple[tuple[str, str], ...]


def compose(  # noqa: PLR0913, PLR0917 - what a document says
    name: str, number: int, facts: Facts, conclusion: str, residual: str, figures: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document that is kept; `figures` were true when it was made, and are no part of the configuration."""
    kind = kinds()[name]
    return {
        "kind": name,
        "number": number,
        "title": kind.title,
        "purpose": kind.purpose,
        "necessity": kind.necessity,
        "basis": kind.basis,
        "impacts": list(kind.impacts),
        "measures": list(kind.measures),
        "facts": json.loads(json.dumps(asdict(facts))),
        "figures": list(figures),
        "residual": residual,
        "conclusion": conclusion,
    }


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document, whatever the order of its keys."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """Return the JSON that is hashed and kept."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _record(kind: RecordKind) -> tuple[str, str, str, str, str]:
    return kind.name, kind.fields, kind.recipients, kind.retention, kind.protection
