"""What statistics need of posts: what was offered in a time, grouped by the database, and the names of occupations."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count, Sum

from cloud.jobs.lookup import TABLES, occupations
from cloud.jobs.models import Post

#: Level of a group in the classification -> characters of its code, without the zeros behind.
_GROUPS: Final = {"1": 1, "2": 4, "3": 7}


class Offered(NamedTuple):
    """Posts that are alike in everything that statistics look at: how many, and how many people they seek."""

    firm: UUID
    occupation: str
    form: str
    pay_unit: str
    pay_min_fen: int
    pay_max_fen: int
    hours: str
    posts: int
    vacancies: int


async def offered(first: date, last: date, start: datetime, end: datetime) -> Sequence[Offered]:
    """Return what was up at some time of a period of market days `first` to `last`, which is `[start, end)` in UTC.

    A post counts when it was published before the end, was valid on a day of the period, and was not closed before.
    """
    up = Post.filter(published_at__lt=end, valid_from__lte=last, valid_to__gte=first)
    up = up.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=start))
    columns = Offered._fields[1:-2]
    grouped = up.annotate(posts=Count("id"), vacancies=Sum("headcount")).group_by("firm_id", *columns)
    rows = await grouped.values_list("firm_id", *columns, "posts", "vacancies")
    return [Offered(*row) for row in rows]


@cache
def occupation_groups() -> Mapping[str, str]:
    """Return code -> name of every group and profession of 职业分类大典; a group's code has no zeros behind: `4-02`."""
    rows = csv.DictReader((TABLES / "csco2022.csv").read_text("utf-8").splitlines())
    groups = {row["code"][: _GROUPS[row["level"]]]: row["name"] for row in rows if row["level"] in _GROUPS}
    return MappingProxyType({**groups, **occupations()})
