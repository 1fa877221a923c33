"""What statistics need of jobseekers, grouped by the database: what they wish for, who they are. Nobody is named.

Somebody seeks in a period when he registered before its end, was willing at some time of it, and had no work by a
proved placement before it, or one that a follow-up found to be over.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from cloud.people.registration.tables import educations, groups
from cloud.platform.core import Core
from protocols.rules.id_number import age_on

#: First ages of the bands, as the labour market's published tables have them.
_AGES: Final = ((55, "55 岁及以上"), (45, "45–54 岁"), (35, "35–44 岁"), (25, "25–34 岁"), (16, "16–24 岁"))
_SEXES: Final = {"male": "男", "female": "女"}
_UNKNOWN: Final = "未填写"

_ACTIVE: Final = """
WITH active AS (
    SELECT p.id, p.person_id, p.education FROM profile p
    WHERE p.registered_at < {end} AND (p.willing IS NULL OR p.willing OR p.willing_at >= {start})
    AND NOT EXISTS (
        SELECT 1 FROM placement w WHERE w.person_id = p.person_id AND w.state = 'proved' AND w.started_on < {first}
        AND NOT EXISTS (SELECT 1 FROM placement_follow_up f WHERE f.placement_id = w.id AND f.state = 'ended')
    )
)
"""
_WISHES: Final = """
SELECT wishes, COUNT(*) AS people FROM (
    SELECT a.id, {joined} AS wishes FROM active a LEFT JOIN job_wish j ON j.profile_id = a.id AND j.occupation <> ''
    GROUP BY a.id
) each_one GROUP BY wishes
"""
_JOINED: Final = {"sqlite": "group_concat(DISTINCT j.occupation)", "postgres": "string_agg(DISTINCT j.occupation, ',')"}
_BORN: Final = (
    "SELECT n.sex, n.birth, COUNT(*) AS people FROM active a JOIN person n ON n.id = a.person_id GROUP BY 1, 2"
)
_EDUCATION: Final = "SELECT education, COUNT(*) AS people FROM active GROUP BY education"
_GROUPS: Final = """
SELECT g.key_group, COUNT(DISTINCT g.person_id) AS people FROM active a JOIN group_flag g ON g.person_id = a.person_id
WHERE g.confirmed_at IS NOT NULL AND g.valid_from <= {last} AND g.valid_to >= {first}
AND (g.ended_on IS NULL OR g.ended_on >= {first}) GROUP BY g.key_group
"""


async def seeking(core: Core, first: date, start: datetime, end: datetime) -> Mapping[frozenset[str], int]:
    """Return how many people wish for each set of occupations; the empty set is for those without a coded wish."""
    sql = _ACTIVE + _WISHES.replace("{joined}", _JOINED[core.database.dialect])
    found: Counter[frozenset[str]] = Counter()
    for row in await _rows(core, sql, {"first": first, "start": start, "end": end}):
        found[frozenset(row["wishes"].split(",")) if row["wishes"] else frozenset()] += row["people"]
    return found


async def composition(
    core: Core, first: date, last: date, start: datetime, end: datetime
) -> Mapping[str, Mapping[str, int]]:
    """Return dimension -> group -> people who seek in a period; groups of the law by their flags on a day of it."""
    values = {"first": first, "last": last, "start": start, "end": end}
    sexes: Counter[str] = Counter()
    ages: Counter[str] = Counter()
    for row in await _rows(core, _ACTIVE + _BORN, values):
        sexes[_SEXES.get(row["sex"], _UNKNOWN)] += row["people"]
        ages[_band(row["birth"], last)] += row["people"]
    levels = {one["education"]: one["people"] for one in await _rows(core, _ACTIVE + _EDUCATION, values)}
    flags = {one["key_group"]: one["people"] for one in await _rows(core, _ACTIVE + _GROUPS, values)}
    return {
        "性别": _ordered(sexes, [*_SEXES.values(), _UNKNOWN]),
        "年龄": _ordered(ages, [*(name for _, name in _AGES[::-1]), _UNKNOWN]),
        "文化程度": _named(levels, {**educations(), "": _UNKNOWN}),
        "重点群体": _named(flags, {code: one.name for code, one in groups().items()}),
    }


def _band(born: date | str | None, day: date) -> str:
    if born is None:
        return _UNKNOWN
    age = age_on(date.fromisoformat(born) if isinstance(born, str) else born, day)
    return next((name for least, name in _AGES if age >= least), _UNKNOWN)


def _ordered(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    return {name: counts[name] for name in names if counts.get(name)}


def _named(counts: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    return {names.get(code, code): counts[code] for code in names if counts.get(code)}


async def _rows(core: Core, sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Run a statement in which `{name}` stands for a value, each dialect with its own mark for it."""
    names = [name for name in values if f"{{{name}}}" in sql]
    mark = "?" if core.database.dialect == "sqlite" else "$"
    marks = {name: f"{mark}{number}" for number, name in enumerate(names, 1)}
    _, rows = await core.database.connection().execute_query(sql.format(**marks), [values[name] for name in names])
    return rows
