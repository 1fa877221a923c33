"""The demo's employer and what he posts, read from `posts.toml`, and what else hangs on the wall."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from itertools import islice
from typing import Any, Final, Self

from provisioning.market import Market

Draft = dict[str, Any]

#: The generated posts beside the employer's own.
_SEED: Final = 2026
_VACANCIES: Final = 5
_LOOKED_AT: Final = 20


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
        validity = {name: shared[name] for name in ("valid_from", "valid_to", "contact")}
        market = (post for post in Market(_SEED, day).posts(_LOOKED_AT) if post.kind == "lawful")
        return cls(
            table["firm"],
            {**shared, **table["unlawful"]},
            {**shared, **table["lawful"]},
            [{**post.body, **validity} for post in islice(market, _VACANCIES)],
        )
