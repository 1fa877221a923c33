"""Attribute x restriction x polarity x target: what the rules find in one text. Pure and deterministic.

The text is brought to one spelling, words become kinds, kinds that say no limit or speak of somebody else are taken
out of sight, and what the rules then find is lightened by the exemptions that the law gives.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from cloud.jobs.lookup import MinimumWage
from cloud.jobs.screening.ages import find_ages
from cloud.jobs.screening.hits import Hit
from cloud.jobs.screening.lexicon import OTHER, Line
from cloud.jobs.screening.normal import Normal, normalise
from cloud.jobs.screening.pay import find_pay
from cloud.jobs.screening.table import Exempt, Rule, Rules, Severity

#: More than these of one text nobody reads.
MAX_HITS: Final = 200


def find(text: str, rules: Rules, day: date, wage: MinimumWage | None) -> tuple[Normal, list[Hit]]:
    """Return the normal text and what is found in it, in order of place; without a wage pay is not judged."""
    normal = normalise(text)
    line = rules.lexicon.line(normal.text)
    seen = Line(_visible(line.kinds, rules), line.starts, line.ends)
    hits = [*_rule_hits(normal.text, seen, rules, day), *find_ages(normal.text, seen)]
    if wage is not None:
        hits.extend(find_pay(normal.text, wage))
    return normal, _joined(_exempted(hits, normal.text, rules.exempts))[:MAX_HITS]


def _visible(kinds: str, rules: Rules) -> str:
    """Return the kinds with those out of sight that no rule shall see."""
    for pattern, hide in rules.hidden_by.among(set(kinds)):
        kinds = pattern.regex.sub(hide.blank, kinds)
    return kinds


def _rule_hits(text: str, seen: Line, rules: Rules, day: date) -> Iterator[Hit]:
    for pattern, rule in rules.found_by.among(set(seen.kinds)):
        if rule.holds_on(day):
            for match in pattern.regex.finditer(seen.kinds):
                yield _hit(rule, seen.starts[match.start()], seen.ends[match.end() - 1])
    for words, rule in rules.texts:
        if rule.holds_on(day):
            for match in words.regex.finditer(text):
                seen_there = _token_seen(seen, match.start()) or _token_seen(seen, match.end() - 1)
                if seen_there:
                    yield _hit(rule, match.start(), match.end())


def _token_seen(line: Line, place: int) -> bool:
    return line.kinds[bisect_right(line.starts, place) - 1] != OTHER


def _hit(rule: Rule, start: int, end: int) -> Hit:
    return Hit(rule.id, rule.severity, start, end, rule.law, rule.cut)


def _exempted(hits: Iterable[Hit], text: str, exempts: Iterable[Exempt]) -> Iterator[Hit]:
    """Drop or lighten what an exemption makes lawful or a person's to judge."""
    found = list(hits)
    named = {hit.rule for hit in found}
    applied = [exempt for exempt in exempts if not named.isdisjoint(exempt.rules) and exempt.applies(text)]
    for hit in found:
        verdict = next((one.verdict for one in applied if one.covers(hit.rule, text[hit.start : hit.end])), None)
        if verdict is None:
            yield hit
        elif verdict == "review":
            yield replace(hit, severity="review")


def _joined(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in order of place; of one rule's hits that overlap one remains, over both."""
    joined: list[Hit] = []
    for hit in sorted(hits, key=lambda one: (one.rule, one.start, -one.end)):
        last = joined[-1] if joined else None
        if last is not None and last.rule == hit.rule and hit.start < last.end:
            severity: Severity = "block" if "block" in {last.severity, hit.severity} else "review"
            joined[-1] = replace(last, end=max(last.end, hit.end), severity=severity)
        else:
            joined.append(hit)
    return sorted(joined, key=lambda one: (one.start, one.end, one.rule))
