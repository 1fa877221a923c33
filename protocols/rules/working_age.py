"""Who may be introduced to work: nobody below 16; from 16 to 18 not to what harms and not to places of amusement.

Labour Law art. 15, 58, 64; Provisions on the Prohibition of Using Child Labour art. 2, 4; Law on the Protection of
Minors art. 61. What is barred to minors is a table that the caller loads; edge and cloud ask these functions.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from protocols.rules.id_number import ADULT_AGE, WORKING_AGE, age_on

#: `unknown`: nobody has said when he was born, so nobody may say that he may work.
Standing = Literal["unknown", "under_age", "minor", "adult"]
BarKind = Literal["occupation", "venue"]
#: Who may work at all.
WORKS: Final = frozenset[Standing]({"minor", "adult"})


@dataclass(frozen=True, slots=True)
class Bar:
    """What minors may not do: occupations by code or beginning of a code, venues by type; `word` says what it is."""

    kind: BarKind
    code: str
    word: str
    law: str
    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether this is the law on a day."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer of the door: how old he is in the law's eyes, and what keeps him from this work."""

    standing: Standing
    bars: tuple[Bar, ...] = ()

    @property
    def allowed(self) -> bool:
        """Return whether he may be introduced to this work."""
        return self.standing in WORKS and not self.bars


def standing_on(birth: date | None, day: date) -> Standing:
    """Return what somebody born on `birth` is on a day."""
    if birth is None:
        return "unknown"
    age = age_on(birth, day)
    if age < WORKING_AGE:
        return "under_age"
    return "minor" if age < ADULT_AGE else "adult"


def admit(
    birth: date | None, day: date, bars: Sequence[Bar], occupation: str = "", venues: Collection[str] = ()
) -> Admission:
    """Return whether somebody may do this work on a day; an occupation or venue that nobody named bars nobody."""
    standing = standing_on(birth, day)
    if standing != "minor":
        return Admission(standing)
    found = (bar for bar in bars if bar.holds(day) and _meets(bar, occupation, venues))
    return Admission(standing, tuple(found))


def _meets(bar: Bar, occupation: str, venues: Collection[str]) -> bool:
    if bar.kind == "venue":
        return bar.code in venues
    return occupation == bar.code or occupation.startswith(f"{bar.code}-")
