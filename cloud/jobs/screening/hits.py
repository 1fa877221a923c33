"""One finding inside the engine, before it becomes a finding of the text as sent."""

from dataclasses import dataclass

from cloud.jobs.screening.table import Cut, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding with its place in the normal text; `mend` is what should stand there instead, when that is known."""

    rule: str
    severity: Severity
    start: int
    end: int
    law: str
    cut: Cut = "clause"
    mend: str | None = None
