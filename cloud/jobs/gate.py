"""The publication gate: what a post says against rules that are data; deterministic, every finding explained. Pure.

Spans count code points of the text as sent, half-open.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["block", "review"]
Verdict = Literal["ok", "review", "block"]

#: Stands for a lawful phrase that no rule shall see; no rule's pattern contains it.
_HIDDEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason against a post: where it says what, and which law that touches."""

    rule: str
    severity: Severity
    span: tuple[int, int]
    law: str
    field: str = ""
    text: str = ""

    def to_object(self) -> dict[str, Any]:
        """Return the finding as REST and `jobs screen` show it."""
        shown = {"rule": self.rule, "severity": self.severity, "span": list(self.span), "law": self.law}
        return shown | ({"field": self.field, "text": self.text} if self.field else {})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table."""

    id: str
    severity: Severity
    law: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...] = ()
    review_if: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole table."""

    mask: tuple[re.Pattern[str], ...]
    rules: tuple[Rule, ...]


def parse_rules(table: Mapping[str, Any]) -> Rules:
    """Return the rules of a parsed TOML table."""
    return Rules(
        mask=_compile(table["mask"]),
        rules=tuple(
            Rule(
                id=row["id"],
                severity=row["severity"],
                law=row["law"],
                patterns=_compile(row["patterns"]),
                unless=_compile(row.get("unless", ())),
                review_if=_compile(row.get("review_if", ())),
            )
            for row in table["rule"]
        ),
    )


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the worst severity found."""
    severities = {finding.severity for finding in findings}
    if "block" in severities:
        return "block"
    return "review" if severities else "ok"


def screen_text(text: str, rules: Rules) -> list[Finding]:
    """Return what the rules find in one text, in order of place."""
    folded, origin = _fold(text)
    visible = _hide(folded, rules.mask)
    found: dict[tuple[str, int], Finding] = {}
    for rule in rules.rules:
        if any(pattern.search(folded) for pattern in rule.unless):
            continue
        severity: Severity = "review" if any(pattern.search(folded) for pattern in rule.review_if) else rule.severity
        for pattern in rule.patterns:
            for match in pattern.finditer(visible):
                if match.start() == match.end():
                    continue
                span = (origin[match.start()], origin[match.end() - 1] + 1)
                known = found.get((rule.id, span[0]))
                if known is None or known.span[1] < span[1]:
                    found[rule.id, span[0]] = Finding(rule.id, severity, span, rule.law)
    return sorted(found.values(), key=lambda finding: (finding.span, finding.rule))


def screen_fields(fields: Mapping[str, str], rules: Rules) -> list[Finding]:
    """Return what the rules find in each named text."""
    return [
        replace(finding, field=name, text=text[slice(*finding.span)])
        for name, text in fields.items()
        for finding in screen_text(text, rules)
    ]


def _compile(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _fold(text: str) -> tuple[str, list[int]]:
    """Return the text in half-width lower case without spaces, and for each of its characters the place it is from."""
    folded: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKC", character).lower():
            if not part.isspace() and unicodedata.category(part) != "Cf":
                folded.append(part)
                origin.append(place)
    return "".join(folded), origin


def _hide(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: _HIDDEN * (match.end() - match.start()), text)
    return text
