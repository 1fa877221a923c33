"""The tables of the generator, read once: trades, names, phrases, places."""

import csv
import random
import tomllib
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

_TABLES: Final = files("provisioning.market") / "tables"
#: Streets of these are counted under another district's code in official statistics.
_SHOWN: Final = MappingProxyType({"镇江新区(统计用)": "镇江新区"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trade:
    """Work that the market knows; money in fen by unit."""

    occupation: str
    industries: tuple[str, ...]
    titles: tuple[str, ...]
    duties: tuple[str, ...]
    skills: tuple[str, ...]
    certificates: tuple[str, ...]
    pay: Mapping[str, tuple[int, int]]
    season: tuple[float, ...]


class Bag(Generic[T]):
    """Things drawn by weight."""

    def __init__(self, weighted: Mapping[T, float] | Sequence[tuple[T, float]]) -> None:
        pairs = list(weighted.items() if isinstance(weighted, Mapping) else weighted)
        self.things: Final = tuple(thing for thing, _ in pairs)
        self._sums: Final = tuple(accumulate(weight for _, weight in pairs))

    def draw(self, dice: random.Random) -> T:
        """Return one thing."""
        return self.things[bisect(self._sums, dice.random() * self._sums[-1])]


def dice(seed: int, kind: int, number: int) -> random.Random:
    """Return the dice of one document: the same for the same seed, kind and number."""
    return random.Random((seed << 72) | (kind << 64) | number)  # noqa: S311 - a market, not a secret


def pick(die: random.Random, things: Sequence[T]) -> T:
    """Return one thing, each as likely; in half the time of `choice`."""
    return things[int(die.random() * len(things))]


@cache
def words() -> Mapping[str, Any]:
    """Return names and phrases."""
    return MappingProxyType(tomllib.loads((_TABLES / "words.toml").read_text("utf-8")))


@cache
def industries() -> Mapping[str, tuple[str, ...]]:
    """Return code of GB/T 4754 -> words that its firms carry in their names."""
    return MappingProxyType({code: tuple(names) for code, names in _trades()["industries"].items()})


@cache
def trades() -> Bag[Trade]:
    """Return the trades by their share of posts."""
    table = _trades()
    return Bag([(_trade(row, table["seasons"]), float(row["weight"])) for row in table["trade"]])


@cache
def trades_of(industry: str) -> Bag[Trade]:
    """Return the trades that firms of an industry look for."""
    table = _trades()
    rows = [row for row in table["trade"] if industry in row["industries"]]
    return Bag([(_trade(row, table["seasons"]), float(row["weight"])) for row in rows])


@cache
def industry_bag() -> Bag[str]:
    """Return the industries by what their trades weigh."""
    weights = dict.fromkeys(industries(), 0.0)
    for row in _trades()["trade"]:
        for industry in row["industries"]:
            weights[industry] += row["weight"] / len(row["industries"])
    return Bag(weights)


@cache
def surnames() -> Bag[str]:
    """Return the family names by their share."""
    return Bag(words()["surnames"])


@cache
def places() -> tuple[tuple[str, str], ...]:
    """Return (district, street) of every street of Zhenjiang."""
    rows = list(csv.DictReader((_TABLES / "divisions.csv").read_text("utf-8").splitlines()))
    districts = {row["code"]: _SHOWN.get(row["name"], row["name"]) for row in rows if row["level"] == "district"}
    return tuple((districts[row["parent"]], row["name"]) for row in rows if row["level"] == "street")


@cache
def _trades() -> dict[str, Any]:
    return tomllib.loads((_TABLES / "trades.toml").read_text("utf-8"))


def _trade(row: Mapping[str, Any], seasons: Mapping[str, list[float]]) -> Trade:
    units = ("month", "day", "hour", "piece")
    return Trade(
        occupation=row["occupation"],
        industries=tuple(row["industries"]),
        titles=tuple(row["titles"]),
        duties=tuple(row["duties"]),
        skills=tuple(row["skills"]),
        certificates=tuple(row["certificates"]),
        pay=MappingProxyType({unit: (row[unit][0] * 100, row[unit][1] * 100) for unit in units if unit in row}),
        season=tuple(seasons[row["season"]]),
    )
