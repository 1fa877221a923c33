"""The publication gate: what a post says against rules that are data; deterministic, every finding explained. Pure.

Spans count code points of the text as sent, half-open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from cloud.jobs.lookup import MinimumWage
from cloud.jobs.screening.engine import find
from cloud.jobs.screening.rewrite import Rewritten, rewrite
from cloud.jobs.screening.table import Rules, Severity

Verdict = Literal["ok", "review", "block"]


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
class Standard:
    """What a text is judged by: the rules of a day, and the minimum wage of a place; None: pay is not judged."""

    rules: Rules
    day: date
    wage: MinimumWage | None


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the worst severity found."""
    severities = {finding.severity for finding in findings}
    if "block" in severities:
        return "block"
    return "review" if severities else "ok"


def screen_text(text: str, standard: Standard) -> list[Finding]:
    """Return what the rules find in one text, in order of place."""
    normal, hits = find(text, standard.rules, standard.day, standard.wage)
    return [Finding(hit.rule, hit.severity, normal.span(hit.start, hit.end), hit.law) for hit in hits]


def rewrite_text(text: str, standard: Standard) -> Rewritten:
    """Return a text that passes the gate and keeps pay, place and duties, with what was taken out."""
    return rewrite(text, standard.rules, standard.day, standard.wage)


def screen_fields(fields: Mapping[str, str], standard: Standard) -> list[Finding]:
    """Return what the rules find in each named text."""
    return [
        replace(finding, field=name, text=text[slice(*finding.span)])
        for name, text in fields.items()
        for finding in screen_text(text, standard)
    ]
