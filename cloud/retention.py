"""What is kept how long, as a table with its legal basis, and its deletion when the time is over.

A record without a table of its own has no line yet; what may be asked for by two laws is kept for the longer time.
"""

import csv
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Final

from cloud.emergency import service as emergency
from cloud.employers import service as employers
from cloud.fairs import service as fairs
from cloud.fleet import equipment, repairs
from cloud.identity import audit, auditlog
from cloud.ingest import deadletters
from cloud.jobs import service as jobs
from cloud.ledgers import service as ledgers
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.times import day_start, market_day
from cloud.policies import service as policies
from cloud.service import queue
from cloud.service import service as desk

#: Deletes what ended before a moment and returns how many.
Deleter = Callable[[Core, datetime], Awaitable[int]]

_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind of record is kept after it ended, from `start` to `end` (None: still)."""

    record: str
    months: int
    basis: str
    start: date
    end: date | None
    note: str


#: Record of the table -> who deletes it.
DELETERS: Final[Mapping[str, Deleter]] = {
    "post": jobs.forget_ended,
    "firm_paper": employers.forget_papers,
    "post_import": jobs.forget_imports,
    "face": people.forget_faces,
    "guidance": people.forget_services,
    "audit": auditlog.forget_before,
    "dead_letter": deadletters.forget_before,
    "ledger_export": ledgers.forget_exports,
    "fair": fairs.forget_ended,
    "equipment": equipment.forget_scrapped,
    "repair": repairs.forget_closed,
    "policy": policies.forget_ended,
    "queue": queue.forget_before,
    "ticket": desk.forget_tickets,
    "thread": desk.forget_threads,
    "survey": desk.forget_surveys,
    "emergency": emergency.forget_ended,
}


@cache
def rules() -> tuple[Rule, ...]:
    """Return the table."""
    text = (files("cloud") / "tables" / "retention.csv").read_text("utf-8")
    return tuple(
        Rule(
            record=row["record"],
            months=int(row["months"]),
            basis=row["basis"],
            start=date.fromisoformat(row["valid_from"]),
            end=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            note=row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def months_before(day: date, months: int) -> date:
    """Return the day so many months before, or the last of that month when it is shorter."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 - months, _MONTHS)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


async def delete_expired(core: Core) -> str:
    """Delete what no rule keeps any longer; the audit says how much of what."""
    today = market_day(core.now())
    told = []
    for rule in rules():
        if rule.start <= today and (rule.end is None or today <= rule.end):
            first_kept = day_start(months_before(today, rule.months))
            async with transaction():
                count = await DELETERS[rule.record](core, first_kept)
                if count:
                    details = {"rows": count, "months": rule.months}
                    await audit.record(core, "system", "retention.delete", rule.record, details=details)
            told.append(f"{rule.record} {count}")
    return "，".join(told)
