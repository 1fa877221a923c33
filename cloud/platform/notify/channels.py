"""What a channel is to the worker: something that takes a letter, and what may have come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from uuid import UUID

from firmware_profiles.ui.messages import Purpose, Template


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person can be reached, and for which purposes he does not want to be."""

    phone: str | None = field(default=None, repr=False)
    wechat_openid: str | None = field(default=None, repr=False)
    opted_out: frozenset[Purpose] = frozenset()


class Contacts(Protocol):
    """Knows people; asked when a message is about to go, so that a new number and a new opt-out count."""

    async def of(self, person: UUID | str) -> Contact:
        """Return where `person` (a UUID, or another recipient's name) is reached now; an empty one for nobody."""


class NoContacts:
    """Knows nobody."""

    async def of(self, person: UUID | str) -> Contact:
        """Return an empty contact."""
        del person
        return Contact()


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be delivered; `id` is the same in every try."""

    id: str
    template: Template
    values: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    contact: Contact = field(repr=False)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it; `delivered` when it knows that it arrived."""

    provider_id: str = ""
    cost_fen: int = 0
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It certainly was not delivered and never will be."""

    code: str
    text: str = ""
    cost_fen: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """It is not to go this way."""

    code: str


@dataclass(frozen=True, slots=True)
class Busy:
    """It certainly was not taken: try this one again, not before `wait_s`."""

    text: str
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody is there: it certainly was not taken, and nothing else would be now."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may have been taken."""

    text: str


@dataclass(frozen=True, slots=True)
class Unheard:
    """The provider, asked, has never heard of it."""


Outcome = Sent | Refused | Withheld | Busy | Away | Unclear | Unheard


class Channel(Protocol):
    """One way to people. One that cannot be asked has no key for repeated requests either: unclear stays unclear."""

    can_be_asked: ClassVar[bool]

    async def send(self, letter: Letter) -> Outcome:
        """Hand a letter to the provider."""

    async def ask(self, letter_id: str) -> Outcome:
        """Return what the provider knows of a letter."""
