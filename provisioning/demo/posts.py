"""The demo's employer and posts, read from `posts.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any, Self

Draft = dict[str, Any]


@dataclass(frozen=True)
class Posts:
    """What one employer offers: a post as first written, as corrected, and what else hangs on the wall."""

    firm: Draft
    unlawful: Draft
    lawful: Draft
    vacancies: list[Draft]

    @classmethod
    def valid_from(cls, day: date) -> Self:
        """Return the posts with a month of validity from `day`."""
        text = resources.files("provisioning.demo").joinpath("posts.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text)
        shared = {
            **table["post"],
            "source": None,
            "valid_from": day.isoformat(),
            "valid_to": (day + timedelta(days=30)).isoformat(),
        }
        return cls(
            table["firm"],
            {**shared, **table["unlawful"]},
            {**shared, **table["lawful"]},
            [{**shared, **vacancy} for vacancy in table["vacancies"]],
        )
