"""The monthly sheet (月报): a document made of a month's facts and those of the month before. Pure.

Money is fen, a ratio has two decimals as text and is null where nobody seeks, seekers shared out over industries have
one decimal. Everything that a page, a picture, a PDF or a spreadsheet shows stands in the document.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from cloud.ledgers.ratios import LEVELS, Demand, Line, Sample, Seekers, by_industry, by_occupation, ranking, total
from cloud.ledgers.rules import Rules
from cloud.ledgers.wages import Offer, Wage, wage_of

_TENTH: Final = Decimal("0.1")
#: Groups of occupations that wages are shown for.
_WAGE_LEVEL: Final = "middle"
NOTES: Final = (
    "求人倍率 = 岗位空缺数 ÷ 求职人数，按当月任意一天有效的岗位和求职登记计算；没有人求职时记为“—”。",
    "一人有多个求职意向时，总数中只计一次，在每个相应的职业中各计一次，因此各职业之和可以大于总数。",
    "分行业的求职人数，按求职意向职业的岗位在各行业的分布折算；没有岗位的职业意向不计入行业。",
    "日均工资取岗位薪酬的中间值，按岗位写明的工时折算为每天 8 小时、每月 21.75 天，计件岗位不计入。",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a month's sheet is made of; `groups` is dimension -> group -> people who seek."""

    period: str
    demands: Sequence[Demand]
    people: Sequence[Seekers]
    offers: Sequence[Offer]
    groups: Mapping[str, Mapping[str, int]]
    firms: int
    placed: int

    @property
    def sha256(self) -> str:
        """Return the hash of the facts: it differs when any of them does, whatever the order they came in."""
        plain = {
            "period": self.period,
            "demands": sorted([*asdict(one).values()] for one in self.demands),
            "people": sorted([",".join(sorted(one.wishes)), one.count] for one in self.people),
            "offers": sorted([*asdict(one).values()] for one in self.offers),
            "groups": {name: dict(sorted(group.items())) for name, group in sorted(self.groups.items())},
            "firms": self.firms,
            "placed": self.placed,
        }
        return sha256_of(plain)


@dataclass(frozen=True, slots=True)
class Words:
    """Names of codes: occupations by their beginnings, industries by their letter, forms of work."""

    occupations: Mapping[str, str]
    industries: Mapping[str, str]
    forms: Mapping[str, str]


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as it is kept and hashed."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def sheet_of(facts: Facts, before: Facts, rules: Rules, words: Words, operator: str) -> dict[str, Any]:
    """Return the sheet of a month."""
    sample = Sample(rules.min_seekers, rules.min_vacancies)
    levels = {
        level: _lines(
            by_occupation(facts.demands, facts.people, level, sample),
            by_occupation(before.demands, before.people, level, sample), words.occupations,
        )
        for level in LEVELS
    }  # fmt: skip
    industries = by_industry(facts.demands, facts.people, sample)
    earlier = by_industry(before.demands, before.people, sample)
    named = {"": "未填写行业", **words.industries}
    details = by_occupation(facts.demands, facts.people, "detail", sample)
    return {
        "kind": "month",
        "period": facts.period,
        "operator": operator,
        "totals": _totals(facts, before, sample),
        "industries": _lines(industries, earlier, named),
        "occupations": levels,
        "top": {
            "industries": _ranked(industries, named, rules.top),
            "occupations": _ranked(details, words.occupations, rules.top),
        },
        "wages": _wages(facts, before, rules, words),
        "groups": _groups(facts, before),
        "sample": {
            "seekers": rules.min_seekers, "vacancies": rules.min_vacancies, "wages": rules.min_wage_vacancies,
            "source": rules.source,
        },
        "notes": list(NOTES),
    }  # fmt: skip


def _totals(facts: Facts, before: Facts, sample: Sample) -> dict[str, Any]:
    now, then = (total(one.demands, one.people, sample) for one in (facts, before))
    counts = {
        "vacancies": (now.vacancies, then.vacancies),
        "seekers": (int(now.seekers), int(then.seekers)),
        "posts": (sum(one.posts for one in facts.demands), sum(one.posts for one in before.demands)),
        "firms": (facts.firms, before.firms),
        "placed": (facts.placed, before.placed),
    }
    numbers = {
        name: {"value": value, "before": old, "change": _change(value, old)} for name, (value, old) in counts.items()
    }
    return {**numbers, "ratio": {"value": _text(now.ratio), "before": _text(then.ratio)}}


