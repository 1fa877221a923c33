"""Build the model of the coder from the tables: `python -m cloud.jobs.coding.build`.

The linear judge is ridge regression in its dual form: with the features X of the labelled titles and of the official
names (which count NAME_WEIGHT of a title), K = X X' and Y the codes, one row each, the weights are X' (K + R)^-1 Y,
R = RIDGE / weight of the row. Weights below SMALLEST are dropped and the rest kept in 8 bits with a scale per feature.
scipy is needed here, and only here.
"""

import csv
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cloud.jobs.coding.coder import MODEL, Coder
from cloud.jobs.coding.grams import count_grams
from cloud.jobs.coding.store import Arrays, write_model
from cloud.jobs.coding.titles import read_title
from cloud.jobs.lookup import strip_marks

RIDGE: Final = 0.3
NAME_WEIGHT: Final = 0.3
SMALLEST: Final = 0.004
#: What a part of a title that is a phrase adds to its code; the market's own table settles what the labels leave open.
SAME_BONUS: Final = 0.2
SETTLED_BONUS: Final = 0.5
#: The sums are made for so many features at a time: a city's worth of memory is not needed.
_CHUNK: Final = 4_096
_EIGHT_BITS: Final = 127
_PROFESSION: Final = "4"

_TABLES: Final = files("cloud.jobs.coding") / "tables"
INPUTS: Final[Mapping[str, Traversable]] = {
    "csco2022.csv": files("cloud.jobs") / "tables" / "csco2022.csv",
    "titles.csv": _TABLES / "titles.csv",
    "gig.csv": _TABLES / "gig.csv",
    "aliases.csv": _TABLES / "aliases.csv",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A title and the code that somebody gave it."""

    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Classification:
    """Codes in order; `phrases[i]` are the official name of code i and its colloquial names behind it.

    `settled` are the colloquial names that the market's own table gives to one code.
    """

    codes: tuple[str, ...]
    professions: tuple[bool, ...]
    phrases: tuple[tuple[str, ...], ...]
    settled: frozenset[str]


def fingerprints() -> dict[str, str]:
    """Return the SHA-256 of every table that the model is built from."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in INPUTS.items()}


def read_labelled() -> list[Labelled]:
    """Return the labelled titles."""
    return [Labelled(row["title"], row["csco_code"]) for row in _rows("titles.csv")]


@cache
def read_classification(*, colloquial: bool = True) -> Classification:
    """Return the classification, with the colloquial names of the two tables or without."""
    phrases: dict[str, list[str]] = {}
    levels: dict[str, str] = {}
    for row in _rows("csco2022.csv"):
        levels.setdefault(row["code"], row["level"])
        phrases.setdefault(row["code"], [strip_marks(row["name"])])
    if colloquial:
        for table, column, code in (("gig.csv", "colloquial", "csco_code"), ("aliases.csv", "words", "code")):
            for row in _rows(table):
                phrases[row[code]] += [word for word in row[column].split("/") if word not in phrases[row[code]]]
    settled = {word for row in _rows("gig.csv") for word in row["colloquial"].split("/")} if colloquial else set()
    codes = tuple(sorted(phrases))
    return Classification(
        codes,
        tuple(levels[code] == _PROFESSION for code in codes),
        tuple(tuple(phrases[code]) for code in codes),
        frozenset(settled),
    )


def train(labelled: Sequence[Labelled], classification: Classification) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays of a model of these titles, and what it remembers."""
    place = {code: at for at, code in enumerate(classification.codes)}
    names = [phrases[0] for phrases in classification.phrases]
    phrases = [phrase for group in classification.phrases for phrase in group]
    titles = count_texts([one.title for one in labelled])
    known = Grams.of([*titles, *count_texts(phrases)])
    documents = known.matrix([*titles, *count_texts(names)])
    wanted = np.array([*(place[one.code] for one in labelled), *range(len(names))])
    weights = np.repeat([1.0, NAME_WEIGHT], [len(labelled), len(names)])
    arrays: dict[str, npt.NDArray[Any]] = {
        "grams": known.numbers,
        "rarity": known.rarity,
        "profession": np.array(classification.professions, np.uint8),
        "prior": np.log1p(np.bincount(wanted[: len(labelled)], minlength=len(names))).astype(np.float32),
        "phrase_starts": np.cumsum([0, *(len(group) for group in classification.phrases[:-1])]).astype(np.uint32),
    }
    bonuses = [SETTLED_BONUS if phrase in classification.settled else SAME_BONUS for phrase in phrases]
    arrays["phrase_bonus"] = np.array(bonuses, np.float32)
    arrays |= _pack("code", _linear(documents, wanted, weights, len(names)))
    arrays |= _pack("phrase", [_entries(known.matrix(count_texts(phrases)).T.tocsr())])
    return arrays, {"codes": list(classification.codes), "names": names, "phrases": phrases}


def build(path: Path = MODEL) -> Coder:
    """Write the model of all tables to a file and return it."""
    arrays, remembered = train(read_labelled(), read_classification())
    write_model(path, arrays, remembered | {"inputs": fingerprints()})
    return Coder.load(path)


@dataclass(frozen=True, slots=True)
class Grams:
    """The features that a model knows, in order, and how rare each is (smoothed inverse document frequency)."""

    numbers: npt.NDArray[np.uint32]
    rarity: npt.NDArray[np.float32]

    @classmethod
    def of(cls, counted: Sequence[Mapping[int, int]]) -> "Grams":
        """Return the features of these documents."""
        every = np.fromiter((number for one in counted for number in one), np.uint32)
        numbers, documents = np.unique(every, return_counts=True)
        return cls(numbers, (np.log((1 + len(counted)) / (1 + documents)) + 1).astype(np.float32))

    def matrix(self, counted: Sequence[Mapping[int, int]]) -> Any:
        """Return a sparse matrix with a row of length one for each document."""
        from scipy import sparse  # noqa: PLC0415 - heavy, and only the builder needs it

        sizes = [len(one) for one in counted]
        columns = np.searchsorted(self.numbers, np.fromiter((n for one in counted for n in one), np.uint32))
        often = np.fromiter((count for one in counted for count in one.values()), np.float32)
        values = (1 + np.log(often)) * self.rarity[columns]
        rows = np.repeat(np.arange(len(counted)), sizes)
        lengths = np.sqrt(np.bincount(rows, values * values, len(counted)))
        shape = (len(counted), len(self.numbers))
        return sparse.csr_matrix(((values / lengths[rows]).astype(np.float32), (rows, columns)), shape)


def _linear(documents: Any, wanted: npt.NDArray[Any], weights: npt.NDArray[Any], codes: int) -> Iterable[Any]:
    """Yield (rows, columns, values) of the linear judge's weights, for some features at a time."""
    kernel = (documents @ documents.T).toarray()
    kernel[np.diag_indices_from(kernel)] += RIDGE / weights
    answers = np.zeros((len(wanted), codes), np.float32)
    answers[np.arange(len(wanted)), wanted] = 1
    dual = np.linalg.solve(kernel, answers)
    by_gram = documents.T.tocsr()
    for first in range(0, by_gram.shape[0], _CHUNK):
        part = by_gram[first : first + _CHUNK] @ dual
        rows, columns = np.nonzero(np.abs(part) >= SMALLEST)
        yield rows + first, columns, part[rows, columns], first + part.shape[0]


def _entries(matrix: Any) -> tuple[Any, Any, Any, int]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices, matrix.data, matrix.shape[0]


def _pack(kind: str, parts: Iterable[Any]) -> dict[str, npt.NDArray[Any]]:
    """Return a sparse matrix by feature in 8 bits: beginnings of rows, columns, values, a scale for each row."""
    rows, columns, values, ends = zip(*parts, strict=True)
    row, value = np.concatenate(rows), np.concatenate(values)
    size = int(ends[-1])
    greatest = np.zeros(size, np.float32)
    np.maximum.at(greatest, row, np.abs(value))
    scale = np.where(greatest > 0, greatest, 1) / _EIGHT_BITS
    return {
        f"{kind}_rows": np.concatenate([[0], np.cumsum(np.bincount(row, minlength=size))]).astype(np.uint32),
        f"{kind}_of": np.concatenate(columns).astype(np.uint16),
        f"{kind}_values": np.rint(value / scale[row]).astype(np.int8),
        f"{kind}_scales": scale.astype(np.float32),
    }


def count_texts(texts: Iterable[str]) -> list[Mapping[int, int]]:
    """Return the features of each text, each with how often it occurs."""
    return [count_grams(read_title(text)) for text in texts]


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(INPUTS[name].read_text("utf-8-sig").splitlines()))


if __name__ == "__main__":
    made = build(Path(sys.argv[1]) if sys.argv[1:] else MODEL)
    sys.stdout.write(f"{len(made.codes)} codes, {len(made.phrases)} phrases: {MODEL.stat().st_size:,} bytes\n")
