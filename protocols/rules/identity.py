"""What an identity card that was laid on a reader lets its holder do, and what of it may be shown."""

from datetime import date
from typing import Final, Literal, get_args

from protocols.rules.id_number import BadIdNumber, parse_id_number
from protocols.rules.presented import Card
from protocols.rules.working_age import standing_on

#: `under_age` comes first: nothing else of a child's card is judged, and nothing of it is kept.
Judgement = Literal["accepted", "under_age", "bad_number", "not_valid_yet", "expired"]
JUDGEMENTS: Final[tuple[Judgement, ...]] = get_args(Judgement)


def judge(card: Card, today: date) -> Judgement:
    """Return whether a card is taken on a day; the card's own birth date decides about age."""
    if standing_on(card.birth, today) == "under_age":
        return "under_age"
    if not _number_fits(card, today):
        return "bad_number"
    if card.valid_from > today:
        return "not_valid_yet"
    if card.valid_to is not None and card.valid_to < today:
        return "expired"
    return "accepted"


def masked_name(card: Card) -> str:
    """Return a name as a screen in a hall may show it: its first letter and stars, three at most."""
    name = card.name or card.english_name
    return name[0] + "*" * min(len(name) - 1, 3)


def _number_fits(card: Card, today: date) -> bool:
    """Return whether the number passes GB 11643 and its birth date is the card's.

    Foreigners' cards before 2023 have numbers of another form, which are taken as they are.
    """
    if card.kind == "foreigner":
        return True
    try:
        return parse_id_number(card.number, today).birth == card.birth
    except BadIdNumber:
        return False