def _lines(lines: Iterable[Line], before: Iterable[Line], names: Mapping[str, str]) -> list[dict[str, Any]]:
    earlier = {one.key: one for one in before}
    return [
        _line(one, names) | {"before": _text(earlier[one.key].ratio) if one.key in earlier else None} for one in lines
    ]


def _line(line: Line, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": line.key,
        "name": name_of(line.key, names),
        "vacancies": line.vacancies,
        "seekers": _people(line.seekers),
        "ratio": _text(line.ratio),
        "gap": _people(line.vacancies - line.seekers),
        "ranked": line.ranked,
    }


def _ranked(lines: Iterable[Line], names: Mapping[str, str], top: int) -> dict[str, list[dict[str, Any]]]:
    high, low = ranking(lines, top)
    return {"high": [_line(one, names) for one in high], "low": [_line(one, names) for one in low]}


def _wages(facts: Facts, before: Facts, rules: Rules, words: Words) -> dict[str, Any]:
    length, least = LEVELS[_WAGE_LEVEL], rules.min_wage_vacancies
    groups, earlier_groups = (_split(one.offers, lambda offer: offer.occupation[:length]) for one in (facts, before))
    forms, earlier_forms = (_split(one.offers, lambda offer: offer.form) for one in (facts, before))

    def wage(key: str, now: Sequence[Offer], then: Sequence[Offer], name: str) -> dict[str, Any]:
        return _wage(wage_of(key, now, least), wage_of(key, then, least), name)

    return {
        "all": wage("", facts.offers, before.offers, "全部"),
        "occupations": [
            wage(key, groups[key], earlier_groups.get(key, []), name_of(key, words.occupations))
            for key in sorted(groups)
        ],
        "forms": [
            wage(key, forms[key], earlier_forms.get(key, []), name) for key, name in words.forms.items() if key in forms
        ],
    }


def _split(offers: Iterable[Offer], key: Callable[[Offer], str]) -> dict[str, list[Offer]]:
    parts: dict[str, list[Offer]] = {}
    for one in offers:
        parts.setdefault(key(one), []).append(one)
    return parts


def _wage(wage: Wage, before: Wage, name: str) -> dict[str, Any]:
    return {
        "key": wage.key, "name": name, "posts": wage.posts, "vacancies": wage.vacancies, "low_fen": wage.low_fen,
        "median_fen": wage.median_fen, "high_fen": wage.high_fen, "before_fen": before.median_fen,
    }  # fmt: skip


def _groups(facts: Facts, before: Facts) -> list[dict[str, Any]]:
    found = []
    for dimension, groups in facts.groups.items():
        earlier, whole = before.groups.get(dimension, {}), sum(groups.values())
        rows = [
            {"name": name, "seekers": count, "share": _share(count, whole), "before": earlier.get(name, 0)}
            for name, count in groups.items()
        ]
        found.append({"dimension": dimension, "rows": rows})
    return found


def name_of(key: str, names: Mapping[str, str]) -> str:
    """Return the name of a code; one that the classification leaves out (`…-00`) has that of the group above."""
    while key and key not in names:
        key = key.rpartition("-")[0]
    return names.get(key, "未归类")


def _people(count: Fraction) -> int | str:
    """Return a number of people: whole, or with one decimal where they were shared out."""
    if count.denominator == 1:
        return count.numerator
    exact = Decimal(count.numerator) / Decimal(count.denominator)
    return str(exact.quantize(_TENTH, ROUND_HALF_UP))


def _text(ratio: Decimal | None) -> str | None:
    return None if ratio is None else str(ratio)


def _share(part: int, whole: int) -> str:
    return str((Decimal(100 * part) / Decimal(whole)).quantize(_TENTH, ROUND_HALF_UP)) if whole else "0.0"


def _change(value: int, old: int) -> str | None:
    """Return the change in percent with its sign; None where there was nothing."""
    if not old:
        return None
    return f"{(Decimal(100 * (value - old)) / Decimal(old)).quantize(_TENTH, ROUND_HALF_UP):+}"
