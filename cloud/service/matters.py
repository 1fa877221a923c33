"""Kinds of tickets, one-time notices and canned answers: tables of this package, each row with validity and source.

Pure: reads its own files.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud.identity.roles import Role

#: Answers that a search shows.
MAX_FOUND: Final = 8
_ID: Final = r"^[a-z0-9-]{1,24}$"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=_ID)]


class _Valid(_Row):
    """A row of a rule: in force from a day on, up to another (None: still)."""

    valid_from: date
    valid_to: date | None = None
    source: Annotated[str, Field(min_length=1)]


class Kind(_Valid):
    """One kind of ticket; see kinds.toml for its columns."""

    name: str
    icon: str
    days: Annotated[int, Field(ge=1, le=60)] | None = None
    minutes: Annotated[int, Field(ge=1, le=10_000)] | None = None
    answer_minutes: Annotated[int, Field(ge=1, le=480)]
    pause_days: Annotated[int, Field(ge=1, le=30)]
    pauses: Annotated[int, Field(ge=0, le=5)]
    to: Role
    form: bool
    topics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_term(self) -> "Kind":
        if (self.days is None) == (self.minutes is None):
            raise ValueError("a kind has `days` or `minutes`")
        return self


class Matter(_Valid):
    """One matter with everything that a visitor must know about it."""

    version: Annotated[str, Field(max_length=16)]
    name: str
    who: str
    bring: Annotated[tuple[str, ...], Field(min_length=1)]
    steps: Annotated[tuple[str, ...], Field(min_length=1)]
    term: str
    fee: str


class Answer(_Row):
    """A canned answer; `words` are what people write when they mean it."""

    title: str
    text: Annotated[str, Field(max_length=500)]
    words: tuple[str, ...] = ()
    policy: str = ""


_Line = TypeVar("_Line", bound=_Row)
_Dated = TypeVar("_Dated", bound=_Valid)
Table = Literal["kind", "matter", "answer"]


def kinds(day: date) -> dict[str, Kind]:
    """Return the kinds in force on a day, in their order."""
    return _in_force(_kinds(), day)


def matters(day: date) -> dict[str, Matter]:
    """Return the matters in force on a day, in their order."""
    return _in_force(_matters(), day)


def kind_on(kind: str, day: date) -> Kind:
    """Return a kind as it was on a day; one that was not in force then, as it is written last."""
    return kinds(day).get(kind) or next(row for row in reversed(_kinds()) if row.id == kind)


def kind_names() -> dict[str, str]:
    """Return the name of every kind there ever was; a ticket of an old one is still shown."""
    return {row.id: row.name for row in _kinds()}


def matter_names() -> dict[str, str]:
    """Return the name of every matter there ever was."""
    return {row.id: row.name for row in _matters()}


def search_answers(text: str) -> list[Answer]:
    """Return canned answers for what somebody typed, the best first; all of them for nothing."""
    wanted = text.strip().casefold()
    if not wanted:
        return list(_answers())
    scored = [(_score(row, wanted), row) for row in _answers()]
    return [row for score, row in sorted(scored, key=lambda one: -one[0]) if score][:MAX_FOUND]


def _score(row: Answer, wanted: str) -> int:
    """Return 3 for a word that occurs, 2 for the title, 1 for the text, added up."""
    found = 3 * sum(word.casefold() in wanted or wanted in word.casefold() for word in row.words)
    return found + 2 * (wanted in row.title.casefold()) + (wanted in row.text.casefold())


@cache
def _kinds() -> tuple[Kind, ...]:
    return _load("kinds.toml", "kind", Kind)


@cache
def _matters() -> tuple[Matter, ...]:
    return _load("matters.toml", "matter", Matter)


@cache
def _answers() -> tuple[Answer, ...]:
    return _load("answers.toml", "answer", Answer)


def _load(file: str, table: Table, model: type[_Line]) -> tuple[_Line, ...]:
    text = (files("cloud.service") / "tables" / file).read_text("utf-8")
    return tuple(model.model_validate(row) for row in tomllib.loads(text)[table])


def _in_force(rows: Sequence[_Dated], day: date) -> dict[str, _Dated]:
    return {row.id: row for row in rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)}
