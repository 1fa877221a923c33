"""What a search finds. Plain values, no tables and no requests."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    title: str
    more: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; its word is `search.kind.{kind}`, `more` says that there is more than shown."""

    kind: str
    icon: str
    hits: Sequence[Hit]
    more: bool = False
