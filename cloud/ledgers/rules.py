"""The rules of statistics, from a table with validity: samples, length of rankings, hours of a day."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from cloud.platform.errors import InvalidInputError


class Rules(BaseModel):
    """One line of tables/statistics.toml; in force until the next one begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date
    min_seekers: int
    min_vacancies: int
    min_wage_vacancies: int
    top: int
    day_hours: int
    month_days: float
    source: str


@cache
def all_rules() -> tuple[Rules, ...]:
    """Return every line, the oldest first."""
    text = files("cloud.ledgers").joinpath("tables", "statistics.toml").read_text("utf-8")
    return tuple(Rules.model_validate(line) for line in tomllib.loads(text)["rules"])


def rules_on(day: date) -> Rules:
    """Return the rules in force on a day; InvalidInputError before the first."""
    found = [line for line in all_rules() if line.valid_from <= day]
    if not found:
        raise InvalidInputError(f"{all_rules()[0].valid_from} 之前没有统计规则", {"period": "没有统计规则"})
    return found[-1]
