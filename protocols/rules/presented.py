"""What somebody shows a reader at a kiosk: a card, a code. Nothing of it shows in a repr, so that no log holds it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, get_args

#: A resident's, the residence permit of Hong Kong, Macao and Taiwan people, a foreigner's permanent residence card.
CardKind = Literal["resident", "hmt", "foreigner", "foreigner_2023"]
CARD_KINDS: Final[tuple[CardKind, ...]] = get_args(CardKind)
CardSex = Literal["male", "female", "unknown"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says; fields that its kind does not have are empty."""

    kind: CardKind
    name: str = field(repr=False)
    sex: CardSex = field(repr=False)
    birth: date = field(repr=False)
    number: str = field(repr=False)
    valid_from: date = field(repr=False)
    #: None: it does not expire.
    valid_to: date | None = field(repr=False)
    nation: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    english_name: str = field(default="", repr=False)
    nationality: str = field(default="", repr=False)
    permit_number: str = field(default="", repr=False)
    issue_count: str = field(default="", repr=False)
    version: str = field(default="", repr=False)
    old_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A card was there and could not be read: its holder lifts it and lays it down again."""

    text: str


BadScanReason = Literal["too_long", "not_text", "control"]


@dataclass(frozen=True, slots=True)
class Scan:
    """One payload; what stands in a code may be a person's, so it does not show."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadScan:
    """A payload that is not handed on."""

    reason: BadScanReason


Presented = Card | Unreadable | Scan | BadScan
