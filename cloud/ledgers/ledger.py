"""What a ledger (台账) is: columns with their words, and rows that the owning domain's service gives. Pure.

Rows are plain mappings, the oldest first, of what belongs to a period `[start, end)`; they hold everything in the
open. A column that says whose personal data it holds is masked by whoever shows the row, unless a person opens it
with a reason (cloud/ledgers/exports.py).
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from cloud.platform.core import Core
from cloud.platform.masks import MASKS
from cloud.platform.papers import Kind
from cloud.platform.times import MARKET_TIME
from firmware_profiles.ui.catalogue import Catalogue

Row = Mapping[str, Any]
#: (core, start, end) -> the rows of a period, both ends in UTC, the second one outside.
Rows = Callable[[Core, datetime, datetime], AsyncIterator[Row]]
#: Which mask of cloud/platform/masks.py hides a personal column.
Personal = Literal["name", "phone", "id_number", "address"]

#: Who asks for a longer time asks twice.
MAX_DAYS: Final = 3 * 366
_FEN_PER_YUAN: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key in the rows, the word above it, what it holds, its width in characters."""

    key: str
    title: str
    kind: Kind = "text"
    width: float = 14
    personal: Personal | None = None
    #: Where the catalogue keeps the words of its codes, such as `message.states`.
    words: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger; `id` is its name on the command line and in addresses."""

    id: str
    title: str
    about: str
    columns: Sequence[Column]
    rows: Rows

    @property
    def personal(self) -> bool:
        """Return whether some column holds personal data."""
        return any(column.personal for column in self.columns)


def values_of(ledger: Ledger, row: Row, t: Catalogue, *, opened: bool = False) -> list[Any]:
    """Return the values of a row in the order of the columns; personal ones are masked unless opened."""
    return [value_of(column, row[column.key], t, opened=opened) for column in ledger.columns]


def value_of(column: Column, value: Any, t: Catalogue, *, opened: bool) -> Any:
    """Return one value as it may be shown."""
    if column.words and f"{column.words}.{value}" in t:
        return t(f"{column.words}.{value}")
    if value is None or value == "" or column.personal is None or opened:
        return value
    return MASKS[column.personal](str(value))


def words_of(kind: Kind, value: Any) -> str:
    """Return a value as a paper or a page writes it: yuan, Shanghai time, percent."""
    return "" if value is None else _WORDS[kind](value)


_WORDS: Final[Mapping[Kind, Callable[[Any], str]]] = {
    "text": str,
    "int": "{:,}".format,
    "number": "{:,.2f}".format,
    "money": lambda fen: f"{fen / _FEN_PER_YUAN:,.2f}",
    "share": "{:.1%}".format,
    "time": lambda moment: f"{moment.astimezone(MARKET_TIME):%Y-%m-%d %H:%M}",
    "day": str,
}
