"""How alike two posts are: pure. Whether they are one vacancy a person says; this says when to ask.

Posts can only be one vacancy when firm, occupation, place and pay are the same; then their texts are compared by the
share of character pairs that they have in common (Jaccard), numbers of the address whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cloud.jobs.screening.normal import normalise

#: From this likeness on a person is asked: small changes of a text lie above, another vacancy of a firm mostly below.
ALIKE: Final = 0.55
#: Addresses alike that much are the same place spelled in two ways, when their numbers are the same.
SAME_PLACE: Final = 0.5
SHINGLE: Final = 2
#: Addresses and texts whose parts are remembered: one post of a firm is compared with the same ones as the next.
REMEMBERED: Final = 1_024
_NO_WORD: Final = re.compile(r"[^\w]|_")
_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Vacancy:
    """What a post says of its vacancy; pay is (min fen, max fen, unit)."""

    firm: str
    occupation: str
    district: str
    address: str
    pay: tuple[int, int, str]
    texts: Sequence[str]


def likeness(one: Vacancy, other: Vacancy) -> float:
    """Return how alike two vacancies are, from 0 (two for certain) to 1 (the same words)."""
    if (one.firm, one.occupation, one.pay) != (other.firm, other.occupation, other.pay) or not _same_place(one, other):
        return 0.0
    return _jaccard("".join(one.texts), "".join(other.texts))


def _same_place(one: Vacancy, other: Vacancy) -> bool:
    if one.district != other.district or _numbers(one.address) != _numbers(other.address):
        return False
    here, there = _plain(one.address), _plain(other.address)
    return here in there or there in here or _jaccard(here, there) >= SAME_PLACE


@lru_cache(maxsize=REMEMBERED)
def _numbers(address: str) -> list[str]:
    return _DIGITS.findall(normalise(address).text)


def _jaccard(one: str, other: str) -> float:
    here, there = _shingles(one), _shingles(other)
    union = here | there
    return len(here & there) / len(union) if union else 1.0


@lru_cache(maxsize=REMEMBERED)
def _shingles(text: str) -> set[str]:
    plain = _plain(text)
    return {plain[place : place + SHINGLE] for place in range(max(1, len(plain) - SHINGLE + 1))} - {""}


def _plain(text: str) -> str:
    return _NO_WORD.sub("", normalise(text).text)
